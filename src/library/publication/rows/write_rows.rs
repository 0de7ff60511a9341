//! Writes the rows of a publication. Of changed records, it writes only the columns, parts and links that differ.
//!
//! Rows are built in parallel. Those of new records are written in the order of ids within each
//! table. Foreign keys are checked at the end of the transaction, so the tables could be written in
//! any order. The table of a content type is nevertheless written after the tables to which its
//! columns refer. In the reverse order, rows would refer to rows that are not written yet, and
//! SQLite would search for such rows each time it writes a row.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};
use tokio::task;

use super::{
    batch_writer::MAX_ROWS,
    row_stream::{RowStream, Rows},
    sink::{RowSink, StatementSink},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::ObjectIx,
        declare::FORMERLY,
    },
    library::{
        document::shape::SLUG,
        edits::former_slugs,
        error::LibraryError,
        publication::{changed_record::ChangedRecord, differences::Changes},
        records::{
            content_table::{Column, ContentTable, FORMER_SLUG, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, parents_first},
            documents::LoadedLibrary,
            row_reader::padded,
            stored_record,
        },
        search::update::update_postings,
    },
    store::Progress,
};

/// The data from which rows are built.
pub(in crate::library) struct RowSource {
    pub tables: Vec<ContentTable<'static>>,
    /// The library after the publication, with the ids of all records that are written, referred to or removed.
    pub library: LoadedLibrary<'static>,
    pub revision: i64,
    /// True if JSON is written as text: on SQLite, which stores it as text, and in a bulk load of any database.
    pub text_for_json: bool,
}

/// Writes the changes to tables that may contain rows.
pub(in crate::library::publication) async fn write<C: ConnectionTrait>(
    source: &Arc<RowSource>,
    changes: &Changes,
    db: &C,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    for at in 0..source.tables.len() {
        delete_owned(source, changes, at, db).await?;
    }
    delete_former_slugs(source, changes, db).await?;
    insert(source, changes, &source.added(changes), &mut StatementSink(db), progress).await?;
    update_postings(source, changes, db).await?;
    for table in &source.tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|(ix, slug)| source.library.ids.id(*ix, slug)).collect::<Vec<_>>();
        delete(db, table.name, ID, &removed, None).await?;
    }
    Ok(())
}

/// Writes the rows of new and changed records. `added` has the new records of each table.
pub(in crate::library::publication) async fn insert(
    source: &Arc<RowSource>,
    changes: &Changes,
    added: &[Arc<[RecordToWrite]>],
    sink: &mut impl RowSink,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let mut writer = RowWriter { source, changes, sink };
    for at in parents_first(&source.tables) {
        writer.records(at, &added[at]).await?;
        progress.advance(added[at].len() + changes.changed[at].len());
    }
    for (at, added) in added.iter().enumerate() {
        writer.owned(at, added).await?;
        progress.advance(added.len() + changes.changed[at].len());
    }
    if former_slugs::any(&source.library) {
        for (at, added) in added.iter().enumerate() {
            writer.former_slugs(at, added).await?;
        }
    }
    Ok(())
}

/// Deletes the former slugs of removed records, and those of changed records if they differ.
async fn delete_former_slugs(source: &RowSource, changes: &Changes, db: &impl ConnectionTrait) -> Result<(), LibraryError> {
    let of_table = |(table, records): (&ContentTable<'_>, &Vec<ChangedRecord>)| {
        let renamed = records.iter().filter(|record| record.has_changed(FORMERLY));
        renamed.filter_map(|record| source.library.ids.id(table.object.ix, &record.slug)).collect::<Vec<_>>()
    };
    let renamed = source.tables.iter().zip(&changes.changed).flat_map(of_table);
    let removed = changes.removed.iter().filter_map(|(ix, slug)| source.library.ids.id(*ix, slug));
    delete(db, FORMER_SLUG, ID, &renamed.chain(removed).collect::<Vec<_>>(), None).await
}

