//! Writing the rows of an import.
//!
//! Rows are made in parallel, and written in the order of ids. Foreign keys are checked at the end of the transaction, so
//! the rows may be in any order. Records nevertheless follow those to which their columns refer: otherwise SQLite would
//! search, for each written row, for earlier rows that refer to it.

use std::sync::Arc;

use rayon::prelude::*;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};
use tokio::task;

use super::{
    content_table::{Column, ContentTable, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, parents_first},
    differences::Changes,
    documents::Library,
    error::LibraryError,
    ids::Ids,
    insert::MAX_ROWS,
    rename::may_rename,
    row_stream::{RowStream, Rows},
    search_index,
    sink::{RowSink, StatementSink},
    stored_record,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        declare::FORMERLY,
    },
    store::Progress,
};

/// The table of former slugs.
const FORMER_SLUG: &str = "former_slug";

/// The data from which rows are made.
pub(super) struct RowSource {
    pub tables: Vec<ContentTable<'static>>,
    /// The library after the import.
    pub library: Library<'static>,
    /// The ids of all records that are written, referred to or removed.
    pub ids: Ids,
    /// Number of the new revision.
    pub revision: i64,
    /// True for SQLite, which stores JSON as text.
    pub text_for_json: bool,
}

/// Writes the changes to tables that may contain rows.
pub(super) async fn write<C: ConnectionTrait>(
    source: &Arc<RowSource>,
    changes: &Changes,
    db: &C,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    for at in 0..source.tables.len() {
        delete_owned(source, changes, at, db).await?;
    }
    delete_former_slugs(source, changes, db).await?;
    insert(source, changes, &mut StatementSink(db), progress).await?;
    for table in &source.tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|(ix, slug)| source.ids.id(*ix, slug)).collect::<Vec<_>>();
        delete(db, table.name, ID, &removed).await?;
    }
    Ok(())
}

/// Writes the rows of new and changed records.
pub(super) async fn insert(
    source: &Arc<RowSource>,
    changes: &Changes,
    sink: &mut impl RowSink,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let written: Vec<_> = (0..source.tables.len()).into_par_iter().map(|at| source.written(at, changes)).collect();
    let mut writer = RowWriter { source, changes, sink };
    for at in parents_first(&source.tables) {
        writer.records(at, &written[at]).await?;
        progress.advance(written[at].len());
    }
    for (at, written) in written.iter().enumerate() {
        writer.owned(at, written).await?;
        writer.terms(at, written).await?;
        progress.advance(written.len());
    }
    if may_rename(&source.library) {
        for (at, written) in written.iter().enumerate() {
            writer.former_slugs(at, written).await?;
        }
    }
    Ok(())
}

/// Deletes the former slugs of changed and removed records.
async fn delete_former_slugs(source: &RowSource, changes: &Changes, db: &impl ConnectionTrait) -> Result<(), LibraryError> {
    let of_table = |(table, slugs): (&ContentTable<'_>, &Vec<Arc<str>>)| {
        slugs.iter().filter_map(|slug| source.ids.id(table.object.ix, slug)).collect::<Vec<_>>()
    };
    let removed = changes.removed.iter().filter_map(|(ix, slug)| source.ids.id(*ix, slug));
    let ids: Vec<i64> = source.tables.iter().zip(&changes.changed).flat_map(of_table).chain(removed).collect();
    delete(db, FORMER_SLUG, ID, &ids).await
}

/// Deletes the parts, links and search terms of changed and removed records.
async fn delete_owned(
    source: &RowSource,
    changes: &Changes,
    at: usize,
    db: &impl ConnectionTrait,
) -> Result<(), LibraryError> {
    let table = &source.tables[at];
    let ix = table.object.ix;
    let removed = changes.removed.iter().filter(|key| key.0 == ix).map(|(_, slug)| slug);
    let ids: Vec<i64> = changes.changed[at].iter().chain(removed).filter_map(|slug| source.ids.id(ix, slug)).collect();
    for parts in &table.parts {
        delete(db, parts.name, parts.owner, &ids).await?;
    }
    for links in &table.links {
        delete(db, links.name, OWNER_ID, &ids).await?;
    }
    delete(db, search_index::TABLE, search_index::RECORD_ID, &ids).await
}

