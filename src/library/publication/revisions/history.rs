//! Writing the history: a row for each record that a revision changes, with the document that it replaces.
//!
//! If a record changed after revision n, the first of these changes replaced the document that the
//! record had in revision n. Otherwise the current document is still the same. The first revision
//! creates all records, so it writes no rows.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};
use serde_json::Value as Json;
use tokio::task;

use super::revision::FIRST;
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Field, ObjectIx},
    },
    library::{
        error::LibraryError,
        publication::{
            batch_writer::MAX_ROWS,
            differences::Changes,
            row_stream::{RowStream, Rows},
            sink::{RowSink as _, StatementSink},
            write_rows::RowSource,
        },
        records::{
            content_table::{ContentTable, ID, POSITION, owners},
            record_map::RecordKey,
            row_reader::{IdsByType, padded},
            stored_documents::document_of,
            stored_record::StoredRecord,
        },
    },
};

pub(in crate::library) const TABLE: &str = "record_change";

/// The action of a revision that created a record.
pub(in crate::library) const CREATED: &str = "CREATED";
/// The action of a revision that changed fields of a record.
pub(in crate::library::publication) const UPDATED: &str = "UPDATED";
/// The action of a revision that deleted a record.
pub(in crate::library) const DELETED: &str = "DELETED";

const COLUMNS: [&str; 10] =
    ["revision", "record_id", "type", "slug", "action", "fields", "owner_id", "document_id", "position", "document"];

/// What a revision does with a record.
struct Entry {
    /// Index of its table.
    at: usize,
    slug: Arc<str>,
    action: &'static str,
    /// The fields that differ; empty if it is created or deleted.
    fields: Vec<&'static str>,
}

/// Writes the rows of a revision. `source` must have the stored records that are changed or removed.
pub(in crate::library::publication) async fn write<C: ConnectionTrait>(
    source: &Arc<RowSource>,
    changes: &Changes,
    db: &C,
) -> Result<(), LibraryError> {
    if source.revision == FIRST {
        return Ok(());
    }
    let entries: Arc<[Entry]> = entries(&source.tables, changes).into();
    let owners = Owners::load(source, &entries, db).await?;
    let (source, owners) = (Arc::clone(source), Arc::new(owners));
    let mut starts = (0..entries.len()).step_by(MAX_ROWS);
    let mut rows = RowStream::new(move || {
        let start = starts.next()?;
        let (source, entries, owners) = (Arc::clone(&source), Arc::clone(&entries), Arc::clone(&owners));
        let end = entries.len().min(start + MAX_ROWS);
        Some(task::spawn_blocking(move || rows(&source, &owners, &entries[start..end])))
    });
    StatementSink(db).write(TABLE, None, &mut rows).await
}

/// Returns what a revision does with each record, in the order of types.
fn entries(tables: &[ContentTable<'_>], changes: &Changes) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let entry = |slug: &Arc<str>, action, fields| Entry { at, slug: Arc::clone(slug), action, fields };
        entries.extend(changes.added[at].iter().map(|slug| entry(slug, CREATED, Vec::new())));
        entries.extend(changes.changed[at].iter().map(|record| entry(&record.slug, UPDATED, record.fields().to_vec())));
        let removed = changes.removed.iter().filter(|(ix, _)| *ix == table.object.ix);
        entries.extend(removed.map(|(_, slug)| entry(slug, DELETED, Vec::new())));
    }
    entries
}