/// Deletes the parts and links of removed records. Of changed records, deletes parts and links from the first one that
/// differs.
async fn delete_owned(
    source: &RowSource,
    changes: &Changes,
    at: usize,
    db: &impl ConnectionTrait,
) -> Result<(), LibraryError> {
    let table = &source.tables[at];
    let ix = table.object.ix;
    let removed: Vec<&Arc<str>> = changes.removed.iter().filter(|key| key.0 == ix).map(|(_, slug)| slug).collect();
    let records = &changes.changed[at];
    for (which, parts) in table.parts.iter().enumerate() {
        let unchanged = records.iter().filter_map(|record| Some((&record.slug, record.parts[which]?)));
        delete_after(source, ix, (parts.name, parts.owner), &removed, unchanged, db).await?;
    }
    for (which, links) in table.links.iter().enumerate() {
        let unchanged = records.iter().filter_map(|record| Some((&record.slug, record.links[which]?)));
        delete_after(source, ix, (links.name, OWNER_ID), &removed, unchanged, db).await?;
    }
    Ok(())
}

/// Deletes all rows of removed records from a table, and the rows of changed records after the unchanged ones.
async fn delete_after<'a>(
    source: &RowSource,
    ix: ObjectIx,
    (table, owner): (&'static str, &'static str),
    removed: &[&'a Arc<str>],
    changed: impl Iterator<Item = (&'a Arc<str>, usize)>,
    db: &impl ConnectionTrait,
) -> Result<(), LibraryError> {
    let mut by_unchanged: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    for (slug, unchanged) in removed.iter().map(|slug| (*slug, 0)).chain(changed) {
        by_unchanged.entry(unchanged).or_default().extend(source.library.ids.id(ix, slug));
    }
    for (unchanged, ids) in by_unchanged {
        let after = (unchanged > 0).then(|| Expr::col(POSITION).gt(i64::try_from(unchanged).unwrap_or(i64::MAX)));
        delete(db, table, owner, &ids, after).await?;
    }
    Ok(())
}

/// Deletes the rows with one of these ids in a column; with a condition, only those that match it.
async fn delete(
    db: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    ids: &[i64],
    condition: Option<Expr>,
) -> Result<(), LibraryError> {
    for ids in ids.chunks(MAX_ROWS) {
        let mut delete = Query::delete();
        delete.from_table(table).and_where(Expr::col(column).is_in(padded(ids)));
        delete.and_where_option(condition.clone());
        db.execute(&delete).await?;
    }
    Ok(())
}

/// Writes the rows of new and changed records, table by table.
struct RowWriter<'a, T> {
    source: &'a Arc<RowSource>,
    changes: &'a Changes,
    sink: &'a mut T,
}

pub(in crate::library) struct RecordToWrite {
    pub id: i64,
    pub slug: Arc<str>,
    pub fields: CanonicalObject,
    /// Its position in the list in which it is embedded, from 1.
    position: Option<usize>,
    /// Number of its parts or links at the start that are unchanged, and not written.
    unchanged: usize,
}

