//! Importing: documents into the database, all or nothing, as one revision or none.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend,
    sea_query::{Expr, ExprTrait as _, Query},
};
use tokio::task;

use super::{
    check::{Gathered, gather, in_order},
    contents::Contents,
    cores, cross,
    error::LibraryError,
    files::DocumentFile,
    ids::Ids,
    load::{Stored, load},
    row::Row,
    set::Library,
    summary,
    table::{Table, names_of},
    target::Statements,
    write::{Changes, Whole, insert, publish, write},
};
use crate::{
    engine::catalog::{Catalog, ObjectIx},
    store::{
        Progress, Writer,
        bulk::Filling,
        transaction::{begin_publishing, begin_reading},
    },
};

/// So much content is a large import. It fills an empty library without indexes: with less, making them again would be most of the
/// time.
const LARGE: usize = 1_000;

/// The first revision.
const FIRST: i64 = 1;

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// The documents are the whole library: content that they do not have is removed.
    pub prune: bool,
    /// Only find out what would change.
    pub dry_run: bool,
}

/// What an import did, or in a dry run would do: by type, and in the order of the documents.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The revision that it made; `None` when nothing changed or it was a dry run.
    pub revision: Option<i64>,
    /// What is new.
    pub added: Vec<Change>,
    /// What is different.
    pub changed: Vec<Change>,
    /// What is gone.
    pub removed: Vec<Change>,
    /// How much content stays as it was.
    pub unchanged: usize,
}

/// Content that an import adds, changes or removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of its type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: Arc<str>,
    /// The fields in which it is different; empty when it is new or gone.
    pub fields: Vec<&'static str>,
}

impl ImportReport {
    /// What changes in a few words: `14 procedures and 28 conditions added; 1 source changed`.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog) -> String {
        summary::of(catalog, self)
    }

    /// Whether anything changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Imports documents.
///
/// They are laid over what the database holds, and the result is checked as a whole: with one problem nothing is imported.
/// Content that is as it was keeps its revision. Two imports at once follow each other.
///
/// # Errors
/// When the documents have problems, or the database cannot be read or written. Then it is as it was before, as it is when
/// the returned future is dropped.
pub async fn import(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let gathered = read(catalog, files, progress);
    let tables = Table::all(catalog);
    if gathered.library.documents.len() >= LARGE && !options.dry_run {
        let names = names_of(&tables);
        if let Some(mut filling) = writer.fill(&names).await? {
            return match fill(catalog, tables, &mut filling, gathered, progress).await {
                Ok(report) => {
                    filling.keep().await?;
                    Ok(report)
                }
                Err(failure) => {
                    // Without a commit nothing is kept, whatever comes of this.
                    let _ = filling.give_up().await;
                    Err(failure)
                }
            };
        }
    }
    progress.begin("Waiting for the database", 1);
    let transaction = if options.dry_run { begin_reading(writer).await? } else { begin_publishing(writer).await? };
    progress.end();
    let outcome = lay_over(catalog, tables, &transaction, gathered, options, progress).await;
    let report = end(transaction, outcome).await?;
    if report.revision.is_some() && report.added.len() + report.changed.len() >= LARGE {
        analyze(catalog, writer).await;
    }
    Ok(report)
}

/// Has PostgreSQL look at the tables: it would plan for them as they were, for as long as nobody tells it. The import is kept
/// already, so that a failure is only logged.
async fn analyze(catalog: &Catalog, writer: &Writer) {
    if writer.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let names: Vec<_> = names_of(&Table::all(catalog)).into_iter().map(|name| format!("\"{name}\"")).collect();
    if let Err(failure) = writer.execute_unprepared(&format!("ANALYZE {}", names.join(", "))).await {
        tracing::warn!(error = &failure as &dyn std::error::Error, "the statistics of the tables are not made");
    }
}

