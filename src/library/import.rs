//! Importing documents into the database: everything as one revision, or nothing.

use std::{collections::HashSet, sync::Arc};

use rayon::prelude::*;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use tokio::task;

use super::{
    check::{ReadDocuments, read_documents, sorted},
    checksum::LibraryChecksum,
    content_table::{ContentTable, names_of},
    differences::{Changes, differences},
    documents::Library,
    error::LibraryError,
    files::DocumentFile,
    id_list::IdList,
    ids::Ids,
    integrity,
    load::{StoredLibrary, load},
    record_map::RecordMap,
    rename::{may_rename, rename},
    report::ImportReport,
    revision::Revision,
    sink::StatementSink,
    write_rows::{RowSource, insert, write},
};
use crate::{
    engine::catalog::{Catalog, ObjectIx},
    store::{
        Progress, Writer,
        bulk::Filling,
        transaction::{begin_publishing, begin_reading},
    },
};

/// Number of records from which an import into an empty library is a bulk load. With fewer records, creating the indexes
/// again would take most of the time.
const BULK_LOAD_MIN: usize = 1_000;

/// Number of the first revision.
const FIRST: i64 = 1;

/// Options of an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// True if the documents are the whole library: records that they do not have are removed.
    pub prune: bool,
    /// True if `prune` may remove more than half of the records. Otherwise such an import is refused, because its usual
    /// reason is a forgotten file.
    pub remove_most: bool,
    /// True if the import only reports what it would change.
    pub dry_run: bool,
}

/// Imports documents as one revision.
///
/// The documents add or replace records of the database, and the resulting library is checked as a whole. If there is any
/// problem, nothing is imported. The revision of an unchanged record stays. Concurrent imports run one after the other.
///
/// # Errors
/// If the documents have problems, more than half of the records would be removed without permission, or the database cannot
/// be read or written. After an error, and if the returned future is dropped, nothing is changed.
pub async fn import(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let documents = read(catalog, files, progress);
    let tables = ContentTable::all(catalog);
    if documents.library.documents.len() >= BULK_LOAD_MIN && !options.dry_run {
        let names = names_of(&tables);
        if let Some(mut filling) = writer.fill(&names).await? {
            return match fill(catalog, tables, &mut filling, documents, progress).await {
                Ok(report) => {
                    filling.commit().await?;
                    Ok(report)
                }
                Err(failure) => {
                    // Nothing was committed, so a failure to roll back does not matter.
                    let _ = filling.roll_back().await;
                    Err(failure)
                }
            };
        }
    }
    progress.begin("Waiting for the database", 1);
    // A dry run renames records, too, and is rolled back.
    let only_reads = options.dry_run && !may_rename(&documents.library);
    let transaction = if only_reads { begin_reading(writer).await? } else { begin_publishing(writer).await? };
    progress.end();
    let outcome = merge(catalog, tables, &transaction, documents, options, progress).await;
    let report = commit_or_roll_back(transaction, outcome).await?;
    if report.revision.is_some() && report.added.len() + report.changed.len() >= BULK_LOAD_MIN {
        analyze(catalog, writer).await;
    }
    Ok(report)
}

/// Updates the statistics of PostgreSQL. Otherwise it would plan queries with the old ones. The import is committed already,
/// so a failure is only logged.
async fn analyze(catalog: &Catalog, writer: &Writer) {
    if writer.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let names: Vec<_> = names_of(&ContentTable::all(catalog)).into_iter().map(|name| format!("\"{name}\"")).collect();
    if let Err(failure) = writer.execute_unprepared(&format!("ANALYZE {}", names.join(", "))).await {
        tracing::warn!(error = &failure as &dyn std::error::Error, "the statistics of the tables were not updated");
    }
}

/// Imports documents into a database without a revision. If there is a revision, imports nothing and returns `None`. Of
/// several processes that call this at once, one imports.
///
/// # Errors
/// As for [`import`].
pub async fn seed(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    progress: &dyn Progress,
) -> Result<Option<ImportReport>, LibraryError> {
    let documents = read(catalog, files, progress);
    let transaction = begin_publishing(writer).await?;
    if Revision::latest(&transaction).await?.number > 0 {
        transaction.rollback().await?;
        return Ok(None);
    }
    let tables = ContentTable::all(catalog);
    let outcome = merge(catalog, tables, &transaction, documents, ImportOptions::default(), progress).await;
    commit_or_roll_back(transaction, outcome).await.map(Some)
}

fn read<'f>(catalog: &'static Catalog, files: &'f [DocumentFile], progress: &dyn Progress) -> ReadDocuments<'static, 'f> {
    progress.begin("Reading documents", 1);
    let documents = read_documents(catalog, files);
    progress.end();
    documents
}

/// Commits a transaction that wrote a revision. Rolls back any other transaction.
async fn commit_or_roll_back(
    transaction: DatabaseTransaction,
    outcome: Result<ImportReport, LibraryError>,
) -> Result<ImportReport, LibraryError> {
    if outcome.as_ref().is_ok_and(|report| report.revision.is_some()) {
        transaction.commit().await?;
    } else {
        // SQLite rolls back by itself when the disk is full, so the rollback may fail. The first failure is the one to
        // report.
        let ended = transaction.rollback().await;
        if outcome.is_ok() {
            ended?;
        }
    }
    outcome
}

