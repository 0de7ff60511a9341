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
    problem::Problem,
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
    /// Prepares the edit on a snapshot. Returns `None` if it gives records another slug, because that needs a transaction
    /// that writes.
    pub async fn read(&self, db: &DatabaseConnection) -> Result<Option<Prepared>, LibraryError> {
        let reading = begin_reading(db).await?;
        let prepared = async {
            let renames = Renames::find(&reading, &self.tables, &self.edit.saves.library.documents).await?;
            if renames.is_empty() { self.prepare(&reading, false).await.map(Some) } else { Ok(None) }
        };
        let prepared = prepared.await;
        let ended = reading.rollback().await;
        // The first failure is the one to report.
        let prepared = prepared?;
        ended?;
        Ok(prepared)
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
        let deletes = deleted_keys(catalog, edit, &mut problems);
        let documents = &edit.saves.library.documents;
        let is_whole = options.prune || renamed;
        let mut library = if is_whole {
            load(catalog, tables, db).await?
        } else {
            let saved = documents.iter().map(|(ix, slug, _)| (ix, Arc::clone(slug)));
            loader.scope(saved.chain(deletes.iter().cloned())).await?
        };
        check_deletes(&library, &deletes, &mut problems);
        if options.prune {
            library.documents = documents.clone();
        } else {
            library.remove(|ix, slug| deletes.iter().any(|(deleted, other)| *deleted == ix && **other == *slug));
            library.overlay(documents.clone());
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
