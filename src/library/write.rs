//! Writing: the rows that changed.
//!
//! Rows are made on all cores, and go to the database in the order of ids.
//!
//! Foreign keys are checked at the end of the transaction, so rows may come in any order. Content comes after what its columns
//! refer to all the same: SQLite looks for rows that wait whenever one is written that they might wait for.

use std::{borrow::Cow, collections::VecDeque, future::ready, panic::resume_unwind, sync::Arc};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::{self, JoinError, JoinHandle};

use super::{
    contents::Key,
    cores,
    error::LibraryError,
    ids::Ids,
    insert::MAX_ROWS,
    row,
    set::Library,
    table::{Column, ID, OWNER_ID, POSITION, RECORD_ID, REVISION, TARGET_ID, Table, parents_first},
    target::{Statements, Target},
    terms::{self, Term},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        search,
    },
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
#[derive(Default)]
pub(super) struct Changes {
    /// For each table, what is new.
    pub added: Vec<Vec<Arc<str>>>,
    /// For each table, what is different.
    pub changed: Vec<Vec<Arc<str>>>,
    /// Content that goes.
    pub removed: Vec<Key>,
}

/// Writes changes over what there is.
pub(super) async fn write<C: ConnectionTrait>(
    whole: &Arc<Whole>,
    changes: &Changes,
    db: &C,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    for at in 0..whole.tables.len() {
        delete_owned(whole, changes, at, db).await?;
    }
    insert(whole, changes, &mut Statements(db), progress).await?;
    for table in &whole.tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|(ix, slug)| whole.ids.id(*ix, slug)).collect::<Vec<_>>();
        delete(db, table.name, ID, &removed).await?;
    }
    Ok(())
}

/// Writes the rows of what is new or different.
pub(super) async fn insert(
    whole: &Arc<Whole>,
    changes: &Changes,
    target: &mut impl Target,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let tables: Vec<usize> = (0..whole.tables.len()).collect();
    let written = cores::map(&tables, |at| whole.written(*at, changes));
    let mut writer = Writer { whole, changes, target };
    for at in parents_first(&whole.tables) {
        writer.contents(at, &written[at]).await?;
        progress.advance(written[at].len());
    }
    for (at, written) in written.iter().enumerate() {
        writer.owned(at, written).await?;
        writer.terms(at, written).await?;
        progress.advance(written.len());
    }
    Ok(())
}

/// Writes the revision that the changes are.
pub(super) async fn publish<T: Target>(target: &mut T, id: i64, last_id: i64, summary: &str) -> Result<(), LibraryError> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or_else(|_| OffsetDateTime::now_utc());
    let now = now.format(&Rfc3339).map_err(|_| LibraryError::Damaged("the clock shows no valid time.".to_owned()))?;
    let mut rows = Rows::default();
    rows.name(["id", "published_at", "summary", "last_id"]);
    rows.values.extend([id.into(), now.into(), summary.into(), last_id.into()]);
    target.write("revision", true, &mut Making::just(T::rows(rows)?)).await
}

/// Deletes the parts, links and search terms of everything that is different or goes.
async fn delete_owned(whole: &Whole, changes: &Changes, at: usize, db: &impl ConnectionTrait) -> Result<(), LibraryError> {
    let table = &whole.tables[at];
    let ix = table.object.ix;
    let removed = changes.removed.iter().filter(|key| key.0 == ix).map(|(_, slug)| slug);
    let ids: Vec<i64> = changes.changed[at].iter().chain(removed).filter_map(|slug| whole.ids.id(ix, slug)).collect();
    for parts in &table.parts {
        delete(db, parts.name, parts.owner, &ids).await?;
    }
    for links in &table.links {
        delete(db, links.name, OWNER_ID, &ids).await?;
    }
    delete(db, search::TERMS, RECORD_ID, &ids).await
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

struct Writer<'a, T> {
    whole: &'a Arc<Whole>,
    changes: &'a Changes,
    target: &'a mut T,
}

/// Content that is written.
struct Written {
    id: i64,
    slug: Arc<str>,
    /// Its canonical document.
    fields: CanonicalObject,
    /// Its place in the list that it is embedded in, from 1.
    position: Option<usize>,
}

/// Rows of one table.
#[derive(Default)]
pub(super) struct Rows {
    /// The columns; empty as long as there is no row.
    pub names: Vec<Cow<'static, str>>,
    /// Their values, one row after the other.
    pub values: Vec<Value>,
}

