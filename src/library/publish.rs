//! Publishing an edit as one revision, or nothing. This is the one way in which content changes.
//!
//! An edit is prepared on a snapshot, without a lock: its records are loaded, checked and compared, with those that depend
//! on them. Then other publications wait until the differences are written. If another one came first, the edit is prepared
//! again meanwhile, so its checks always hold for the library that it changes.

use std::sync::Arc;

use rayon::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::{
    check::sorted,
    content_table::ContentTable,
    differences::{Changes, differences},
    documents::Library,
    edit::Edit,
    error::LibraryError,
    integrity,
    load::{Loader, load},
    problem::Problem,
    record_map::{RecordKey, RecordMap},
    report::Published,
    revision::Revision,
    sink::StatementSink,
    stored_record::StoredRecord,
    write_rows::{RowSource, write},
};
use crate::{
    engine::catalog::{Catalog, ObjectIx},
    store::{
        Progress, Writer,
        transaction::{begin_publishing, begin_reading},
    },
};

/// Number of changed records from which PostgreSQL needs new statistics to plan queries well.
const ANALYZE_MIN: usize = 1_000;

/// Options of a publication.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishOptions {
    /// True if the saved documents are the whole library: records that they do not have are removed. Only such a publication
    /// reads the whole library.
    pub prune: bool,
    /// True if `prune` may remove more than half of the records. Otherwise such a publication is refused, because its usual
    /// reason is a forgotten file.
    pub remove_most: bool,
    /// True if the publication only reports what it would change.
    pub dry_run: bool,
}

/// Publishes an edit as one revision.
///
/// Reads the records that the edit names, those to which they refer and those that depend on them, and writes the fields that
/// differ. So its price depends on the edit, not on the library. If there is any problem, nothing is published. If nothing
/// differs, there is no new revision. The revision of an unchanged record stays. Concurrent publications run one after the
/// other.
///
/// # Errors
/// If the documents have problems ([`LibraryError::Problems`]), more than half of the records would be removed without
/// permission, another publication takes longer than the limit of the database for waiting, or the database cannot be read
/// or written. After an error, and if the returned future is dropped, nothing is changed.
pub async fn publish(
    catalog: &'static Catalog,
    writer: &Writer,
    edit: &Edit<'_>,
    options: PublishOptions,
    progress: &dyn Progress,
) -> Result<Published, LibraryError> {
    let published = publish_if(catalog, writer, edit, options, progress, |_| true).await?;
    // The condition accepts every revision.
    Ok(published.unwrap_or_default())
}

/// Publishes an edit if `accepts` returns true for the number of the latest revision. Otherwise returns `None`.
pub(super) async fn publish_if(
    catalog: &'static Catalog,
    writer: &Writer,
    edit: &Edit<'_>,
    options: PublishOptions,
    progress: &dyn Progress,
    accepts: fn(i64) -> bool,
) -> Result<Option<Published>, LibraryError> {
    let tables = ContentTable::all(catalog);
    progress.begin("Reading the database", 1);
    let reading = begin_reading(writer).await?;
    let prepared = prepare(catalog, &tables, &reading, edit, options).await;
    let ended = reading.rollback().await;
    // The first failure is the one to report.
    let prepared = prepared?;
    ended?;
    progress.end();
    if !accepts(prepared.latest.number) {
        return Ok(None);
    }
    if options.dry_run || prepared.report.is_empty() {
        return Ok(Some(prepared.report));
    }
    progress.begin("Waiting for the database", 1);
    let writing = begin_publishing(writer).await?;
    progress.end();
    let outcome = async {
        let latest = Revision::latest(&writing).await?;
        if !accepts(latest.number) {
            return Ok(None);
        }
        let prepared = if latest == prepared.latest {
            prepared
        } else {
            drop(prepared);
            prepare(catalog, &tables, &writing, edit, options).await?
        };
        write_revision(catalog, tables, &writing, prepared, progress).await.map(Some)
    };
    let outcome = outcome.await;
    let published = commit_or_roll_back(writing, outcome).await?;
    if published.as_ref().is_some_and(|report| report.added.len() + report.changed.len() >= ANALYZE_MIN) {
        analyze(catalog, writer).await;
    }
    Ok(published)
}

