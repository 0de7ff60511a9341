//! Writing: the rows that changed.
//!
//! Rows are made on all cores, and go to the database in the order of ids.
//!
//! Foreign keys are checked at the end of the transaction, so rows may come in any order. Content comes after what its columns
//! refer to all the same: SQLite looks for rows that wait whenever one is written that they might wait for.

use std::{borrow::Cow, collections::VecDeque, panic::resume_unwind, sync::Arc};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};
use tokio::task::{self, JoinError, JoinHandle};

use super::{
    contents::Key,
    cores,
    error::LibraryError,
    ids::Ids,
    insert::{Insert, MAX_ROWS},
    row,
    set::Library,
    table::{Column, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, Table, parents_first},
};
use crate::{
    engine::datum::{Datum, Record},
    store::Progress,
};

/// Chunks of rows that wait for the database, for each core.
const WAITING: usize = 2;

/// What rows are made of, shared by all who make them.
pub(super) struct Whole {
    pub tables: Vec<Table<'static>>,
    /// The library as it will be.
    pub library: Library<'static>,
    /// The ids of everything that is written, refers to something or goes.
    pub ids: Ids,
    /// The revision that the changes are.
    pub revision: i64,
    /// SQLite keeps JSON as text.
    pub text_for_json: bool,
}

/// What an import changes.
pub(super) struct Changes<'a> {
    /// For each table, what is new.
    pub added: &'a [Vec<Arc<str>>],
    /// For each table, what is different.
    pub changed: &'a [Vec<Arc<str>>],
    /// Content that goes.
    pub removed: &'a [Key],
}

/// Writes changes.
pub(super) async fn write(
    whole: &Arc<Whole>,
    changes: &Changes<'_>,
    db: &impl ConnectionTrait,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let writer = Writer { whole, changes, db };
    for (table, changed) in whole.tables.iter().zip(changes.changed) {
        writer.delete_owned(table, changed).await?;
    }
    let written: Vec<_> = (0..whole.tables.len()).map(|at| writer.written(at)).collect();
    for at in parents_first(&whole.tables) {
        writer.contents(at, &written[at]).await?;
        progress.advance(written[at].len());
    }
    for (at, written) in written.iter().enumerate() {
        writer.owned(at, written).await?;
        progress.advance(written.len());
    }
    for table in &whole.tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|(ix, slug)| whole.ids.id(*ix, slug)).collect::<Vec<_>>();
        writer.delete(table.name, ID, &removed).await?;
    }
    Ok(())
}

struct Writer<'a, C> {
    whole: &'a Arc<Whole>,
    changes: &'a Changes<'a>,
    db: &'a C,
}

/// Content that is written.
struct Written {
    id: i64,
    slug: Arc<str>,
    /// Its canonical document.
    fields: Record,
    /// Its place in the list that it is embedded in, from 1.
    position: Option<usize>,
}

/// Rows of one table.
#[derive(Default)]
struct Rows {
    /// The columns; empty as long as there is no row.
    names: Vec<Cow<'static, str>>,
    /// Their values, one row after the other.
    values: Vec<Value>,
}

