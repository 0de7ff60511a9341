//! The searched texts of records. They are read for `highlight`, to mark the words that matched.

use super::fetch::{By, Fetch, KeySource};
use crate::{
    engine::catalog::{Catalog, Field, Kind, ObjectType, Target},
    store::reading::statement::Read,
};

/// The searched texts of the rows of a type.
pub struct SearchedTexts {
    /// Every declared type.
    pub catalog: &'static Catalog,
    /// How the rows are read.
    pub fetch: Fetch,
    /// The fields with texts, in the order of the declaration.
    pub fields: Vec<(&'static Field, TextsIn)>,
}

/// Where the texts of a field are.
pub enum TextsIn {
    /// In a column.
    Column(usize),
    /// In the JSON of a column.
    Json(usize),
    /// In fields of the parts.
    Parts {
        /// The column with the id of the record.
        id: usize,
        /// Index of the level with the parts.
        level: usize,
        /// The fields.
        fields: Vec<(&'static Field, TextsIn)>,
    },
}

impl SearchedTexts {
    /// Returns the searched texts of the records of a type.
    pub fn of(catalog: &'static Catalog, target: Target) -> Self {
        let mut fetch = Fetch::new(catalog, target, By::Key);
        fetch.column("id", Read::Int);
        let fields = fields_of(catalog, fetch.target, &mut fetch);
        Self { catalog, fetch, fields }
    }
}

fn fields_of(catalog: &'static Catalog, object: &'static ObjectType, fetch: &mut Fetch) -> Vec<(&'static Field, TextsIn)> {
    let texts = |field: &'static Field| {
        let texts = match (&field.kind, field.column) {
            (Kind::Scalar(_), Some(column)) => TextsIn::Column(fetch.column(column, Read::Text)),
            (Kind::Scalars(_) | Kind::Value(_) | Kind::Values(_), Some(column)) => TextsIn::Json(fetch.json_column(column)),
            (Kind::Parts { part, owner }, _) => {
                let mut below = Fetch::new(catalog, *part, By::Owner(owner));
                let fields = fields_of(catalog, below.target, &mut below);
                let id = fetch.column("id", Read::Int);
                TextsIn::Parts { id, level: fetch.child(KeySource::Column(id), below), fields }
            }
            _ => return None,
        };
        Some((field, texts))
    };
    object.searched_fields(catalog).filter_map(texts).collect()
}