/// An edit that is checked and compared with the database.
struct Prepared {
    library: Library<'static>,
    report: Published,
    changes: Changes,
    /// The revision with which it was compared.
    latest: Revision,
}

/// Loads what an edit concerns, checks it, and finds the differences.
async fn prepare(
    catalog: &'static Catalog,
    tables: &[ContentTable<'static>],
    db: &DatabaseTransaction,
    edit: &Edit<'_>,
    options: PublishOptions,
) -> Result<Prepared, LibraryError> {
    let latest = Revision::latest(db).await?;
    let mut loader = Loader::new(catalog, tables, db);
    let saves = &edit.saves.library.documents;
    let mut problems = edit.saves.problems.clone();
    let deletes = deleted_keys(catalog, edit, &mut problems);
    let saved = saves.iter().map(|(ix, slug, _)| (ix, Arc::clone(slug)));
    let mut library = if options.prune {
        load(catalog, tables, db).await?
    } else {
        loader.scope(saved.chain(deletes.iter().cloned())).await?
    };
    check_deletes(&library, &deletes, &mut problems);
    if options.prune {
        library.documents = saves.clone();
    } else {
        library.remove(|ix, slug| deletes.iter().any(|(deleted, other)| *deleted == ix && **other == *slug));
        library.overlay(saves.clone());
    }
    loader.references(&mut library).await?;
    loader.referrers(&mut library).await?;
    let problems = loop {
        let mut problems = problems.clone();
        if !edit.saves.unreadable {
            integrity::check(&library, edit.saves.files, &mut problems);
        }
        if !loader.missing(&mut library).await? {
            break problems;
        }
    };
    if !problems.is_empty() {
        return Err(LibraryError::Problems(sorted(problems)));
    }
    loop {
        let (report, changes) = differences(&library, tables);
        if !options.prune {
            derive_added(&library, tables, &changes);
        }
        let more = loader.missing(&mut library).await? | loader.dependents(&mut library, &changes).await?;
        if more {
            continue;
        }
        if options.prune && report.removes_most() && !options.remove_most && !options.dry_run {
            return Err(LibraryError::RemovesMost { removed: report.removed.len(), before: report.before() });
        }
        return Ok(Prepared { library, report, changes, latest });
    }
}

/// Derives the fields of new records, to find the documents that this reads. New records are not compared, so nothing else
/// derives their fields before they are written.
fn derive_added(library: &Library<'_>, tables: &[ContentTable<'_>], changes: &Changes) {
    for (table, added) in tables.iter().zip(&changes.added) {
        for slug in added {
            if let Some(document) = library.documents.get(table.object.ix, slug) {
                StoredRecord::of(library, table, slug, document);
            }
        }
    }
}

/// Returns the keys of the records that an edit deletes.
fn deleted_keys(catalog: &Catalog, edit: &Edit<'_>, problems: &mut Vec<Problem>) -> Vec<RecordKey> {
    let mut keys = Vec::new();
    for (type_name, slug) in &edit.deletes {
        match catalog.object_named(type_name).filter(|object| object.content().is_some()) {
            Some(object) => keys.push((object.ix, slug.as_str().into())),
            None => problems.push(of_delete(type_name, slug, format!("There is no content type {type_name}."))),
        }
    }
    keys
}

/// Adds the problems of records that cannot be deleted.
fn check_deletes(library: &Library<'_>, deletes: &[RecordKey], problems: &mut Vec<Problem>) {
    for (ix, slug) in deletes {
        let name = library.catalog.object(*ix).name;
        match library.documents.get(*ix, slug).map(|document| &document.owner) {
            Some(None) => {}
            Some(Some((_, owner))) => {
                let sentence = format!("This is in the document of \"{owner}\"; save that document without it.");
                problems.push(of_delete(name, slug, sentence));
            }
            None => problems.push(of_delete(name, slug, format!("There is no {name} \"{slug}\"."))),
        }
    }
}

