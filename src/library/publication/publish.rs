//! Publishes an edit as one revision, or nothing. Content changes only by publications, by a bulk load of an empty
//! database (`import`), and by a copy of a whole database (`store::copy`).
//!
//! An edit is prepared on a snapshot, without a lock: its records are loaded, checked and compared, with those that
//! depend on them. Then a lock is acquired, for which other publications wait, and the differences are written. If
//! another publication was committed meanwhile and may have changed what the preparation has read, the edit is prepared
//! again under the lock. So the edit is always checked against the library that it changes.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend};
use time::OffsetDateTime;

use super::{
    differences::Changes,
    history,
    prepare::{Preparation, Prepared, Publication, Saves},
    report::PublicationReport,
    revision::Revision,
    rows::assign_ids::assign_ids,
    sink::StatementSink,
    write_rows::{RowSource, write},
};
use crate::{
    engine::catalog::Catalog,
    library::{
        edits::edit::Edit,
        error::LibraryError,
        records::content_table::{ContentTable, names_of},
    },
    store::{
        Progress, Recorder, Writer,
        connect::transaction::{Publishing, begin_publishing, end_writing},
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
    pub allow_removing_most: bool,
    /// True if the publication only reports what it would change.
    pub dry_run: bool,
}

/// Publishes an edit as one revision.
///
/// Reads the records that the edit names, those to which they refer and those that depend on them, and writes the
/// fields that differ. So the duration depends on the size of the edit, not of the library. If there is any problem,
/// nothing is published. If nothing differs, there is no new revision. The revision of an unchanged record stays.
/// Concurrent publications are written one after the other.
///
/// # Errors
/// If the documents have problems ([`LibraryError::Problems`]), an edit from GraphQL arguments concerns too many records,
/// more than half of the records would be removed and `allow_removing_most` is not set, another publication holds the lock
/// for longer than the lock timeout, or the database cannot be read or written. After an error, nothing is changed, unless
/// the connection broke during the commit
/// ([`StoreError::CommitUnknown`](crate::store::StoreError::CommitUnknown)). If the returned future is dropped, the edit is
/// published as a whole or not at all.
pub async fn publish(
    catalog: &'static Catalog,
    writer: &Writer,
    edit: &Edit<'_>,
    options: PublishOptions,
    progress: &dyn Progress,
) -> Result<PublicationReport, LibraryError> {
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
) -> Result<Option<PublicationReport>, LibraryError> {
    let clock = writer.clock();
    let publication = Publication { catalog, tables: ContentTable::all(catalog), edit, options, clock };
    progress.begin("Reading the database", 1);
    let preparation = Box::pin(publication.read(writer)).await?;
    progress.end();
    let (prepared, saves) = match preparation {
        Preparation::Replayed(first) => return Ok(Some(*first)),
        Preparation::Prepared(prepared) if !accepts(prepared.latest.number) => return Ok(None),
        Preparation::Prepared(prepared) if !publication.writes(&prepared.report) => return Ok(Some(prepared.report)),
        Preparation::Prepared(prepared) => (Some(*prepared), None),
        Preparation::Renames(saves) => (None, Some(saves)),
    };
    progress.begin("Waiting for the database", 1);
    let Publishing { permit, transaction: writing } = begin_publishing(writer).await?;
    progress.end();
    let outcome = async {
        let latest = Revision::latest(&writing).await?;
        if !accepts(latest.number) {
            return Ok(None);
        }
        if let Some(first) = publication.earlier_report(&writing).await? {
            return Ok(Some(first));
        }
        if !options.dry_run {
            let prepared = publication.current(&writing, prepared, saves, latest).await?;
            let now = clock();
            let report = write_revision(publication, &writing, prepared, now, progress).await?;
            if let Some(key) = &edit.key {
                key.store(&writing, report.to_json(true), now).await?;
            }
            return Ok(Some(report));
        }
        // A dry run is rolled back.
        let base = latest.number;
        let recorder = Recorder::new(&writing);
        let prepared = publication.current(&recorder, prepared, saves, latest).await?;
        if !edit.previews {
            return Ok(Some(prepared.report));
        }
        let mut report = write_revision(publication, &recorder, prepared, clock(), progress).await?;
        report.preview = report.revision.take().map(|_| recorder.finish(base));
        Ok(Some(report))
    };
    let outcome = Box::pin(outcome).await;
    let has_written = |report: &PublicationReport| report.revision.is_some() || (edit.key.is_some() && !options.dry_run);
    let commits = matches!(&outcome, Ok(Some(report)) if has_written(report));
    let mut published = end_writing::<_, LibraryError>(writing, commits, outcome).await?;
    if let Some(report) = &mut published {
        report.preview = report.preview.take().map(|preview| preview.with_permit(permit));
    }
    if commits && published.as_ref().is_some_and(|report| report.added.len() + report.changed.len() >= ANALYZE_MIN) {
        analyze(catalog, writer).await;
    }
    Ok(published)
}

impl<'a> Publication<'a> {
    /// Reports whether anything is written: changes, or the report of an edit with an idempotency key, which is stored
    /// even if the edit changes nothing.
    fn writes(&self, report: &PublicationReport) -> bool {
        let has_key = self.edit.key.is_some() && !self.options.dry_run;
        (self.edit.previews || !self.options.dry_run) && !report.is_empty() || has_key
    }

    /// Returns the edit, prepared for the latest revision. Prepares it again if that is necessary. If the edit renames
    /// records, it is not prepared yet, and `saves` are its documents.
    async fn current(
        &self,
        db: &impl ConnectionTrait,
        prepared: Option<Prepared>,
        saves: Option<Box<Saves<'a>>>,
        latest: Revision,
    ) -> Result<Prepared, LibraryError> {
        let current = match prepared {
            // With `prune`, the edit also removes records that were added after it was prepared.
            Some(prepared) if self.options.prune => Some(prepared).filter(|prepared| prepared.latest == latest),
            Some(prepared) => prepared.for_latest(&self.tables, latest, db).await?,
            None => None,
        };
        match current {
            Some(current) => Ok(current),
            None => self.rename_and_prepare(db, saves).await,
        }
    }
}

/// Writes the differences and the new revision.
async fn write_revision(
    publication: Publication<'_>,
    db: &impl ConnectionTrait,
    prepared: Prepared,
    now: OffsetDateTime,
    progress: &dyn Progress,
) -> Result<PublicationReport, LibraryError> {
    let Publication { catalog, tables, edit, options, .. } = publication;
    let Prepared { library, mut report, changes, latest, given } = prepared;
    if report.is_empty() {
        return Ok(report);
    }
    let checksum = latest.checksum.and(changes.checksum);
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let mut source = RowSource { tables, library, revision: latest.number + 1, text_for_json };
    // A list of ids in the files is used only for an empty library. Otherwise only restored records get ids that they
    // had before.
    let given = if latest.number == 0 { &edit.saves.ids } else { &given };
    let last_id = assign_ids(&mut source, &changes, latest.last_id, given);
    for change in report.added.iter_mut().filter(|_| !options.dry_run) {
        let object = catalog.object_named(change.type_name);
        change.id = object.and_then(|object| source.library.ids.id(object.ix, &change.slug));
    }
    // The history needs the records that are replaced.
    source.library.stored = changes.replaced(&source.tables, source.library.stored);
    let revision = Revision { number: source.revision, last_id, checksum };
    progress.begin("Writing", progress_steps(&changes));
    let source = Arc::new(source);
    write(&source, &changes, db, progress).await?;
    history::write(&source, &changes, db).await?;
    revision.publish(&mut StatementSink(db), catalog, &report, &edit.signature, now).await?;
    progress.end();
    report.revision = Some(revision.number);
    Ok(report)
}

/// Updates the statistics with which PostgreSQL plans queries. The publication is committed already, so a failure is
/// only logged.
async fn analyze(catalog: &Catalog, writer: &Writer) {
    if writer.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let names: Vec<_> = names_of(&ContentTable::all(catalog)).into_iter().map(|name| format!("\"{name}\"")).collect();
    if let Err(failure) = writer.execute_unprepared(&format!("ANALYZE {}", names.join(", "))).await {
        tracing::warn!(error = &failure as &dyn std::error::Error, "the statistics of the tables were not updated");
    }
}

/// Returns the number of steps of writing: one for the row of a record, and one for its parts and links.
pub(super) fn progress_steps(changes: &Changes) -> usize {
    let added = changes.added.iter().map(Vec::len).sum::<usize>();
    2 * (added + changes.changed.iter().map(Vec::len).sum::<usize>())
}