impl<T: Target> Writer<'_, T> {
    /// Writes the rows of content.
    async fn contents(&mut self, at: usize, written: &Arc<[Written]>) -> Result<(), LibraryError> {
        let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.content(&whole.tables[at], one, rows);
        let mut rows = Making::new::<T>(self.whole, written, make);
        let is_new = self.changes.changed[at].is_empty();
        self.target.write(self.whole.tables[at].name, is_new, &mut rows).await
    }

    /// Writes the parts and links of content.
    async fn owned(&mut self, at: usize, written: &Arc<[Written]>) -> Result<(), LibraryError> {
        let table = &self.whole.tables[at];
        for (which, parts) in table.parts.iter().enumerate() {
            let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.parts(&whole.tables[at], which, one, rows);
            self.target.write(parts.name, true, &mut Making::new::<T>(self.whole, written, make)).await?;
        }
        for (which, links) in table.links.iter().enumerate() {
            let make = move |whole: &Whole, one: &Written, rows: &mut Rows| whole.links(&whole.tables[at], which, one, rows);
            self.target.write(links.name, true, &mut Making::new::<T>(self.whole, written, make)).await?;
        }
        Ok(())
    }

    /// Writes the search terms of content.
    async fn terms(&mut self, at: usize, written: &Arc<[Written]>) -> Result<(), LibraryError> {
        let make = move |whole: &Whole, one: &Written, rows: &mut Rows| {
            whole.terms(&whole.tables[at], one, rows);
            Ok(())
        };
        self.target.write(search::TERMS, true, &mut Making::new::<T>(self.whole, written, make)).await
    }
}

type Begun<R> = JoinHandle<Result<R, LibraryError>>;

/// Makes rows on all cores, some ahead of who takes them.
pub(super) struct Making<R> {
    /// Begins with the next rows; `None` when there are no more.
    begin: Box<dyn FnMut() -> Option<Begun<R>> + Send>,
    begun: VecDeque<Begun<R>>,
}

impl<R: Send + 'static> Making<R> {
    fn new<T: Target<Rows = R>>(
        whole: &Arc<Whole>,
        written: &Arc<[Written]>,
        make: impl Fn(&Whole, &Written, &mut Rows) -> Result<(), LibraryError> + Send + Sync + 'static,
    ) -> Self {
        let (whole, written, make) = (Arc::clone(whole), Arc::clone(written), Arc::new(make));
        let mut starts = (0..written.len()).step_by(MAX_ROWS);
        let begin = move || {
            let start = starts.next()?;
            let (whole, written, make) = (Arc::clone(&whole), Arc::clone(&written), Arc::clone(&make));
            let end = written.len().min(start + MAX_ROWS);
            Some(task::spawn_blocking(move || T::rows(whole.rows(&written[start..end], &*make)?)))
        };
        Self { begin: Box::new(begin), begun: VecDeque::new() }
    }

    /// Rows that are made.
    fn just(rows: R) -> Self {
        Self { begin: Box::new(|| None), begun: VecDeque::from([task::spawn(ready(Ok(rows)))]) }
    }

    /// The next rows, in their order; `None` when there are no more.
    pub async fn next(&mut self) -> Option<Result<R, LibraryError>> {
        let most = WAITING * cores::count();
        while self.begun.len() < most
            && let Some(next) = (self.begin)()
        {
            self.begun.push_back(next);
        }
        Some(self.begun.pop_front()?.await.unwrap_or_else(resume))
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
    /// What of a table is written, in the order of ids.
    fn written(&self, at: usize, changes: &Changes) -> Arc<[Written]> {
        let ix = self.tables[at].object.ix;
        let slugs = changes.added[at].iter().chain(&changes.changed[at]);
        let written = |slug: &Arc<str>| {
            let (id, document) = (self.ids.id(ix, slug)?, self.library.get(ix, slug)?);
            let (fields, position) = (document.fields.clone(), document.position);
            Some(Written { id, slug: Arc::clone(slug), fields, position })
        };
        let mut all: Vec<_> = slugs.filter_map(written).collect();
        all.sort_unstable_by_key(|written| written.id);
        all.into()
    }

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

    /// The rows of its search terms.
    fn terms(&self, table: &Table<'_>, one: &Written, rows: &mut Rows) {
        for term in terms::of(self.library.catalog, table.object, &one.slug, &one.fields) {
            if rows.names.is_empty() {
                rows.name(["type", "term", "word", "field", "role", "weight", RECORD_ID]);
            }
            let Term { text, word, field, role, weight } = term;
            rows.values.extend([table.object.name.into(), text.into(), Value::String(word), field.into()]);
            rows.values.extend([role.into(), weight.into(), Value::BigInt(Some(one.id))]);
        }
    }

    fn values(&self, columns: &[Column<'_>], row: &[CanonicalValue], values: &mut Vec<Value>) -> Result<(), LibraryError> {
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