async fn delete(
    db: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    ids: &[i64],
) -> Result<(), LibraryError> {
    for ids in ids.chunks(MAX_ROWS) {
        let mut delete = Query::delete();
        delete.from_table(table).and_where(Expr::col(column).is_in(ids.iter().copied()));
        db.execute(&delete).await?;
    }
    Ok(())
}

struct RowWriter<'a, T> {
    source: &'a Arc<RowSource>,
    changes: &'a Changes,
    sink: &'a mut T,
}

/// A record that is written.
struct WrittenRecord {
    id: i64,
    slug: Arc<str>,
    /// Its canonical document.
    fields: CanonicalObject,
    /// Its position in the list in which it is embedded, from 1.
    position: Option<usize>,
}

impl<T: RowSink> RowWriter<'_, T> {
    /// Writes the rows of records.
    async fn records(&mut self, at: usize, written: &Arc<[WrittenRecord]>) -> Result<(), LibraryError> {
        let make =
            move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| source.content(&source.tables[at], one, rows);
        let mut rows = row_stream::<T>(self.source, written, make);
        let is_new = self.changes.changed[at].is_empty();
        self.sink.write(self.source.tables[at].name, is_new, &mut rows).await
    }

    /// Writes the parts and links of records.
    async fn owned(&mut self, at: usize, written: &Arc<[WrittenRecord]>) -> Result<(), LibraryError> {
        let table = &self.source.tables[at];
        for (which, parts) in table.parts.iter().enumerate() {
            let make = move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| {
                source.parts(&source.tables[at], which, one, rows)
            };
            self.sink.write(parts.name, true, &mut row_stream::<T>(self.source, written, make)).await?;
        }
        for (which, links) in table.links.iter().enumerate() {
            let make = move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| {
                source.links(&source.tables[at], which, one, rows)
            };
            self.sink.write(links.name, true, &mut row_stream::<T>(self.source, written, make)).await?;
        }
        Ok(())
    }

    /// Writes the search terms of records.
    async fn terms(&mut self, at: usize, written: &Arc<[WrittenRecord]>) -> Result<(), LibraryError> {
        let make = move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| {
            let object = source.tables[at].object;
            search_index::add_rows(&source.library, object, one.id, &one.slug, &one.fields, rows);
            Ok(())
        };
        self.sink.write(search_index::TABLE, true, &mut row_stream::<T>(self.source, written, make)).await
    }

    /// Writes the former slugs of records.
    async fn former_slugs(&mut self, at: usize, written: &Arc<[WrittenRecord]>) -> Result<(), LibraryError> {
        let make = move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| {
            source.former_slugs(&source.tables[at], one, rows);
            Ok(())
        };
        self.sink.write(FORMER_SLUG, true, &mut row_stream::<T>(self.source, written, make)).await
    }
}

/// Returns a stream of the rows that `make` adds for each record.
fn row_stream<T: RowSink>(
    source: &Arc<RowSource>,
    written: &Arc<[WrittenRecord]>,
    make: impl Fn(&RowSource, &WrittenRecord, &mut Rows) -> Result<(), LibraryError> + Send + Sync + 'static,
) -> RowStream<T::Rows> {
    let (source, written, make) = (Arc::clone(source), Arc::clone(written), Arc::new(make));
    let mut starts = (0..written.len()).step_by(MAX_ROWS);
    RowStream::new(move || {
        let start = starts.next()?;
        let (source, written, make) = (Arc::clone(&source), Arc::clone(&written), Arc::clone(&make));
        let end = written.len().min(start + MAX_ROWS);
        Some(task::spawn_blocking(move || T::rows(source.rows(&written[start..end], &*make)?)))
    })
}

impl RowSource {
    /// Returns the records of a table that are written, in the order of ids.
    fn written(&self, at: usize, changes: &Changes) -> Arc<[WrittenRecord]> {
        let ix = self.tables[at].object.ix;
        let slugs = changes.added[at].iter().chain(&changes.changed[at]);
        let written = |slug: &Arc<str>| {
            let (id, document) = (self.ids.id(ix, slug)?, self.library.get(ix, slug)?);
            let (fields, position) = (document.fields.clone(), document.position);
            Some(WrittenRecord { id, slug: Arc::clone(slug), fields, position })
        };
        let mut all: Vec<_> = slugs.filter_map(written).collect();
        all.sort_unstable_by_key(|written| written.id);
        all.into()
    }

