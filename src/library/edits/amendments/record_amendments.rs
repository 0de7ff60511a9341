//! The changes of one record in an edit: a restore, or patches and renames, which run one after another.
//!
//! The stored document is converted to a tree once. The operations of all changes run on this tree, and the result is
//! read once. So the document must be valid only after the last change, and the nodes of the tree identify the operations
//! that have created them.

use std::{iter::once, sync::Arc};

use sea_orm::ConnectionTrait;
use time::Date;

use super::{
    amend::{Amendment, AmendmentKind, tree},
    past::PastDocument,
    patch::{Operation, Patch, add_former_slug, is_of_document, origin},
};
use crate::{
    engine::{canonical::CanonicalObject, catalog::with_article},
    library::{
        checks::dangling::ChangeError,
        document::{input::read_tree, node::quote, shape::SLUG},
        edits::{
            conflicts::rebase,
            current_slugs::{RenamedSlugs, renamed_targets, with_all_current_slugs, with_current_slugs},
            expectation::Expectation,
            record_name::BY,
        },
        error::LibraryError,
        files::{id_list::IdList, read_file::ReadFile},
        problem::{Problem, ProblemCode, Warning},
        records::{
            documents::{Document, LoadedLibrary},
            load::Loader,
            record_map::{RecordKey, RecordMap},
        },
    },
};

/// The changes of one record in an edit, in their order.
pub(in crate::library) struct RecordAmendments<'a> {
    first: &'a Amendment,
    later: Vec<&'a Amendment>,
}

/// The document of a record after its changes.
pub(in crate::library) struct Amended {
    /// The new document, with the ids of its records.
    pub read: ReadFile,
    /// The expectations that are still to be checked. A change that was merged with later changes of others needs no
    /// check.
    pub expectations: Vec<Expectation>,
    /// The records whose reviews are valid for the new document: the changes state them again, or restore the document.
    pub reviewed: Vec<RecordKey>,
    pub warnings: Vec<Warning>,
}

impl<'a> RecordAmendments<'a> {
    /// Returns the changes of each record.
    pub fn of(amendments: &'a [Amendment]) -> Vec<Self> {
        let mut records: Vec<Self> = Vec::new();
        for amendment in amendments {
            match records.iter_mut().find(|record| record.key() == amendment.key()) {
                Some(record) => record.later.push(amendment),
                None => records.push(Self { first: amendment, later: Vec::new() }),
            }
        }
        records
    }

    /// Returns the key of the record in the database.
    pub fn key(&self) -> RecordKey {
        self.first.key()
    }

