//! Rows: content as the database holds it, with slugs where that has ids. Two rows are equal when nothing needs to be written.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{
    problem::Path,
    set::{Document, Key, Library, View, each_reference},
    table::{LinkTable, POSITION, Table},
};
use crate::engine::catalog::{InDocument, LibraryView, Origin};

/// Content as the database holds it. The lists run along those of its [`Table`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Where the table is counted, its place in the list that it is embedded in.
    pub position: Option<i32>,
    pub columns: Vec<Json>,
    /// For each field with parts, the columns of each part.
    pub parts: Vec<Vec<Vec<Json>>>,
    /// For each field with links, the links.
    pub links: Vec<Vec<Link>>,
}

/// A row of a link table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    pub target: String,
    pub flags: BTreeMap<String, bool>,
}

impl Row {
    /// The row of a document of the library.
    pub fn of(library: &Library<'_>, view: &View<'_>, table: &Table<'_>, slug: &str, document: &Document) -> Self {
        let fields = &document.fields;
        let value = |key: &str| fields.get(key).cloned().unwrap_or(Json::Null);
        let columns = table.columns.iter().map(|column| match column.field.origin {
            Origin::Derived(derive) => derive(view, slug, fields),
            Origin::Document | Origin::Service => value(column.key),
        });
        let parts = table.parts.iter().map(|parts| {
            let entries = fields.get(parts.field.name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let columns = |entry: &Json| parts.columns.iter().map(|column| entry[column.key].clone()).collect();
            entries.iter().map(columns).collect()
        });
        let links = table.links.iter().map(|links| links_of(library, view, table, links, slug, fields));
        let position = document.position.filter(|_| table.counted).and_then(|position| i32::try_from(position).ok());
        Self { position, columns: columns.collect(), parts: parts.collect(), links: links.collect() }
    }

    /// The names of the fields in which two rows differ.
    pub fn changed_fields(&self, other: &Self, table: &Table<'_>) -> Vec<&'static str> {
        let names = |name: &'static str, differs| if differs { Some(name) } else { None };
        let columns = table.columns.iter().zip(self.columns.iter().zip(&other.columns));
        let parts = table.parts.iter().zip(self.parts.iter().zip(&other.parts));
        let links = table.links.iter().zip(self.links.iter().zip(&other.links));
        columns
            .filter_map(|(column, (a, b))| names(column.key, a != b))
            .chain(parts.filter_map(|(parts, (a, b))| names(parts.field.name, a != b)))
            .chain(links.filter_map(|(links, (a, b))| names(links.field.name, a != b)))
            .chain(names(POSITION, self.position != other.position))
            .collect()
    }
}

fn links_of(
    library: &Library<'_>,
    view: &View<'_>,
    table: &Table<'_>,
    links: &LinkTable<'_>,
    slug: &str,
    fields: &Map<String, Json>,
) -> Vec<Link> {
    let plain = |target: &str| Link { target: target.to_owned(), flags: BTreeMap::new() };
    match links.document {
        InDocument::Slugs => {
            let slugs = fields.get(links.field.name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            slugs.iter().filter_map(Json::as_str).map(plain).collect()
        }
        InDocument::Mentions(deep) => {
            let mut mentioned: Vec<Link> = Vec::new();
            let this: Key = (table.object.ix, slug.to_owned());
            each_reference(library.catalog, table.object, fields, deep, &Path::default(), &mut |target, slug, _| {
                let itself = target == this.0 && slug == this.1;
                if target == links.target && !itself && mentioned.iter().all(|link| link.target != slug) {
                    mentioned.push(plain(slug));
                }
            });
            mentioned
        }
        InDocument::Derived(derive) => derive(view as &dyn LibraryView, slug, fields)
            .into_iter()
            .map(|link| {
                let flags = link.flags.into_iter().map(|(name, on)| (name.to_owned(), on)).collect();
                Link { target: link.target, flags }
            })
            .collect(),
        InDocument::Absent | InDocument::Embedded => Vec::new(),
    }
}
