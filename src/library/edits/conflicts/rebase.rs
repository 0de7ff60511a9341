//! Merging the changes of a client, which has read a document in an earlier revision, with the later changes of others.

use std::{collections::HashMap, sync::Arc};

use sea_orm::ConnectionTrait;

use super::{
    expectation::Expectation,
    merge::{Merge, MergeConflict},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ObjectType},
    },
    library::{
        checks::entry_keys::EntryKeys,
        document::{input::read_tree, read::Draft, shape::SLUG},
        edits::{
            amend::tree,
            current_slugs::{renamed_targets, with_all_current_slugs},
            edit::Edit,
        },
        error::LibraryError,
        problem::{ConflictValues, Path, Problem, ProblemCode, ProblemDetails},
        records::{documents::LoadedLibrary, load::Loader, record_map::RecordKey},
    },
};

/// The document that a client has read.
pub(in crate::library) struct Base {
    /// The canonical document, with the current slugs of renamed records.
    pub fields: CanonicalObject,
    /// The current slugs of the records that had other slugs in it.
    pub renamed: HashMap<RecordKey, Arc<str>>,
}

/// Merges the document of a client with the changes of others. `base` is the document that the client has read, and
/// `theirs` is the current document. `reviewed` are the records whose reviews the client states again.
///
/// # Errors
/// The values that the client and others have changed differently.
pub(in crate::library::edits) fn merge(
    catalog: &Catalog,
    object: &ObjectType,
    [base, theirs]: [&CanonicalObject; 2],
    yours: &Draft,
    reviewed: &[RecordKey],
    latest: i64,
) -> Result<CanonicalObject, Vec<Problem>> {
    let fields = EntryKeys::new(catalog, latest + 1).of_document(object.ix, &yours.fields, base);
    merged(catalog, object, [base, theirs, &fields], reviewed, &yours.file)
}

/// Merges three documents: the one of the base revision, the current one, and the one of a client.
fn merged(
    catalog: &Catalog,
    object: &ObjectType,
    documents: [&CanonicalObject; 3],
    reviewed: &[RecordKey],
    file: &Arc<str>,
) -> Result<CanonicalObject, Vec<Problem>> {
    let mut merge = Merge::new(catalog, reviewed);
    let merged = merge.object(object, documents, &Path::Root);
    if merge.conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(merge.conflicts.into_iter().map(|conflict| problem(file, conflict)).collect())
    }
}

fn problem(file: &Arc<str>, MergeConflict { path, sentence, base, theirs, yours }: MergeConflict) -> Problem {
    // Canonical values can always be written as JSON, because their keys are texts.
    let json = |value: &CanonicalValue| serde_json::to_string(value).unwrap_or_default();
    let conflict = ConflictValues { base: json(&base), theirs: json(&theirs), yours: json(&yours) };
    let details = Some(Box::new(ProblemDetails::Conflict(conflict)));
    let (file, sentence) = (Some(Arc::clone(file)), sentence.to_owned());
    Problem { file, position: None, path, sentence, code: ProblemCode::Conflict, details }
}

impl<C: ConnectionTrait> Loader<'_, '_, C> {
    /// Returns the document of a record as of a revision, with the current slugs of renamed records. `library` has the
    /// current document. `None` if the record did not exist, or if the history does not have the document.
    pub async fn base(
        &self,
        library: &mut LoadedLibrary<'_>,
        key: &RecordKey,
        revision: i64,
        latest: i64,
    ) -> Result<Option<Base>, LibraryError> {
        let id = library.ids.id(key.0, &key.1).filter(|_| (1..=latest).contains(&revision));
        let Some(id) = id else { return Ok(None) };
        if self.first_without_documents(revision).await?.is_some() {
            return Ok(None);
        }
        let Some(past) = self.past_document(library, key, id, revision).await? else { return Ok(None) };
        let mut renamed = renamed_targets(self, library, key.0, &past.fields).await?;
        let own = past.fields.get(SLUG).and_then(CanonicalValue::as_text);
        if let Some(former) = own.filter(|slug| **slug != key.1) {
            renamed.insert((key.0, Arc::clone(former)), Arc::clone(&key.1));
        }
        let fields = with_all_current_slugs(library, library.catalog.object(key.0), &past.fields, &renamed);
        Ok(Some(Base { fields, renamed }))
    }

    /// Merges a document that an edit saves with the changes of others since the expected revision. `library` has the
    /// stored document, and `renamed` has the last slugs of the records that the edit renames. Returns the problems;
    /// `None` if there is nothing to merge with, so that the caller must check the expectation.
    pub async fn rebase(
        &self,
        library: &mut LoadedLibrary<'_>,
        saves: &mut LoadedLibrary<'_>,
        edit: &Edit<'_>,
        renamed: &HashMap<RecordKey, Arc<str>>,
        Expectation { key, revision, .. }: &Expectation,
        latest: i64,
    ) -> Result<Option<Vec<Problem>>, LibraryError> {
        let (ix, slug) = key;
        let of_client = saves.documents.get(*ix, slug).and_then(|document| Some((document, document.location.as_ref()?)));
        let Some((document, location)) = of_client else { return Ok(None) };
        let (written, file) = (document.fields.clone(), Arc::clone(&location.file));
        let theirs = library.documents.get(*ix, slug).map(|document| document.fields.clone());
        let (Some(theirs), Some(base)) = (theirs, self.base(library, key, *revision, latest).await?) else {
            return Ok(None);
        };
        // The document may refer to records by slugs that have become former ones since the client read it.
        let mut former = renamed_targets(self, library, *ix, &written).await?;
        // If the edit saves a document with the slug of a reference, the reference means that
        // document, even if the slug is a former slug of another record.
        former.retain(|(ix, slug), _| !saves.documents.contains(*ix, slug));
        let object = saves.catalog.object(*ix);
        let mut yours = with_all_current_slugs(library, object, &written, &former);
        let has_former_slugs = yours != written;
        let [base, theirs] = [&base.fields, &theirs].map(|fields| with_all_current_slugs(library, object, fields, renamed));
        for (_, field) in edit.omitted_embedded.iter().filter(|(record, _)| record == key) {
            yours = yours.with(field, &base.value(field));
        }
        // Entries without keys get the keys of the entries that the client has read.
        yours = EntryKeys::new(saves.catalog, latest + 1).of_document(*ix, &yours, &base);
        let merged = match merged(saves.catalog, object, [&base, &theirs, &yours], &[], &file) {
            Ok(merged) => merged,
            Err(problems) => return Ok(Some(problems)),
        };
        let mut problems = Vec::new();
        if merged != yours || has_former_slugs {
            let of_file = |(ix, slug, document): (_, &Arc<str>, &crate::library::records::documents::Document)| {
                let same = document.location.as_ref().is_some_and(|location| location.file == file);
                same.then(|| (ix, Arc::clone(slug)))
            };
            let replaced: Vec<RecordKey> = saves.documents.iter().filter_map(of_file).collect();
            saves.documents.retain(|ix, slug| !replaced.iter().any(|key| key.0 == ix && *key.1 == **slug));
            let read = read_tree(saves.catalog, edit.today, object, &tree(saves.catalog, object, &merged), &file);
            problems.extend(read.problems);
            saves.add(read.drafts, &mut problems);
        }
        Ok(Some(problems))
    }
}