    fn iter(&self) -> impl Iterator<Item = &'a Amendment> {
        once(self.first).chain(self.later.iter().copied())
    }

    /// Returns the slugs that the changes give to the record.
    pub fn new_slugs(&self) -> impl Iterator<Item = &'a Arc<str>> {
        self.iter().filter_map(Amendment::new_slug)
    }

    fn operations(&self) -> Vec<Operation<'a>> {
        self.iter().flat_map(Amendment::operations).collect()
    }

    /// Returns the path of the last argument with a change. Problems of the document have this path in
    /// [`Problem::file`].
    fn argument_path(&self) -> String {
        self.later.last().unwrap_or(&self.first).argument_path()
    }

    /// Returns the errors of the changes that cannot be combined with another change of the record. A saved or restored
    /// document would replace the document that the other change makes. `saved` has the documents that the edit saves.
    pub fn second_change_errors(&self, saved: &RecordMap<Document>) -> Vec<ChangeError> {
        let is_saved = saved.contains(self.first.object.ix, &self.first.slug);
        let restores = |amendment: &Amendment| matches!(amendment.change, AmendmentKind::Restore(_));
        let refused = match self.iter().position(restores) {
            _ if is_saved => 0,
            Some(restore) => restore.max(1),
            None => return Vec::new(),
        };
        self.iter().skip(refused).map(Amendment::second_change_error).collect()
    }

    /// Returns the document after the changes, or the errors of the first change that is refused. If the first change is
    /// a patch that is based on an earlier revision, it is merged with later changes of others. `renamed` has the slugs
    /// of the records that the edit renames. `latest` is the latest revision, and `library` has the stored record.
    pub async fn read<'c, C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, 'c, C>,
        library: &mut LoadedLibrary<'c>,
        renamed: &RenamedSlugs,
        latest: i64,
        today: Date,
    ) -> Result<Result<Amended, Vec<ChangeError>>, LibraryError> {
        let (first, object, key) = (self.first, self.first.object, self.key());
        let stored = library.documents.get(object.ix, &first.slug).filter(|document| document.owner.is_none());
        let stored = stored.map(|document| document.fields.clone());
        let is_deleted = stored.is_none();
        let mut warnings = Vec::new();
        let PastDocument { fields, ids } = match (&first.change, stored) {
            (AmendmentKind::Restore(revision), stored) => {
                match first.restored(loader, library, stored, *revision, latest, &mut warnings).await? {
                    Ok(past) => past,
                    Err(error) => return Ok(Err(vec![error])),
                }
            }
            (_, Some(fields)) => PastDocument { fields, ids: Vec::new() },
            (_, None) => return Ok(Err(vec![first.absent_error()])),
        };
        if let Some(error) = self.taken_slug_error(loader, library).await? {
            return Ok(Err(vec![error]));
        }
        let targets = renamed_targets(loader, library, object.ix, &fields).await?;
        let fields = with_current_slugs(&library.references, object.ix, &fields, &targets);
        let base = match (&first.change, first.expected) {
            (AmendmentKind::Patch(_), Some(revision)) => loader.base(library, &key, revision, latest).await?,
            _ => None,
        };
        let compared = self.iter().skip(usize::from(base.is_some()));
        let expectation = |amendment: &Amendment| {
            let expectation = Expectation::new(amendment.key(), &amendment.path, BY, amendment.expected)?;
            // A deleted record has no revision to compare. The expectation then only requires that the record still does
            // not exist.
            let is_past = is_deleted && (1..=latest).contains(&expectation.revision);
            Some(if is_past { Expectation { revision: 0, ..expectation } } else { expectation })
        };
        let expectations = compared.filter_map(expectation).collect();
        // The changes may name records by the slugs that the client has read.
        let since_base = base.as_ref().map(|base| renamed.with_former(&base.renamed));
        let renamed = since_base.as_ref().unwrap_or(renamed);
        // If others have changed nothing since, there is nothing to merge.
        let base = base.map(|base| base.fields).filter(|base| *base != fields);
        let mut patch = Patch::new(library.catalog, object, &first.slug, renamed);
        let read = match self.changed(&mut patch, library, &fields, base.as_ref(), latest, today) {
            Ok(read) => with_ids(read, ids),
            Err(problems) => return Ok(Err(problems.into_iter().map(ChangeError::Problem).collect())),
        };
        let mut reviewed = patch.reviewed;
        if let AmendmentKind::Restore(_) = first.change {
            reviewed.extend(read.drafts.iter().map(|draft| (draft.ix, Arc::clone(&draft.slug))));
        }
        Ok(Ok(Amended { read, expectations, reviewed, warnings }))
    }

    /// Returns the error of the first rename to the slug of another record; `None` if there is none.
    async fn taken_slug_error<C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, '_, C>,
        library: &mut LoadedLibrary<'_>,
    ) -> Result<Option<ChangeError>, LibraryError> {
        let Amendment { object, slug: stored, .. } = self.first;
        let keys: Vec<RecordKey> = self.new_slugs().map(|slug| (object.ix, Arc::clone(slug))).collect();
        loader.rows.load_ids_of(&mut library.ids, keys).await?;
        let is_taken = |slug: &Arc<str>| slug != stored && library.ids.id(object.ix, slug).is_some();
        Ok(self.iter().find_map(|amendment| {
            let slug = amendment.new_slug().filter(|slug| is_taken(slug))?;
            let sentence = format!("There is already {} {}.", with_article(object.name), quote(slug));
            Some(amendment.error(ProblemCode::Invalid, sentence))
        }))
    }

    /// Changes the document, and reads the result. `base` is the document that the client has read, if it differs from
    /// the stored one.
    ///
    /// # Errors
    /// The problems of the operations of the first change that has any, or the conflicts with later changes of others.
    fn changed(
        &self,
        patch: &mut Patch<'_>,
        library: &LoadedLibrary<'_>,
        stored: &CanonicalObject,
        base: Option<&CanonicalObject>,
        latest: i64,
        today: Date,
    ) -> Result<ReadFile, Vec<Problem>> {
        let (catalog, object, renamed) = (patch.catalog, patch.object, patch.renamed);
        let file: Arc<str> = self.argument_path().into();
        let current = |fields| with_all_current_slugs(library, object, fields, &renamed.last);
        let (stored, mut base) = (current(stored), base.map(current));
        let mut document = tree(catalog, object, base.as_ref().unwrap_or(&stored));
        let mut invalid = Vec::new();
        for amendment in self.iter() {
            let operations = amendment.operations();
            patch.apply(&mut document, &operations);
            if !patch.problems.is_empty() {
                return Err(std::mem::take(&mut patch.problems));
            }
            // Only the first change is merged. The base of a later one would be a document that no revision has.
            let Some(base) = base.take() else { continue };
            let read = read_tree(catalog, today, object, &document, &file);
            let Some(yours) = read.drafts.last().filter(|_| read.problems.is_empty()) else {
                // An invalid document is not merged.
                invalid = read.problems;
                break;
            };
            let merged = rebase::merge(catalog, object, [&base, &stored], yours, &patch.reviewed, latest);
            let merged = merged.map_err(|mut conflicts| {
                locate(&operations, &file, self.merged_argument().as_ref(), &mut conflicts);
                conflicts
            })?;
            document = tree(catalog, object, &merged);
        }
        add_former_slug(&mut document, &self.first.slug);
        let mut read = read_tree(catalog, today, object, &document, &file);
        // `add_former_slug` may have replaced an invalid `formerly`, so the second reading may not find that problem.
        if !invalid.is_empty() {
            read.problems = invalid;
        }
        Ok(read)
    }

    /// Returns the path of the argument of the first change, if that change may be merged with later changes of others.
    fn merged_argument(&self) -> Option<Arc<str>> {
        let is_merged = self.first.expected.is_some() && matches!(self.first.change, AmendmentKind::Patch(_));
        is_merged.then(|| self.first.argument_path().into())
    }

    /// Moves each problem of the document to the operation that has changed the value. If that operation is not known, the
    /// problem is reported at an argument, and its sentence states the path in the document. It is the argument of the first
    /// change if that change may be merged and no operation has created the value, and otherwise that of the last change.
    pub fn locate(&self, problems: &mut [Problem]) {
        locate(&self.operations(), &self.argument_path(), self.merged_argument().as_ref(), problems);
    }
}

/// Moves problems from the last argument with a change, `argument`, to the operations. `merged` is the argument of the
/// change that may be merged.
fn locate(operations: &[Operation<'_>], argument: &str, merged: Option<&Arc<str>>, problems: &mut [Problem]) {
    for problem in problems.iter_mut().filter(|problem| problem.file.as_deref() == Some(argument)) {
        let path = std::mem::take(&mut problem.path);
        if let Some(merged) = merged.filter(|_| is_of_document(problem.position)) {
            problem.file = Some(Arc::clone(merged));
        }
        match origin(operations, &path, problem.position) {
            Some(origin) => problem.file = Some(origin.into()),
            None if path.is_empty() || path == SLUG => {}
            None => problem.sentence = format!("{path}: {}", problem.sentence),
        }
    }
}

/// Returns the documents of a file with the ids that the records had. `ids` has the id of each record in the order of
/// documents, or is empty.
fn with_ids(read: ReadFile, ids: Vec<i64>) -> ReadFile {
    let mut list = IdList::default();
    for (draft, id) in read.drafts.iter().zip(ids) {
        list.ids.insert((draft.ix, Arc::clone(&draft.slug)), id);
    }
    ReadFile { ids: list, ..read }
}
