//! Canonical documents of stored records.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    content_table::{ContentTable, POSITION, PartTable, owners},
    documents::Document,
    record_map::{RecordKey, RecordMap},
    stored_record::{Link, StoredRecord},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{InDocument, Kind, ObjectIx},
    },
    library::document::shape,
};

/// Returns the canonical documents of records. Each includes those of the records that are embedded in it.
pub(super) fn documents(tables: &[ContentTable<'_>], rows: &RecordMap<StoredRecord>) -> RecordMap<Document> {
    let owners = owners(tables);
    let mut embedded: BTreeMap<RecordKey, Vec<RecordKey>> = BTreeMap::new();
    let mut documents = RecordMap::default();
    for table in tables {
        let ix = table.object.ix;
        let owner_column = owners.get(&ix).and_then(|(owner, column)| Some((table.index_of(column)?, *owner)));
        let position_column = table.index_of(POSITION).filter(|_| owner_column.is_some());
        for (slug, row) in rows.of(ix) {
            let owner = owner_column.and_then(|(at, owner)| Some((owner, Arc::clone(row.columns[at].as_text()?))));
            if let Some(owner) = &owner {
                embedded.entry(owner.clone()).or_default().push((ix, Arc::clone(slug)));
            }
            let declared = position_column.and_then(|at| row.columns[at].as_i64());
            let position = declared.or(row.position.map(i64::from)).and_then(|position| usize::try_from(position).ok());
            documents.insert(
                (ix, Arc::clone(slug)),
                Document { fields: document_of(table, row), owner, position, location: None },
            );
        }
    }
    // The innermost documents are first, because an embedded document must be complete before it is added to its owner.
    let depth = |mut ix: ObjectIx| {
        let mut depth = 0;
        while let Some((owner, _)) = owners.get(&ix).filter(|_| depth < tables.len()) {
            (ix, depth) = (*owner, depth + 1);
        }
        depth
    };
    let mut inner: Vec<_> = embedded.into_iter().collect();
    inner.sort_by_key(|((ix, _), _)| std::cmp::Reverse(depth(*ix)));
    for ((owner, slug), keys) in inner {
        let Some(table) = tables.iter().find(|table| table.object.ix == owner) else { continue };
        for (field, target, _) in &table.embedded {
            let of_field = keys.iter().filter(|key| key.0 == *target).filter_map(|(ix, slug)| documents.get(*ix, slug));
            let mut list: Vec<&Document> = of_field.collect();
            list.sort_by_key(|document| document.position);
            let list: CanonicalValue = list.iter().map(|document| CanonicalValue::Object(document.fields.clone())).collect();
            if let Some(document) = documents.get_mut(owner, &slug) {
                document.fields = document.fields.with(field.name, &list);
            }
        }
    }
    documents
}

/// Returns the canonical document of a row, with empty lists instead of embedded records.
pub(in crate::library) fn document_of(table: &ContentTable<'_>, row: &StoredRecord) -> CanonicalObject {
    let value = |key: &'static str, kind: &Kind| {
        let links = table.links.iter().position(|links| links.field.name == key);
        let slugs = matches!(kind, Kind::Many(many) if matches!(many.document, InDocument::Slugs));
        if let Some(value) = value_of(table, row, key) {
            value
        } else if let Some(at) = links.filter(|_| slugs) {
            links_value(&row.links[at])
        } else {
            CanonicalValue::List(Arc::default())
        }
    };
    shape::fields(table.object).map(|(key, field)| (key, value(key, &field.kind))).collect()
}

/// Returns the stored value of a field, which may be a derived field. `None` if the field has neither a column nor
/// parts.
pub(in crate::library) fn value_of(table: &ContentTable<'_>, row: &StoredRecord, key: &str) -> Option<CanonicalValue> {
    if let Some(at) = table.columns.iter().position(|column| column.key == key) {
        return row.columns.get(at).cloned();
    }
    let at = table.parts.iter().position(|parts| parts.field.name == key)?;
    Some(parts_value(&table.parts[at], row.parts.get(at)?))
}

/// Returns the value of a field with parts, given the columns of each part.
pub(in crate::library) fn parts_value(table: &PartTable<'_>, parts: &[Vec<CanonicalValue>]) -> CanonicalValue {
    let keys = || table.columns.iter().map(|column| column.key);
    parts.iter().map(|part| CanonicalValue::Object(keys().zip(part.iter().cloned()).collect())).collect()
}

/// Returns the slugs to which links lead.
pub(in crate::library) fn links_value(links: &[Link]) -> CanonicalValue {
    links.iter().map(|link| CanonicalValue::Text(Arc::clone(&link.target))).collect()
}
