//! The rows of the search index: one for each term of a field of a record.

use sea_orm::sea_query::Value;

use super::{
    changed_record::ChangedRecord,
    documents::Library,
    row_stream::Rows,
    terms::{self, Term},
};
use crate::engine::{
    canonical::CanonicalObject,
    catalog::{Catalog, ObjectType},
    search,
};

pub(super) const TABLE: &str = search::TERMS;
/// The column with the id of the record.
pub(super) const RECORD_ID: &str = "record_id";

/// Reports whether the terms of a record may have changed.
pub(super) fn has_changed(catalog: &Catalog, object: &ObjectType, record: &ChangedRecord) -> bool {
    object.searched_fields(catalog).any(|field| record.has_changed(field.name))
}

/// Adds the rows of a record, by its id, its slug and its canonical document.
pub(super) fn add_rows(
    library: &Library<'_>,
    object: &ObjectType,
    id: i64,
    slug: &str,
    fields: &CanonicalObject,
    rows: &mut Rows,
) {
    if rows.names.is_empty() {
        rows.name(["type", "term", "word", "field", "role", "weight", RECORD_ID]);
    }
    for Term { text, word, field, role, weight } in terms::of(library, object, slug, fields) {
        rows.values.extend([object.name.into(), text.into(), Value::String(word), field.into()]);
        rows.values.extend([role.into(), weight.into(), Value::BigInt(Some(id))]);
    }
}
