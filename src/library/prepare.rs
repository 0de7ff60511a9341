//! Preparing an edit: loading what it concerns, checking it, and finding the differences.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use super::{
    check::sorted,
    content_table::ContentTable,
    differences::{Changes, differences},
    documents::Library,
    edit::Edit,
    error::LibraryError,
    integrity,
    load::{Loader, load},
    publish::PublishOptions,
    record_map::RecordKey,
    rename::Renames,
    report::Published,
    revision::Revision,
    stored_record::StoredRecord,
};
use crate::{engine::catalog::Catalog, store::transaction::begin_reading};

/// An edit that is being published.
pub(super) struct Publication<'a> {
    pub catalog: &'static Catalog,
    pub tables: Vec<ContentTable<'static>>,
    pub edit: &'a Edit<'a>,
    pub options: PublishOptions,
}

/// An edit before it is written.
pub(super) enum Preparation {
    /// It is checked and compared with the database.
    Prepared(Box<Prepared>),
    /// It gives records another slug, which needs a transaction that writes.
    Renames,
    /// It was published before, with this report.
    Replayed(Published),
}

/// An edit that is checked and compared with the database.
pub(super) struct Prepared {
    pub library: Library<'static>,
    pub report: Published,
    pub changes: Changes,
    /// The revision with which it was compared.
    pub latest: Revision,
    /// True if records got another slug. Then the library is loaded as a whole.
    pub renamed: bool,
}

impl Publication<'_> {
    /// Prepares the edit on a snapshot.
    pub async fn read(&self, db: &DatabaseConnection) -> Result<Preparation, LibraryError> {
        let reading = begin_reading(db).await?;
        let prepared = async {
            if let Some(first) = self.first(&reading).await? {
                return Ok(Preparation::Replayed(first));
            }
            let renames = Renames::find(&reading, &self.tables, &self.edit.saves.library.documents).await?;
            if !renames.is_empty() {
                return Ok(Preparation::Renames);
            }
            self.prepare(&reading, false).await.map(|prepared| Preparation::Prepared(Box::new(prepared)))
        };
        let prepared = prepared.await;
        let ended = reading.rollback().await;
        // The first failure is the one to report.
        let prepared = prepared?;
        ended?;
        Ok(prepared)
    }

    /// Returns the report of the edit that was published with the same key before; `None` if there was none.
    pub async fn first(&self, db: &DatabaseTransaction) -> Result<Option<Published>, LibraryError> {
        let Some(key) = self.edit.key.as_ref().filter(|_| !self.options.dry_run) else { return Ok(None) };
        Ok(key.report(db).await?.map(Published::replay))
    }

    /// Gives records their new slugs, and prepares the edit in the same transaction.
    pub async fn rename(&self, db: &DatabaseTransaction) -> Result<Prepared, LibraryError> {
        let renames = Renames::find(db, &self.tables, &self.edit.saves.library.documents).await?;
        let any = !renames.is_empty();
        renames.apply(db, &self.tables).await?;
        self.prepare(db, any).await
    }

    /// Loads what the edit concerns, checks it, and finds the differences. If records were renamed, it loads the whole
    /// library, because the documents of all records that refer to them have changed.
    async fn prepare(&self, db: &DatabaseTransaction, renamed: bool) -> Result<Prepared, LibraryError> {
        let Self { catalog, tables, edit, options } = self;
        let latest = Revision::latest(db).await?;
        let mut loader = Loader::new(catalog, tables, db);
        let mut problems = edit.saves.problems.clone();
        let deletes: Vec<RecordKey> = edit.deletes.iter().filter_map(|deletion| deletion.key(catalog)).collect();
        let documents = &edit.saves.library.documents;
        let is_whole = options.prune || renamed;
        let mut library = if is_whole {
            load(catalog, tables, db).await?
        } else {
            let saved = documents.iter().map(|(ix, slug, _)| (ix, Arc::clone(slug)));
            loader.scope(saved.chain(deletes.iter().cloned())).await?
        };
        problems.extend(edit.deletes.iter().filter_map(|deletion| deletion.check(&library, documents)));
        for expectation in &edit.expectations {
            problems.extend(expectation.check(db, tables, &library, latest.number).await?);
        }
        if options.prune {
            library.documents = documents.clone();
        } else {
            library.remove(|ix, slug| deletes.iter().any(|(deleted, other)| *deleted == ix && **other == *slug));
            let completed = library.completed(documents.clone(), &edit.kept);
            library.overlay(completed);
        }
        loader.references(&mut library).await?;
        loader.referrers(&mut library).await?;
        loop {
            let mut problems = problems.clone();
            if !edit.saves.unreadable {
                integrity::check(&library, edit.saves.files, &mut problems);
            }
            let (report, changes) = differences(&library, tables);
            if !is_whole {
                derive_added(&library, tables, &changes);
            }
            if loader.missing(&mut library).await? | loader.dependents(&mut library, &changes).await? {
                continue;
            }
            if !problems.is_empty() {
                return Err(LibraryError::Problems(sorted(problems)));
            }
            if options.prune && report.removes_most() && !options.remove_most && !options.dry_run {
                return Err(LibraryError::RemovesMost { removed: report.removed.len(), before: report.before() });
            }
            return Ok(Prepared { library, report, changes, latest, renamed });
        }
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