impl<C: ConnectionTrait> Writer<'_, C> {
    /// What of a table is written, in the order of ids.
    fn written(&self, at: usize) -> Arc<[Written]> {
        let ix = self.whole.tables[at].object.ix;
        let slugs = self.changes.added[at].iter().chain(&self.changes.changed[at]);
        let written = |slug: &Arc<str>| {
            let (id, document) = (self.whole.ids.id(ix, slug)?, self.whole.library.get(ix, slug)?);
            let (fields, position) = (document.fields.clone(), document.position);
            Some(Written { id, slug: Arc::clone(slug), fields, position })
        };
        let mut all: Vec<_> = slugs.filter_map(written).collect();
        all.sort_unstable_by_key(|written| written.id);
        all.into()
    }

    /// Deletes the parts and links of everything that is different or goes.
    async fn delete_owned(&self, table: &Table<'_>, changed: &[Arc<str>]) -> Result<(), LibraryError> {
        let ix = table.object.ix;
        let removed = self.changes.removed.iter().filter(|key| key.0 == ix).map(|(_, slug)| slug);
        let ids: Vec<i64> = changed.iter().chain(removed).filter_map(|slug| self.whole.ids.id(ix, slug)).collect();
        for parts in &table.parts {
            self.delete(parts.name, parts.owner, &ids).await?;
        }
        for links in &table.links {
            self.delete(links.name, OWNER_ID, &ids).await?;
        }
        Ok(())
    }

    async fn delete(&self, table: &'static str, column: &'static str, ids: &[i64]) -> Result<(), LibraryError> {
        for ids in ids.chunks(MAX_ROWS) {
            let mut delete = Query::delete();
            delete.from_table(table).and_where(Expr::col(column).is_in(ids.iter().copied()));
            self.db.execute(&delete).await?;
        }
        Ok(())
    }

    /// Writes the rows of content.
    async fn contents(&self, at: usize, written: &Arc<[Written]>) -> Result<(), LibraryError> {
        let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.content(&whole.tables[at], one, rows);
        let insert = Insert::new(self.db, self.whole.tables[at].name);
        let insert = if self.changes.changed[at].is_empty() { insert } else { insert.or_update() };
        self.insert(insert, written, make).await
    }

    /// Writes the parts and links of content.
    async fn owned(&self, at: usize, written: &Arc<[Written]>) -> Result<(), LibraryError> {
        let table = &self.whole.tables[at];
        for (which, parts) in table.parts.iter().enumerate() {
            let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.parts(&whole.tables[at], which, one, rows);
            self.insert(Insert::new(self.db, parts.name), written, make).await?;
        }
        for (which, links) in table.links.iter().enumerate() {
            let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.links(&whole.tables[at], which, one, rows);
            self.insert(Insert::new(self.db, links.name), written, make).await?;
        }
        Ok(())
    }

    /// Inserts the rows that `make` makes of what is written.
    async fn insert(
        &self,
        mut insert: Insert<'_, C>,
        written: &Arc<[Written]>,
        make: impl Fn(&Whole, &Written, &mut Rows) -> Result<(), LibraryError> + Send + Sync + 'static,
    ) -> Result<(), LibraryError> {
        let make = Arc::new(make);
        let most = WAITING * cores::count();
        let mut begun: VecDeque<JoinHandle<Result<Rows, LibraryError>>> = VecDeque::with_capacity(most);
        let mut starts = (0..written.len()).step_by(MAX_ROWS);
        loop {
            while begun.len() < most
                && let Some(start) = starts.next()
            {
                let (whole, written, make) = (Arc::clone(self.whole), Arc::clone(written), Arc::clone(&make));
                let end = written.len().min(start + MAX_ROWS);
                begun.push_back(task::spawn_blocking(move || whole.rows(&written[start..end], &*make)));
            }
            let Some(first) = begun.pop_front() else { return insert.finish().await };
            let Rows { names, values } = first.await.unwrap_or_else(resume)?;
            insert.push(names, values).await?;
        }
    }
}

/// Goes on with a panic elsewhere. Nobody stops this work otherwise.
fn resume<T>(failure: JoinError) -> Result<T, LibraryError> {
    match failure.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(failure) => Err(LibraryError::Damaged(format!("rows are not made: {failure}."))),
    }
}

impl Whole {
    /// The rows of some content, one after the other.
    fn rows(
        &self,
        written: &[Written],
        make: &impl Fn(&Self, &Written, &mut Rows) -> Result<(), LibraryError>,
    ) -> Result<Rows, LibraryError> {
        let mut rows = Rows::default();
        for one in written {
            make(self, one, &mut rows)?;
        }
        Ok(rows)
    }

    /// The row of content itself.
    fn content(&self, table: &Table<'_>, one: &Written, rows: &mut Rows) -> Result<(), LibraryError> {
        let counted = table.counted.then_some(POSITION);
        if rows.names.is_empty() {
            rows.name([ID, REVISION].into_iter().chain(counted).chain(table.columns.iter().map(|column| column.name)));
        }
        let columns = row::columns_of(&self.library, table, &one.slug, &one.fields);
        rows.values.extend([Value::BigInt(Some(one.id)), Value::BigInt(Some(self.revision))]);
        rows.values.extend(counted.map(|_| Value::Int(row::position_of(table, one.position))));
        self.values(&table.columns, &columns, &mut rows.values)
    }

    /// The rows of its parts of one kind.
    fn parts(&self, table: &Table<'_>, which: usize, one: &Written, rows: &mut Rows) -> Result<(), LibraryError> {
        let parts = &table.parts[which];
        let counted = parts.counted.then_some(POSITION);
        if rows.names.is_empty() {
            let columns = parts.columns.iter().map(|column| column.name);
            rows.name([parts.owner].into_iter().chain(counted).chain(columns));
        }
        for (position, part) in (1..).zip(row::parts_of(parts, &one.fields)) {
            rows.values.push(Value::BigInt(Some(one.id)));
            rows.values.extend(counted.map(|_| Value::Int(Some(position))));
            self.values(&parts.columns, &part, &mut rows.values)?;
        }
        Ok(())
    }

    /// The rows of its links of one kind.
    fn links(&self, table: &Table<'_>, which: usize, one: &Written, rows: &mut Rows) -> Result<(), LibraryError> {
        let links = &table.links[which];
        for (position, link) in (1..).zip(row::links_of(&self.library, table, links, &one.slug, &one.fields)) {
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

    fn values(&self, columns: &[Column<'_>], row: &[Datum], values: &mut Vec<Value>) -> Result<(), LibraryError> {
        for (column, value) in columns.iter().zip(row) {
            values.push(self.ids.column_value(self.library.catalog, column.field, value, self.text_for_json)?);
        }
        Ok(())
    }
}

impl Rows {
    fn name(&mut self, names: impl IntoIterator<Item = &'static str>) {
        self.names.extend(names.into_iter().map(Cow::Borrowed));
    }
}