/// Imports documents into a library that may contain records.
async fn merge(
    catalog: &'static Catalog,
    tables: Vec<ContentTable<'static>>,
    db: &DatabaseTransaction,
    documents: ReadDocuments<'static, '_>,
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let ReadDocuments { files, library: imported, problems, ids: given, unreadable } = documents;
    progress.begin("Reading the database", 1);
    let renamed = rename(db, &tables, &imported).await?;
    let StoredLibrary { library: mut result, rows: stored, ids } = load(catalog, &tables, db).await?;
    progress.end();
    if options.prune {
        result = imported;
    } else {
        result.overlay(imported);
    }
    let library = checked(ReadDocuments { files, library: result, problems, ids: IdList::default(), unreadable })?;

    let (mut report, differences) = differences(&library, &tables, &stored);
    if options.dry_run || report.is_empty() {
        return Ok(report);
    }
    if report.removes_most() && !options.remove_most {
        return Err(LibraryError::RemovesMost { removed: report.removed.len(), before: report.before() });
    }
    let latest = Revision::latest(db).await?;
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let mut source = RowSource { tables, library, ids, revision: latest.number + 1, text_for_json };
    // A library that has given ids continues with its own.
    let given = if latest.number == 0 { given } else { IdList::default() };
    let last_id = assign_ids(&mut source, &differences, latest.last_id, &given);
    drop(stored);
    // A new slug also changes the documents of the records that refer to it.
    let checksum = if renamed {
        LibraryChecksum::of_library(&source.library, &source.tables)
    } else {
        latest.checksum.and(differences.checksum)
    };
    let revision = Revision { number: source.revision, last_id, checksum };
    progress.begin("Writing", progress_steps(&differences));
    write(&Arc::new(source), &differences, db, progress).await?;
    revision.publish(&mut StatementSink(db), &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(revision.number);
    Ok(report)
}

/// Imports documents into an empty library by a bulk load.
async fn fill(
    catalog: &'static Catalog,
    tables: Vec<ContentTable<'static>>,
    filling: &mut Filling,
    mut documents: ReadDocuments<'static, '_>,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let given = std::mem::take(&mut documents.ids);
    let library = checked(documents)?;
    let (mut report, differences) = differences(&library, &tables, &RecordMap::default());
    let mut source = RowSource { tables, library, ids: Ids::default(), revision: FIRST, text_for_json: true };
    let last_id = assign_ids(&mut source, &differences, 0, &given);
    let revision = Revision { number: FIRST, last_id, checksum: differences.checksum };
    let source = Arc::new(source);
    progress.begin("Writing", progress_steps(&differences));
    filling.clear().await?;
    insert(&source, &differences, filling, progress).await?;
    progress.end();
    // Freeing the memory of a library of this size takes a while.
    task::spawn_blocking(move || drop((source, differences)));
    progress.begin("Creating indexes", 1);
    filling.restore().await?;
    revision.publish(filling, &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(FIRST);
    Ok(report)
}

/// Checks the library as a whole, and returns it if there are no problems.
fn checked<'c>(documents: ReadDocuments<'c, '_>) -> Result<Library<'c>, LibraryError> {
    let ReadDocuments { files, library, mut problems, unreadable, .. } = documents;
    if !unreadable {
        integrity::check(&library, files, &mut problems);
    }
    if problems.is_empty() { Ok(library) } else { Err(LibraryError::Problems(sorted(problems))) }
}

/// Assigns ids to new records: those of the list, and after the last one in the order of the documents, which is also the
/// order of an export. Returns the last id.
fn assign_ids(source: &mut RowSource, changes: &Changes, last: i64, given: &IdList) -> i64 {
    let RowSource { tables, library, ids, .. } = source;
    let (mut new, mut last, mut used) = (Vec::new(), last.max(given.last), HashSet::new());
    for (table, added) in tables.iter().zip(&changes.added) {
        let ix = table.object.ix;
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        for slug in added {
            match given.ids.get(ix, slug) {
                Some(id) if used.insert(*id) => listed.push((Arc::clone(slug), *id)),
                _ => others.push(Arc::clone(slug)),
            }
        }
        ids.assign(RecordMap::of_type(ix, listed));
        let first = last + 1;
        last += i64::try_from(others.len()).unwrap_or_default();
        new.push((ix, others, first));
    }
    let assigned = |(ix, added, first): &(ObjectIx, Vec<Arc<str>>, i64)| {
        let location =
            |slug: &Arc<str>| library.get(*ix, slug)?.location.as_ref().map(|location| (&location.file, location.at));
        let mut sorted_slugs: Vec<_> = added.iter().map(|slug| (location(slug), slug)).collect();
        sorted_slugs.sort_by_key(|(location, _)| *location);
        RecordMap::of_type(*ix, sorted_slugs.into_iter().map(|(_, slug)| Arc::clone(slug)).zip(*first..))
    };
    for ids_of_type in new.par_iter().map(assigned).collect::<Vec<_>>() {
        ids.assign(ids_of_type);
    }
    last
}

/// Returns the number of steps of writing: one for the row of a record, and one for its parts and links.
fn progress_steps(changes: &Changes) -> usize {
    changes.added.iter().chain(&changes.changed).map(|slugs| 2 * slugs.len()).sum()
}