impl<T: RowSink> RowWriter<'_, T> {
    /// Writes the rows of new records, and of changed records in groups with the same columns.
    async fn records(&mut self, at: usize, added: &Arc<[RecordToWrite]>) -> Result<(), LibraryError> {
        self.content(at, added, None).await?;
        let mut groups: BTreeMap<&[&'static str], Vec<&ChangedRecord>> = BTreeMap::new();
        for record in &self.changes.changed[at] {
            groups.entry(&record.columns).or_default().push(record);
        }
        for (columns, records) in groups {
            let written = self.source.records(at, records.into_iter().map(|record| (&record.slug, 0)));
            let columns = columns.iter().copied().chain([REVISION]).collect();
            self.content(at, &written, Some(columns)).await?;
        }
        Ok(())
    }

    async fn content(
        &mut self,
        at: usize,
        written: &Arc<[RecordToWrite]>,
        update: Option<Vec<&'static str>>,
    ) -> Result<(), LibraryError> {
        let add_rows = move |source: &RowSource, record: &RecordToWrite, rows: &mut Rows| {
            source.content(&source.tables[at], record, rows)
        };
        let mut rows = row_stream::<T>(self.source, written, add_rows);
        self.sink.write(self.source.tables[at].name, update.as_deref(), &mut rows).await
    }

    /// Writes the parts and links of new records. Of changed records, writes parts and links from the first one that
    /// differs.
    async fn owned(&mut self, at: usize, added: &Arc<[RecordToWrite]>) -> Result<(), LibraryError> {
        let table = &self.source.tables[at];
        for (which, parts) in table.parts.iter().enumerate() {
            let add_rows = move |source: &RowSource, record: &RecordToWrite, rows: &mut Rows| {
                source.parts(&source.tables[at], which, record, rows)
            };
            self.lists(at, parts.name, added, |record| record.parts[which], add_rows).await?;
        }
        for (which, links) in table.links.iter().enumerate() {
            let add_rows = move |source: &RowSource, record: &RecordToWrite, rows: &mut Rows| {
                source.links(&source.tables[at], which, record, rows)
            };
            self.lists(at, links.name, added, |record| record.links[which], add_rows).await?;
        }
        Ok(())
    }

    /// Writes the former slugs of new records, and those of changed records if they differ.
    async fn former_slugs(&mut self, at: usize, added: &Arc<[RecordToWrite]>) -> Result<(), LibraryError> {
        let add_rows = move |source: &RowSource, record: &RecordToWrite, rows: &mut Rows| {
            source.former_slugs(&source.tables[at], record, rows);
            Ok(())
        };
        self.lists(at, FORMER_SLUG, added, |record| record.has_changed(FORMERLY).then_some(0), add_rows).await
    }

    /// Writes the rows that `add_rows` adds for new records, and for the changed records for which `unchanged` returns
    /// the number of unchanged entries at the start.
    async fn lists(
        &mut self,
        at: usize,
        table: &'static str,
        added: &Arc<[RecordToWrite]>,
        unchanged: impl Fn(&ChangedRecord) -> Option<usize>,
        add_rows: impl Fn(&RowSource, &RecordToWrite, &mut Rows) -> Result<(), LibraryError> + Copy + Send + Sync + 'static,
    ) -> Result<(), LibraryError> {
        let changed = self.changes.changed[at].iter().filter_map(|record| Some((&record.slug, unchanged(record)?)));
        let changed = self.source.records(at, changed);
        for written in [added, &changed] {
            self.sink.write(table, None, &mut row_stream::<T>(self.source, written, add_rows)).await?;
        }
        Ok(())
    }
}

/// Returns a stream of the rows that `add_rows` adds for each record.
fn row_stream<T: RowSink>(
    source: &Arc<RowSource>,
    written: &Arc<[RecordToWrite]>,
    add_rows: impl Fn(&RowSource, &RecordToWrite, &mut Rows) -> Result<(), LibraryError> + Send + Sync + 'static,
) -> RowStream<T::Rows> {
    let (source, written, add_rows) = (Arc::clone(source), Arc::clone(written), Arc::new(add_rows));
    let mut starts = (0..written.len()).step_by(MAX_ROWS);
    RowStream::new(move || {
        let start = starts.next()?;
        let (source, written, add_rows) = (Arc::clone(&source), Arc::clone(&written), Arc::clone(&add_rows));
        let end = written.len().min(start + MAX_ROWS);
        Some(task::spawn_blocking(move || T::rows(source.rows(&written[start..end], &*add_rows)?)))
    })
}

impl RowSource {
    /// Returns the new records of each table, in the order of ids.
    pub fn added(&self, changes: &Changes) -> Vec<Arc<[RecordToWrite]>> {
        let added = |(at, slugs): (usize, &Vec<_>)| self.records(at, slugs.iter().map(|slug| (slug, 0)));
        changes.added.par_iter().enumerate().map(added).collect()
    }

