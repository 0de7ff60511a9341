//! Importing the documents of files: as a publication, or by a bulk load into an empty database.

use std::sync::Arc;

use tokio::task;

use super::{
    differences::differences,
    publish::{PublishOptions, progress_steps, publish, publish_if},
    report::PublicationReport,
    revision::{FIRST, Revision},
    rows::assign_ids::assign_ids,
    write_rows::{RowSource, insert},
};
use crate::{
    engine::catalog::Catalog,
    library::{
        checks::{
            check::{ReadDocuments, sorted},
            entry_keys::EntryKeys,
            integrity,
        },
        edits::edit::Edit,
        error::LibraryError,
        files::texts::DocumentFile,
        records::{
            content_table::{ContentTable, names_of},
            record_map::RecordMap,
        },
        search::new_index::NewIndex,
    },
    store::{Clock, Progress, Writer, bulk::Filling},
};

/// Number of records from which an import into an empty library is a bulk load. With fewer records, creating the indexes
/// again would take most of the time.
const BULK_LOAD_MIN: usize = 1_000;

/// Imports documents as one revision: publishes an edit that saves them. A large import into an empty database is a bulk
/// load.
///
/// # Errors
/// As for [`publish`].
pub async fn import(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    options: PublishOptions,
    progress: &dyn Progress,
) -> Result<PublicationReport, LibraryError> {
    import_edit(catalog, writer, read_edit(catalog, writer.clock(), files, progress), options, progress).await
}

/// Like [`import`], for an edit of files ([`read_edit`]).
///
/// # Errors
/// As for [`publish`].
pub async fn import_edit(
    catalog: &'static Catalog,
    writer: &Writer,
    edit: Edit<'_>,
    options: PublishOptions,
    progress: &dyn Progress,
) -> Result<PublicationReport, LibraryError> {
    if edit.saves.library.documents.len() >= BULK_LOAD_MIN && !options.dry_run {
        let tables = ContentTable::all(catalog);
        let names = names_of(&tables);
        if let Some(mut filling) = writer.fill(&names).await? {
            return match fill(catalog, tables, &mut filling, edit, writer.clock(), progress).await {
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
    publish(catalog, writer, &edit, options, progress).await
}

/// Imports documents into a database without a revision. If there is a revision, imports nothing and returns `None`. Of
/// several processes that call this at once, one imports.
///
/// # Errors
/// As for [`publish`].
pub async fn seed(
    catalog: &'static Catalog,
    writer: &Writer,
    files: &[DocumentFile],
    progress: &dyn Progress,
) -> Result<Option<PublicationReport>, LibraryError> {
    let edit = read_edit(catalog, writer.clock(), files, progress);
    publish_if(catalog, writer, &edit, PublishOptions::default(), progress, |latest| latest == 0).await
}

/// Reads the documents of files. Returns an edit that saves them, for [`import_edit`]. The clock determines which dates
/// are in the future.
pub fn read_edit<'f>(
    catalog: &'static Catalog,
    clock: Clock,
    files: &'f [DocumentFile],
    progress: &dyn Progress,
) -> Edit<'f> {
    progress.begin("Reading documents", 1);
    let edit = Edit::of_files(catalog, clock, files);
    progress.end();
    edit
}

/// Imports documents into an empty library by a bulk load.
async fn fill(
    catalog: &'static Catalog,
    tables: Vec<ContentTable<'static>>,
    filling: &mut Filling,
    edit: Edit<'_>,
    clock: Clock,
    progress: &dyn Progress,
) -> Result<PublicationReport, LibraryError> {
    let ReadDocuments { files, mut library, mut problems, ids: given, unreadable } = edit.saves;
    if !unreadable {
        integrity::check(&library, files, &mut problems);
    }
    if !problems.is_empty() {
        return Err(LibraryError::Problems(sorted(problems)));
    }
    EntryKeys::new(catalog, FIRST).assign(&mut library.documents, &RecordMap::default());
    let (mut report, changes) = differences(&library, &tables);
    let mut source = RowSource { tables, library, revision: FIRST, text_for_json: true };
    let last_id = assign_ids(&mut source, &changes, 0, &given);
    let revision = Revision { number: FIRST, last_id, checksum: changes.checksum };
    let source = Arc::new(source);
    progress.begin("Writing", progress_steps(&changes));
    let added = source.added(&changes);
    let index = NewIndex::compute(&source, &added);
    filling.clear().await?;
    insert(&source, &changes, &added, filling, progress).await?;
    progress.end();
    // Freeing the memory of a library of this size takes a while.
    task::spawn_blocking(move || drop((source, changes, added)));
    progress.begin("Creating indexes", 1);
    filling.restore().await?;
    // The search index is computed in the background, which may take until now. Its rows are in the order of the database
    // index of their table, so writing them takes little longer although the database index exists already.
    index.write(filling).await?;
    revision.publish(filling, catalog, &report, &edit.signature, clock()).await?;
    progress.end();
    report.revision = Some(FIRST);
    Ok(report)
}
