//! Importing: documents into the database, all or nothing, as one revision or none.

use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use rayon::prelude::*;
use tokio::task;

use super::{
    check::{Gathered, gather, in_order},
    contents::Contents,
    cross,
    differences::{Changes, differences},
    error::LibraryError,
    files::DocumentFile,
    ids::Ids,
    load::{Stored, load},
    report::ImportReport,
    revision::Revision,
    set::Library,
    table::Table,
    target::Statements,
    write::{Whole, insert, write},
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
    /// The documents are the whole library: records that they do not have are removed.
    pub prune: bool,
    /// `prune` may remove more than half of the records. Without it such an import is refused, because a forgotten file is the
    /// usual reason.
    pub remove_most: bool,
    /// Only find out what would change.
    pub dry_run: bool,
}

/// Imports documents.
///
/// They are laid over what the database holds, and the result is checked as a whole: with one problem nothing is imported.
/// Content that is as it was keeps its revision. Two imports at once follow each other.
///
/// # Errors
/// When the documents have problems, most records would be removed, or the database cannot be read or written. Then it is as it was before, as it is when
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
        let names: Vec<_> = tables.iter().flat_map(Table::names).collect();
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
    let names: Vec<_> = Table::all(catalog).iter().flat_map(Table::names).map(|name| format!("\"{name}\"")).collect();
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
    if Revision::latest(&transaction).await?.number > 0 {
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
    if report.removes_most() && !options.remove_most {
        return Err(LibraryError::RemovesMost { removed: report.removed.len(), before: report.before() });
    }
    let latest = Revision::latest(db).await?;
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let mut whole = Whole { tables, library, ids, revision: latest.number + 1, text_for_json };
    let last_id = give_ids(&mut whole, &differences, latest.last_id);
    drop(stored);
    let revision = Revision { number: whole.revision, last_id, checksum: latest.checksum.and(differences.checksum) };
    progress.begin("Writing", steps(&differences));
    write(&Arc::new(whole), &differences, db, progress).await?;
    revision.publish(&mut Statements(db), &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(revision.number);
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
    let revision = Revision { number: FIRST, last_id, checksum: differences.checksum };
    let whole = Arc::new(whole);
    progress.begin("Writing", steps(&differences));
    filling.clear().await?;
    insert(&whole, &differences, filling, progress).await?;
    progress.end();
    // A library that needs this is large, and freeing it takes a while.
    task::spawn_blocking(move || drop((whole, differences)));
    progress.begin("Making indexes", 1);
    filling.restore().await?;
    revision.publish(filling, &report.summary(catalog)).await?;
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
    for given in new.par_iter().map(give).collect::<Vec<_>>() {
        ids.give(given);
    }
    last
}

/// What is written: once for its row, once for its parts and links.
fn steps(changes: &Changes) -> usize {
    changes.added.iter().chain(&changes.changed).map(|slugs| 2 * slugs.len()).sum()
}