    /// Returns the rows of several records.
    fn rows(
        &self,
        written: &[WrittenRecord],
        make: &impl Fn(&Self, &WrittenRecord, &mut Rows) -> Result<(), LibraryError>,
    ) -> Result<Rows, LibraryError> {
        let mut rows = Rows::default();
        for one in written {
            make(self, one, &mut rows)?;
        }
        Ok(rows)
    }

    /// Adds the row of a record.
    fn content(&self, table: &ContentTable<'_>, one: &WrittenRecord, rows: &mut Rows) -> Result<(), LibraryError> {
        let adds_position = table.adds_position.then_some(POSITION);
        if rows.names.is_empty() {
            rows.name([ID, REVISION].into_iter().chain(adds_position).chain(table.columns.iter().map(|column| column.name)));
        }
        let columns = stored_record::columns_of(&self.library, table, &one.slug, &one.fields);
        rows.values.extend([Value::BigInt(Some(one.id)), Value::BigInt(Some(self.revision))]);
        rows.values.extend(adds_position.map(|_| Value::Int(stored_record::position_of(table, one.position))));
        self.values(&table.columns, &columns, &mut rows.values)
    }

    /// Adds the rows of its parts in one field.
    fn parts(
        &self,
        table: &ContentTable<'_>,
        which: usize,
        one: &WrittenRecord,
        rows: &mut Rows,
    ) -> Result<(), LibraryError> {
        let parts = &table.parts[which];
        let adds_position = parts.adds_position.then_some(POSITION);
        if rows.names.is_empty() {
            let columns = parts.columns.iter().map(|column| column.name);
            rows.name([parts.owner].into_iter().chain(adds_position).chain(columns));
        }
        for (position, part) in (1..).zip(stored_record::parts_of(parts, &one.fields)) {
            rows.values.push(Value::BigInt(Some(one.id)));
            rows.values.extend(adds_position.map(|_| Value::Int(Some(position))));
            self.values(&parts.columns, &part, &mut rows.values)?;
        }
        Ok(())
    }

    /// Adds the rows of its links in one field.
    fn links(
        &self,
        table: &ContentTable<'_>,
        which: usize,
        one: &WrittenRecord,
        rows: &mut Rows,
    ) -> Result<(), LibraryError> {
        let links = &table.links[which];
        for (position, link) in (1..).zip(stored_record::links_of(&self.library, table, links, &one.slug, &one.fields)) {
            if rows.names.is_empty() {
                rows.name([OWNER_ID, POSITION, TARGET_ID]);
                rows.names.extend(link.flags.iter().map(|(name, _)| name.clone()));
            }
            let target = self.ids.id_of(self.library.catalog, links.target, &link.target)?;
            rows.values.extend([Value::BigInt(Some(one.id)), Value::Int(Some(position)), Value::BigInt(Some(target))]);
            rows.values.extend(link.flags.iter().map(|(_, on)| Value::Bool(Some(*on))));
        }
        Ok(())
    }

    /// Adds the rows of its former slugs.
    fn former_slugs(&self, table: &ContentTable<'_>, one: &WrittenRecord, rows: &mut Rows) {
        let Some(column) = table.columns.iter().find(|column| column.key == FORMERLY) else { return };
        let former = stored_record::column_of(&self.library, column, &one.slug, &one.fields);
        for former in former.list().iter().filter_map(CanonicalValue::as_str) {
            if rows.names.is_empty() {
                rows.name(["slug", ID]);
            }
            rows.values.extend([Value::String(Some(former.to_owned())), Value::BigInt(Some(one.id))]);
        }
    }

    fn values(&self, columns: &[Column<'_>], row: &[CanonicalValue], values: &mut Vec<Value>) -> Result<(), LibraryError> {
        for (column, value) in columns.iter().zip(row) {
            values.push(self.ids.column_value(self.library.catalog, column.field, value, self.text_for_json)?);
        }
        Ok(())
    }
}