fn of_delete(type_name: &str, slug: &str, sentence: String) -> Problem {
    Problem { file: None, position: None, path: format!("deletion of {type_name} {slug}"), sentence }
}

/// Writes the differences and the new revision.
async fn write_revision(
    catalog: &'static Catalog,
    tables: Vec<ContentTable<'static>>,
    db: &DatabaseTransaction,
    prepared: Prepared,
    progress: &dyn Progress,
) -> Result<Published, LibraryError> {
    let Prepared { library, mut report, changes, latest } = prepared;
    if report.is_empty() {
        return Ok(report);
    }
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let mut source = RowSource { tables, library, revision: latest.number + 1, text_for_json };
    let last_id = assign_ids(&mut source, &changes, latest.last_id);
    // The changes have what is written of changed records.
    source.library.stored = RecordMap::default();
    let revision = Revision { number: source.revision, last_id, checksum: latest.checksum.and(changes.checksum) };
    progress.begin("Writing", progress_steps(&changes));
    write(&Arc::new(source), &changes, db, progress).await?;
    revision.publish(&mut StatementSink(db), &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(revision.number);
    Ok(report)
}

/// Commits a transaction that wrote a revision. Rolls back any other transaction.
async fn commit_or_roll_back(
    transaction: DatabaseTransaction,
    outcome: Result<Option<Published>, LibraryError>,
) -> Result<Option<Published>, LibraryError> {
    if outcome.as_ref().is_ok_and(|report| report.as_ref().is_some_and(|report| report.revision.is_some())) {
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

/// Updates the statistics of PostgreSQL. Otherwise it would plan queries with the old ones. The publication is committed
/// already, so a failure is only logged.
async fn analyze(catalog: &Catalog, writer: &Writer) {
    if writer.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let names: Vec<_> =
        ContentTable::all(catalog).iter().flat_map(ContentTable::names).map(|name| format!("\"{name}\"")).collect();
    if let Err(failure) = writer.execute_unprepared(&format!("ANALYZE {}", names.join(", "))).await {
        tracing::warn!(error = &failure as &dyn std::error::Error, "the statistics of the tables were not updated");
    }
}

/// Assigns ids to new records in the order of the documents, which is also the order of an export. Returns the last id.
pub(super) fn assign_ids(source: &mut RowSource, changes: &Changes, mut last: i64) -> i64 {
    let RowSource { tables, library, .. } = source;
    let mut new = Vec::new();
    for (table, added) in tables.iter().zip(&changes.added) {
        new.push((table.object.ix, added, last + 1));
        last += i64::try_from(added.len()).unwrap_or_default();
    }
    let assigned = |(ix, added, first): &(ObjectIx, &Vec<Arc<str>>, i64)| {
        let location =
            |slug: &Arc<str>| library.get(*ix, slug)?.location.as_ref().map(|location| (&location.file, location.at));
        let mut sorted_slugs: Vec<_> = added.iter().map(|slug| (location(slug), slug)).collect();
        sorted_slugs.sort_by_key(|(location, _)| *location);
        RecordMap::of_type(*ix, sorted_slugs.into_iter().map(|(_, slug)| Arc::clone(slug)).zip(*first..))
    };
    for ids_of_type in new.par_iter().map(assigned).collect::<Vec<_>>() {
        library.ids.assign(ids_of_type);
    }
    last
}

/// Returns the number of steps of writing: one for the row of a record, and one for its parts and links.
pub(super) fn progress_steps(changes: &Changes) -> usize {
    let added = changes.added.iter().map(Vec::len).sum::<usize>();
    2 * (added + changes.changed.iter().map(Vec::len).sum::<usize>())
}
