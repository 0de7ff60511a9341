//! Prepares an edit: loads the records that it concerns, checks it, and finds the differences.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use sea_orm::ConnectionTrait;

use super::{
    differences::{Changes, differences},
    publish::PublishOptions,
    report::PublicationReport,
    revision::Revision,
};
use crate::{
    engine::catalog::Catalog,
    library::{
        checks::{
            check::sorted,
            dangling::{self, ChangeError},
            entry_keys::EntryKeys,
            integrity, reviews,
        },
        edits::{
            amend::Amendment,
            current_slugs::RenamedSlugs,
            deletion::Deletion,
            edit::{Edit, RecordChanges},
            expectation::Expectation,
            record_amendments::RecordAmendments,
            rename::Renames,
        },
        error::LibraryError,
        files::id_list::IdList,
        problem::{Problem, Warning},
        records::{
            content_table::ContentTable,
            documents::{Document, LoadedLibrary},
            load::{Loader, load},
            record_map::{RecordKey, RecordMap},
            stored_record::StoredRecord,
        },
    },
    store::{
        Clock, Writer,
        connect::transaction::{begin_reading, end_reading},
    },
};

/// An edit that is being published.
pub(super) struct Publication<'a> {
    pub catalog: &'static Catalog,
    pub tables: Vec<ContentTable<'static>>,
    pub edit: &'a Edit<'a>,
    pub options: PublishOptions,
    pub clock: Clock,
}

/// An edit before it is written.
pub(super) enum Preparation<'a> {
    /// It is checked and compared with the database.
    Prepared(Box<Prepared>),
    /// It renames records, which needs a write transaction.
    Renames(Box<Saves<'a>>),
    /// It was published before, with this report.
    Replayed(Box<PublicationReport>),
}

/// An edit that is checked and compared with the database.
pub(super) struct Prepared {
    pub library: LoadedLibrary<'static>,
    pub report: PublicationReport,
    pub changes: Changes,
    /// The revision for which it is prepared.
    pub latest: Revision,
    /// The ids of restored records.
    pub given: IdList,
}

/// The documents that an edit saves, before they are checked together with the library.
pub(super) struct Saves<'a> {
    /// The revision for which they were created.
    latest: Revision,
    changes: RecordChanges,
    /// The stored records that were loaded to create the documents.
    stored: LoadedLibrary<'static>,
    documents: Cow<'a, RecordMap<Document>>,
    problems: Vec<Problem>,
    errors: Vec<ChangeError>,
    /// The revisions that the client expects of changed records, except for those that are merged.
    expectations: Vec<Expectation>,
    /// The ids of restored records.
    given: IdList,
    /// The records whose reviews are valid for the documents.
    reviewed: HashSet<RecordKey>,
    warnings: Vec<Warning>,
}