/// The records in whose documents other records are embedded.
struct Owners {
    /// For each type of embedded records, the type of their owner, and the column with the id of the owner.
    types: HashMap<ObjectIx, (ObjectIx, &'static str)>,
    /// The id of each embedded record that is not loaded, with the id of its owner.
    stored: HashMap<i64, i64>,
}

impl Owners {
    /// Reads the owners that are not loaded. Most owners are loaded.
    async fn load(source: &RowSource, entries: &[Entry], db: &impl ConnectionTrait) -> Result<Self, LibraryError> {
        let mut owners = Self { types: owners(&source.tables), stored: HashMap::new() };
        let mut unknown = IdsByType::new();
        for Entry { at, slug, .. } in entries {
            let (ix, slug) = owners.outermost(source, source.tables[*at].object.ix, slug);
            if owners.types.contains_key(&ix) {
                unknown.entry(ix).or_default().extend(source.library.ids.id(ix, &slug));
            }
        }
        while let Some((ix, ids)) = unknown.pop_first() {
            let (Some((owner, column)), Some(table)) =
                (owners.types.get(&ix), source.tables.iter().find(|table| table.object.ix == ix))
            else {
                continue;
            };
            for ids in ids.into_iter().collect::<Vec<_>>().chunks(MAX_ROWS) {
                let mut select = Query::select();
                select.columns([ID, *column]).from(table.name).and_where(Expr::col(ID).is_in(padded(ids)));
                for row in db.query_all(&select).await? {
                    let (id, of_owner) = (row.try_get("", ID)?, row.try_get("", column)?);
                    owners.stored.insert(id, of_owner);
                    if owners.types.contains_key(owner) {
                        unknown.entry(*owner).or_default().insert(of_owner);
                    }
                }
            }
        }
        Ok(owners)
    }

    /// Returns the owner of an embedded record; for a changed or removed record, the owner before the publication.
    /// `None` if the record is not embedded or not loaded.
    fn owner(&self, source: &RowSource, ix: ObjectIx, slug: &str) -> Option<RecordKey> {
        let (owner, column) = self.types.get(&ix)?;
        let RowSource { tables, library, .. } = source;
        let table = tables.iter().find(|table| table.object.ix == ix)?;
        let stored = library.stored.get(ix, slug).and_then(|record| record.columns[table.index_of(column)?].as_text());
        Some((*owner, Arc::clone(stored.or_else(|| Some(&library.documents.get(ix, slug)?.owner.as_ref()?.1))?)))
    }

    /// Returns the outermost loaded owner of a record; the record itself if it is not embedded.
    fn outermost(&self, source: &RowSource, ix: ObjectIx, slug: &Arc<str>) -> RecordKey {
        let mut key = (ix, Arc::clone(slug));
        while let Some(owner) = self.owner(source, key.0, &key.1) {
            key = owner;
        }
        key
    }

    /// Returns the id of the record whose document contains a record.
    fn document(&self, source: &RowSource, ix: ObjectIx, slug: &Arc<str>) -> Option<i64> {
        let (ix, slug) = self.outermost(source, ix, slug);
        let mut id = source.library.ids.id(ix, &slug)?;
        while let Some(owner) = self.stored.get(&id) {
            id = *owner;
        }
        Some(id)
    }
}

fn rows(source: &RowSource, owners: &Owners, entries: &[Entry]) -> Result<Rows, LibraryError> {
    let mut rows = Rows::default();
    rows.name(COLUMNS);
    for Entry { at, slug, action, fields } in entries {
        let (table, library) = (&source.tables[*at], &source.library);
        let (object, ix) = (table.object, table.object.ix);
        let id = library.ids.id_of(library.catalog, ix, slug)?;
        let before = library.stored.get(ix, slug);
        let owner = owners.owner(source, ix, slug).and_then(|(ix, slug)| library.ids.id(ix, &slug));
        let is_documented = |name: &&str| *name == POSITION || object.field(name).is_some_and(Field::is_in_documents);
        let replaced = before.filter(|_| *action == DELETED || fields.iter().any(is_documented));
        let document = replaced.map(|record| CanonicalValue::Object(document_of(table, record)));
        let document = document.map(|document| serde_json::to_string(&document)).transpose();
        let document = document.map_err(|_| LibraryError::Damaged(format!("{} {slug} is not JSON.", object.name)))?;
        let names = Json::from(fields.clone());
        let position = before.filter(|_| owner.is_some()).and_then(|record| position(table, record));
        rows.values.extend([
            source.revision.into(),
            id.into(),
            object.name.into(),
            (**slug).into(),
            (*action).into(),
            if source.text_for_json { names.to_string().into() } else { Value::Json(Some(Box::new(names))) },
            owner.into(),
            owners.document(source, ix, slug).into(),
            position.into(),
            document.into(),
        ]);
    }
    Ok(rows)
}

/// Returns the position of an embedded record in its list.
fn position(table: &ContentTable<'_>, record: &StoredRecord) -> Option<i32> {
    let declared = || record.columns[table.index_of(POSITION)?].as_i64();
    record.position.or_else(|| declared().and_then(|position| i32::try_from(position).ok()))
}