/// Imports documents into a database in which nothing was ever published; `None`, and nothing is imported, when something was.
/// Of several processes that do so at once one imports.
///
/// # Errors
/// As for [`import`].
pub async fn seed(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    progress: &dyn Progress,
) -> Result<Option<ImportReport>, LibraryError> {
    let gathered = read(catalog, files, progress);
    let transaction = begin_publishing(writer).await?;
    let (revision, _) = last(&transaction).await?;
    if revision > 0 {
        transaction.rollback().await?;
        return Ok(None);
    }
    let tables = Table::all(catalog);
    let outcome = lay_over(catalog, tables, &transaction, gathered, ImportOptions::default(), progress).await;
    end(transaction, outcome).await.map(Some)
}

fn read<'f>(catalog: &'static Catalog, files: &'f [DocumentFile], progress: &dyn Progress) -> Gathered<'static, 'f> {
    progress.begin("Reading documents", 1);
    let gathered = gather(catalog, files);
    progress.end();
    gathered
}

/// Keeps what was written as a revision, and nothing else.
async fn end(
    transaction: DatabaseTransaction,
    outcome: Result<ImportReport, LibraryError>,
) -> Result<ImportReport, LibraryError> {
    if outcome.as_ref().is_ok_and(|report| report.revision.is_some()) {
        transaction.commit().await?;
    } else {
        // The database has rolled back by itself when it is full; the first failure is the one to tell.
        let ended = transaction.rollback().await;
        if outcome.is_ok() {
            ended?;
        }
    }
    outcome
}