impl<'a> Publication<'a> {
    /// Prepares the edit on a snapshot.
    pub async fn read(&self, writer: &Writer) -> Result<Preparation<'a>, LibraryError> {
        let reading = begin_reading(writer).await?;
        let prepared = async {
            if let Some(first) = self.earlier_report(&reading).await? {
                return Ok(Preparation::Replayed(Box::new(first)));
            }
            let saves = self.saves(&reading, Revision::latest(&reading).await?).await?;
            let renames = Renames::find(&reading, &self.tables, &saves.documents).await?;
            if !renames.is_empty() {
                return Ok(Preparation::Renames(Box::new(saves)));
            }
            self.prepare(&reading, saves).await.map(|prepared| Preparation::Prepared(Box::new(prepared)))
        };
        let prepared = prepared.await;
        end_reading(reading, prepared).await
    }

    /// Returns the report of the edit that was published with the same key before; `None` if there was none.
    pub async fn earlier_report(&self, db: &impl ConnectionTrait) -> Result<Option<PublicationReport>, LibraryError> {
        let Some(key) = self.edit.key.as_ref().filter(|_| !self.options.dry_run) else { return Ok(None) };
        Ok(key.report(db, (self.clock)()).await?.map(PublicationReport::replay))
    }

    /// Renames records if the edit renames any, and prepares the edit in the same transaction. `saves` are the documents
    /// that were created on a snapshot, if there are any. They are created again if another edit was published since.
    pub async fn rename_and_prepare(
        &self,
        db: &impl ConnectionTrait,
        saves: Option<Box<Saves<'a>>>,
    ) -> Result<Prepared, LibraryError> {
        let Self { catalog, tables, edit, .. } = self;
        let latest = Revision::latest(db).await?;
        let saves = match saves.filter(|saves| saves.latest == latest) {
            Some(saves) => *saves,
            None => self.saves(db, latest).await?,
        };
        let renames = Renames::find(db, tables, &saves.documents).await?;
        if renames.is_empty() {
            return self.prepare(db, saves).await;
        }
        let loader = Loader::new(catalog, tables, db, edit.max_records);
        let mut affected = renames.ids(db, tables).await?;
        // The documents of the records that refer to renamed records change as well.
        for (ix, mut ids) in loader.referring_to(&affected).await? {
            affected.entry(ix).or_default().append(&mut ids);
        }
        let before = loader.checksum(&affected).await?;
        renames.apply(db, tables).await?;
        let after = loader.checksum(&affected).await?;
        // The records that were loaded before still have their old slugs, so they are loaded again.
        let mut stored = LoadedLibrary::new(catalog);
        // The documents of some stored records were created without loading their embedded records. So these stored records
        // are loaded without their embedded records here too.
        stored.without_embedded = saves.stored.without_embedded;
        let saves = Saves { stored, ..saves };
        let mut prepared = self.prepare(db, saves).await?;
        prepared.changes.checksum = prepared.changes.checksum.without(before).and(after);
        Ok(prepared)
    }

    /// Returns the documents that the edit saves, and those that it creates by changing stored ones. Documents that are
    /// based on an earlier revision are merged with later changes.
    async fn saves(&self, db: &impl ConnectionTrait, latest: Revision) -> Result<Saves<'a>, LibraryError> {
        let Self { catalog, tables, .. } = self;
        let edit: &'a Edit<'a> = self.edit;
        let changes = edit.resolved_changes(catalog, tables, db).await?;
        let documents = &edit.saves.library.documents;
        let mut saves = Saves {
            latest,
            changes,
            stored: LoadedLibrary::new(catalog),
            documents: Cow::Borrowed(documents),
            problems: edit.saves.problems.clone(),
            errors: Vec::new(),
            expectations: Vec::new(),
            given: IdList::default(),
            reviewed: HashSet::new(),
            warnings: Vec::new(),
        };
        let RecordChanges { amendments, expectations, .. } = &saves.changes;
        if amendments.is_empty() && expectations.is_empty() {
            return Ok(saves);
        }
        let loader = Loader::new(catalog, tables, db, edit.max_records);
        if let Some(record) = edit.record_without_embedded(catalog, &saves.changes) {
            saves.stored.without_embedded.insert(record, Vec::new());
        }
        let expected = expectations.iter().map(|expectation| expectation.key.clone());
        loader.records_by_key(&mut saves.stored, expected.chain(amendments.iter().map(Amendment::key))).await?;
        let mut library = LoadedLibrary::new(catalog);
        library.documents = documents.clone();
        let renamed = RenamedSlugs::of(&RecordAmendments::of(amendments));
        for expectation in expectations {
            let rebased = match saves.problems.as_slice() {
                [] => {
                    let (stored, latest) = (&mut saves.stored, saves.latest.number);
                    loader.rebase(stored, &mut library, edit, &renamed.last, expectation, latest).await?
                }
                _ => None,
            };
            match rebased {
                Some(found) => saves.errors.extend(found.into_iter().map(ChangeError::Problem)),
                None => saves.expectations.push(expectation.clone()),
            }
        }
        self.amend(&loader, &mut saves, &mut library, &renamed).await?;
        saves.documents = Cow::Owned(library.documents);
        Ok(saves)
    }

    /// Adds the documents that the edit creates by changing stored ones to `library`, which has those that the edit saves.
    async fn amend<C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, 'static, C>,
        saves: &mut Saves<'_>,
        library: &mut LoadedLibrary<'_>,
        renamed: &RenamedSlugs,
    ) -> Result<(), LibraryError> {
        let Saves { latest, changes, stored, documents, problems, errors, expectations, given, reviewed, warnings } = saves;
        let records = RecordAmendments::of(&changes.amendments);
        for record in &records {
            let refused = record.second_change_errors(documents);
            if !refused.is_empty() {
                errors.extend(refused);
                continue;
            }
            match record.read(loader, stored, renamed, latest.number, self.edit.today).await? {
                Ok(mut amended) => {
                    problems.append(&mut amended.read.problems);
                    given.append(std::mem::take(&mut amended.read.ids));
                    library.add(amended.read.drafts, problems);
                    loader.check_number(library.documents.len())?;
                    expectations.extend(amended.expectations);
                    reviewed.extend(amended.reviewed);
                    warnings.extend(amended.warnings);
                }
                Err(wrong) => errors.extend(wrong),
            }
        }
        // Records are renamed before the expectations are checked.
        for expectation in expectations {
            if let Some(to) = renamed.last.get(&expectation.key) {
                expectation.key.1 = Arc::clone(to);
            }
        }
        Ok(())
    }

    /// Loads the records that the edit concerns, checks the result, and finds the differences.
    async fn prepare(&self, db: &impl ConnectionTrait, saves: Saves<'a>) -> Result<Prepared, LibraryError> {
        let Self { catalog, tables, edit, options, .. } = self;
        let mut loader = Loader::new(catalog, tables, db, edit.max_records);
        let Saves { latest, changes: of_records, stored, documents, expectations, given, reviewed, .. } = saves;
        let (mut problems, mut errors, mut warnings) = (saves.problems, saves.errors, saves.warnings);
        let RecordChanges { amendments, deletes, .. } = &of_records;
        let deleted: Vec<RecordKey> = deletes.iter().filter_map(|deletion| deletion.key(catalog)).collect();
        let mut library = stored;
        if options.prune {
            library = load(catalog, tables, db).await?;
        } else {
            let keys = documents.iter().map(|(ix, slug, _)| (ix, Arc::clone(slug)));
            loader.records_by_key(&mut library, keys.chain(deleted.iter().cloned())).await?;
        }
        let deletions = deletes.iter().enumerate();
        let error = |(at, deletion): (usize, &Deletion)| deletion.error(&library, &documents, amendments, &deletes[..at]);
        errors.extend(deletions.filter_map(error));
        for expectation in &expectations {
            errors.extend(expectation.check(db, tables, &library, latest.number).await?);
        }
        let mut absent = Vec::new();
        for error in errors {
            match error {
                ChangeError::Problem(problem) => problems.push(problem),
                ChangeError::Absent(key, location) => absent.push((key, location)),
            }
        }
        let keys = EntryKeys::new(catalog, latest.number + 1);
        let mut completed = if options.prune {
            documents.into_owned()
        } else {
            library.remove(|ix, slug| {
                let named = deletes.iter().find(|deletion| *deletion.slug == *slug && deletion.ix(catalog) == Some(ix));
                named.map(Deletion::location)
            });
            library.with_stored_embedded(documents.into_owned(), &edit.omitted_embedded)
        };
        keys.assign(&mut completed, &library.documents);
        warnings.extend(reviews::expire(catalog, edit, &reviewed, &mut completed, &library.documents));
        if options.prune {
            library.documents = completed;
        } else {
            library.overlay(completed);
        }
        loader.references(&mut library).await?;
        loader.referrers(&mut library).await?;
        loop {
            let mut problems = problems.clone();
            if !edit.saves.unreadable {
                integrity::check(&library, edit.saves.files, &mut problems);
            }
            dangling::absent(&library, &absent, &mut problems);
            let (report, changes) = differences(&library, tables);
            if !options.prune {
                derive_added(&library, tables, &changes);
            }
            if loader.missing(&mut library).await? | loader.dependents(&mut library, &changes).await? {
                continue;
            }
            if !problems.is_empty() {
                for record in RecordAmendments::of(amendments) {
                    record.locate(&mut problems);
                }
                return Err(LibraryError::Problems(sorted(problems)));
            }
            if options.prune && report.removes_most() && !options.allow_removing_most && !options.dry_run {
                return Err(LibraryError::RemovesMost { removed: report.removed.len(), before: report.before() });
            }
            let report = PublicationReport { warnings, ..report };
            return Ok(Prepared { library, report, changes, latest, given });
        }
    }
}

/// Derives the fields of new records only to find the documents that the derivations read, and
/// drops the values. A document that is not loaded is added to the missing ones, which the caller
/// then loads. Nothing else derives these fields before they are written, because new records are
/// not compared.
fn derive_added(library: &LoadedLibrary<'_>, tables: &[ContentTable<'_>], changes: &Changes) {
    for (table, added) in tables.iter().zip(&changes.added) {
        for slug in added {
            if let Some(document) = library.documents.get(table.object.ix, slug) {
                StoredRecord::of(library, table, slug, document);
            }
        }
    }
}