    /// Returns records of a table, in the order of ids. `slugs` has for each the number of unchanged entries.
    pub fn records<'a>(&self, at: usize, slugs: impl Iterator<Item = (&'a Arc<str>, usize)>) -> Arc<[RecordToWrite]> {
        let ix = self.tables[at].object.ix;
        let written = |(slug, unchanged): (&Arc<str>, usize)| {
            let (id, document) = (self.library.ids.id(ix, slug)?, self.library.get(ix, slug)?);
            let (fields, position) = (document.fields.clone(), document.position);
            Some(RecordToWrite { id, slug: Arc::clone(slug), fields, position, unchanged })
        };
        let mut all: Vec<_> = slugs.filter_map(written).collect();
        all.sort_unstable_by_key(|written| written.id);
        all.into()
    }

    fn rows(
        &self,
        written: &[RecordToWrite],
        add_rows: &impl Fn(&Self, &RecordToWrite, &mut Rows) -> Result<(), LibraryError>,
    ) -> Result<Rows, LibraryError> {
        let mut rows = Rows::default();
        for record in written {
            add_rows(self, record, &mut rows)?;
        }
        Ok(rows)
    }

    fn content(&self, table: &ContentTable<'_>, record: &RecordToWrite, rows: &mut Rows) -> Result<(), LibraryError> {
        let adds_position = table.adds_position.then_some(POSITION);
        if rows.names.is_empty() {
            rows.name([ID, REVISION].into_iter().chain(adds_position).chain(table.columns.iter().map(|column| column.name)));
        }
        let columns = stored_record::columns_of(&self.library, table, &record.slug, &record.fields);
        rows.values.extend([Value::BigInt(Some(record.id)), Value::BigInt(Some(self.revision))]);
        rows.values.extend(adds_position.map(|_| Value::Int(stored_record::position_of(table, record.position))));
        self.values(&table.columns, &columns, &mut rows.values)
    }

    /// Adds the rows of the parts of a record in one field.
    fn parts(
        &self,
        table: &ContentTable<'_>,
        which: usize,
        record: &RecordToWrite,
        rows: &mut Rows,
    ) -> Result<(), LibraryError> {
        let parts = &table.parts[which];
        let adds_position = parts.adds_position.then_some(POSITION);
        if rows.names.is_empty() {
            let columns = parts.columns.iter().map(|column| column.name);
            rows.name([parts.owner].into_iter().chain(adds_position).chain(columns));
        }
        for (position, part) in (1..).zip(stored_record::parts_of(parts, &record.fields)).skip(record.unchanged) {
            rows.values.push(Value::BigInt(Some(record.id)));
            rows.values.extend(adds_position.map(|_| Value::Int(Some(position))));
            self.values(&parts.columns, &part, &mut rows.values)?;
        }
        Ok(())
    }

    /// Adds the rows of the links of a record in one field.
    fn links(
        &self,
        table: &ContentTable<'_>,
        which: usize,
        record: &RecordToWrite,
        rows: &mut Rows,
    ) -> Result<(), LibraryError> {
        let links = &table.links[which];
        let all = stored_record::links_of(&self.library, table, links, &record.slug, &record.fields);
        for (position, link) in (1..).zip(all).skip(record.unchanged) {
            if rows.names.is_empty() {
                rows.name([OWNER_ID, POSITION, TARGET_ID]);
                rows.names.extend(link.flags.iter().map(|(name, _)| name.clone()));
            }
            let target = self.library.ids.id_of(self.library.catalog, links.target, &link.target)?;
            rows.values.extend([Value::BigInt(Some(record.id)), Value::Int(Some(position)), Value::BigInt(Some(target))]);
            rows.values.extend(link.flags.iter().map(|(_, on)| Value::Bool(Some(*on))));
        }
        Ok(())
    }

    fn former_slugs(&self, table: &ContentTable<'_>, record: &RecordToWrite, rows: &mut Rows) {
        let Some(column) = table.columns.iter().find(|column| column.key == FORMERLY) else { return };
        let former = stored_record::column_of(&self.library, table, column, &record.slug, &record.fields);
        for former in former.list().iter().filter_map(CanonicalValue::as_str) {
            if rows.names.is_empty() {
                rows.name([SLUG, ID]);
            }
            rows.values.extend([Value::String(Some(former.to_owned())), Value::BigInt(Some(record.id))]);
        }
    }

    fn values(&self, columns: &[Column<'_>], row: &[CanonicalValue], values: &mut Vec<Value>) -> Result<(), LibraryError> {
        for (column, value) in columns.iter().zip(row) {
            values.push(self.library.ids.column_value(self.library.catalog, column.field, value, self.text_for_json)?);
        }
        Ok(())
    }
}