/// Lays documents over what the database holds.
async fn lay_over(
    catalog: &'static Catalog,
    tables: Vec<Table<'static>>,
    db: &DatabaseTransaction,
    gathered: Gathered<'static, '_>,
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let Gathered { files, library: given, problems, broken } = gathered;
    progress.begin("Reading the database", 1);
    let Stored { library: mut result, rows: stored, ids } = load(catalog, &tables, db).await?;
    progress.end();
    if options.prune {
        result = given;
    } else {
        result.overlay(given);
    }
    let library = checked(Gathered { files, library: result, problems, broken })?;

    let (mut report, differences) = differences(&library, &tables, &stored);
    if options.dry_run || report.is_empty() {
        return Ok(report);
    }
    let (last_revision, last_id) = last(db).await?;
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let mut whole = Whole { tables, library, ids, revision: last_revision + 1, text_for_json };
    let last_id = give_ids(&mut whole, &differences, last_id);
    drop(stored);
    let (revision, mut target) = (whole.revision, Statements(db));
    progress.begin("Writing", steps(&differences));
    write(&Arc::new(whole), &differences, db, progress).await?;
    publish(&mut target, revision, last_id, &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(revision);
    Ok(report)
}

/// Fills an empty database with documents.
async fn fill(
    catalog: &'static Catalog,
    tables: Vec<Table<'static>>,
    filling: &mut Filling,
    gathered: Gathered<'static, '_>,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let library = checked(gathered)?;
    let (mut report, differences) = differences(&library, &tables, &Contents::default());
    let mut whole = Whole { tables, library, ids: Ids::default(), revision: FIRST, text_for_json: true };
    let last_id = give_ids(&mut whole, &differences, 0);
    let whole = Arc::new(whole);
    progress.begin("Writing", steps(&differences));
    filling.clear().await?;
    insert(&whole, &differences, filling, progress).await?;
    progress.end();
    // A library that needs this is large, and freeing it takes a while.
    task::spawn_blocking(move || drop((whole, differences)));
    progress.begin("Making indexes", 1);
    filling.restore().await?;
    publish(filling, FIRST, last_id, &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(FIRST);
    Ok(report)
}

/// The library, when nothing is wrong with it.
fn checked<'c>(gathered: Gathered<'c, '_>) -> Result<Library<'c>, LibraryError> {
    let Gathered { files, library, mut problems, broken } = gathered;
    if !broken {
        cross::check(&library, files, &mut problems);
    }
    if problems.is_empty() { Ok(library) } else { Err(LibraryError::Problems(in_order(problems))) }
}

/// Gives what is new ids, in the order of the documents, which is then that of an export. Gives the last.
fn give_ids(whole: &mut Whole, changes: &Changes, mut last: i64) -> i64 {
    let Whole { tables, library, ids, .. } = whole;
    let mut new = Vec::new();
    for (table, added) in tables.iter().zip(&changes.added) {
        new.push((table.object.ix, added, last + 1));
        last += i64::try_from(added.len()).unwrap_or_default();
    }
    let give = |(ix, added, first): &(ObjectIx, &Vec<Arc<str>>, i64)| {
        let place = |slug: &Arc<str>| library.get(*ix, slug)?.place.as_ref().map(|place| (&place.file, place.at));
        let mut placed: Vec<_> = added.iter().map(|slug| (place(slug), slug)).collect();
        placed.sort_by_key(|(place, _)| *place);
        Contents::of_type(*ix, placed.into_iter().map(|(_, slug)| Arc::clone(slug)).zip(*first..))
    };
    for given in cores::map(&new, give) {
        ids.give(given);
    }
    last
}

/// What is written: once for its row, once for its parts and links.
fn steps(changes: &Changes) -> usize {
    changes.added.iter().chain(&changes.changed).map(|slugs| 2 * slugs.len()).sum()
}

/// What an import changes.
fn differences(result: &Library<'_>, tables: &[Table<'_>], stored: &Contents<Row>) -> (ImportReport, Changes) {
    let (mut report, mut changes) = (ImportReport::default(), Changes::default());
    let all = cores::map(tables, |table| Differences::of(result, table, stored));
    for (table, Differences { added, changed, removed, unchanged }) in tables.iter().zip(all) {
        let change = |slug: &Arc<str>, fields| Change { type_name: table.object.name, slug: Arc::clone(slug), fields };
        report.added.extend(added.iter().map(|slug| change(slug, Vec::new())));
        report.changed.extend(changed.iter().map(|(slug, fields)| change(slug, fields.clone())));
        report.removed.extend(removed.iter().map(|slug| change(slug, Vec::new())));
        report.unchanged += unchanged;
        changes.added.push(added);
        changes.changed.push(changed.into_iter().map(|(slug, _)| slug).collect());
        changes.removed.extend(removed.into_iter().map(|slug| (table.object.ix, slug)));
    }
    (report, changes)
}

/// What an import changes of a type.
#[derive(Default)]
struct Differences {
    added: Vec<Arc<str>>,
    /// With the fields that differ.
    changed: Vec<(Arc<str>, Vec<&'static str>)>,
    removed: Vec<Arc<str>>,
    unchanged: usize,
}

impl Differences {
    fn of(result: &Library<'_>, table: &Table<'_>, stored: &Contents<Row>) -> Self {
        let ix = table.object.ix;
        let mut differences = Self::default();
        for (slug, document) in result.documents.of(ix) {
            let Some(before) = stored.get(ix, slug) else {
                differences.added.push(Arc::clone(slug));
                continue;
            };
            let row = Row::of(result, table, slug, document);
            if *before == row {
                differences.unchanged += 1;
            } else {
                differences.changed.push((Arc::clone(slug), before.changed_fields(&row, table)));
            }
        }
        let gone = stored.of(ix).filter(|(slug, _)| !result.documents.contains(ix, slug));
        differences.removed = gone.map(|(slug, _)| Arc::clone(slug)).collect();
        differences
    }
}

/// The last revision and the last id that was given out.
async fn last(db: &impl ConnectionTrait) -> Result<(i64, i64), LibraryError> {
    let mut select = Query::select();
    select.expr_as(Expr::col("id").max(), "id").expr_as(Expr::col("last_id").max(), "last_id").from("revision");
    let row = db.query_one(&select).await?;
    let number = |name: &str| match &row {
        Some(row) => Ok(row.try_get::<Option<i64>>("", name)?.unwrap_or_default()),
        None => Ok::<_, LibraryError>(0),
    };
    Ok((number("id")?, number("last_id")?))
}
