//! Changes of a document that a client has read in an earlier revision. They are merged with what others have changed since.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use time::Date;

use super::{
    amend::{read_tree, tree},
    current_slugs::{following, renamed_targets},
    expectation::Expectation,
    merge::{Merge, Overlap},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ObjectType},
    },
    library::{
        checks::entry_keys::EntryKeys,
        error::LibraryError,
        files::read_file::ReadFile,
        problem::{ConflictValues, Path, Problem, ProblemCode, ProblemDetails},
        records::{documents::Library, load::Loader, record_map::RecordKey},
    },
};

/// The sentence of a conflict.
const CONFLICT: &str = "Somebody else has changed this value since the revision that you expect. Choose a value, and send it with \
                        the latest revision.";

/// Merges the document of a client with what others have changed. `read` is the document of the client; if it has
/// problems, it is returned as it is. `base` is the document that the client has read, and `theirs` the present one.
///
/// # Errors
/// The values that both have changed.
pub(super) fn merge(
    catalog: &Catalog,
    object: &ObjectType,
    [base, theirs]: [&CanonicalObject; 2],
    read: ReadFile,
    latest: i64,
    today: Date,
) -> Result<ReadFile, Vec<Problem>> {
    // A document follows the documents that are embedded in it.
    let Some(yours) = read.drafts.last().filter(|_| read.problems.is_empty()) else { return Ok(read) };
    let fields = EntryKeys::new(catalog, latest + 1).of_document(object.ix, &yours.fields, base);
    let merged = merged(catalog, object, [base, theirs, &fields], &yours.file)?;
    if merged == fields {
        return Ok(read);
    }
    Ok(read_tree(catalog, today, object, &tree(catalog, object, &merged), &yours.file))
}

/// Merges the document of a revision, the present one, and that of a client.
///
/// # Errors
/// The values that both have changed.
fn merged(
    catalog: &Catalog,
    object: &ObjectType,
    documents: [&CanonicalObject; 3],
    file: &Arc<str>,
) -> Result<CanonicalObject, Vec<Problem>> {
    let mut merge = Merge::new(catalog);
    let merged = merge.object(object, documents, &Path::Root);
    if merge.overlaps.is_empty() {
        Ok(merged)
    } else {
        Err(merge.overlaps.into_iter().map(|overlap| problem(file, overlap)).collect())
    }
}

fn problem(file: &Arc<str>, Overlap { path, base, theirs, yours }: Overlap) -> Problem {
    // Canonical values can always be written as JSON, because their keys are texts.
    let json = |value: &CanonicalValue| serde_json::to_string(value).unwrap_or_default();
    let conflict = ConflictValues { base: json(&base), theirs: json(&theirs), yours: json(&yours) };
    let details = Some(Box::new(ProblemDetails::Conflict(conflict)));
    let (file, sentence) = (Some(Arc::clone(file)), CONFLICT.to_owned());
    Problem { file, position: None, path, sentence, code: ProblemCode::Conflict, details }
}

impl<C: ConnectionTrait> Loader<'_, '_, C> {
    /// Returns the document of a record as of a revision, with the current slugs of renamed records. `library` has the present
    /// document. `None` if there was none, or if the history does not have it.
    pub async fn base(
        &self,
        library: &mut Library<'_>,
        key: &RecordKey,
        revision: i64,
        latest: i64,
    ) -> Result<Option<CanonicalObject>, LibraryError> {
        let id = library.ids.id(key.0, &key.1).filter(|_| (1..=latest).contains(&revision));
        let Some(id) = id else { return Ok(None) };
        if !self.knows_past(revision, latest).await? {
            return Ok(None);
        }
        let Some(past) = self.past_document(library, key, id, revision).await? else { return Ok(None) };
        let renamed = renamed_targets(self, library, key.0, &past.fields).await?;
        Ok(Some(following(&library.references, key.0, &past.fields, &renamed)))
    }

    /// Merges a document that an edit saves with what others have changed since the expected revision. `library` has the stored
    /// document. Returns the problems; `None` if there is nothing to merge with. Then the expectation must be checked.
    pub async fn rebase(
        &self,
        library: &mut Library<'_>,
        saves: &mut Library<'_>,
        kept: &[(RecordKey, &'static str)],
        Expectation { key, revision, .. }: &Expectation,
        latest: i64,
        today: Date,
    ) -> Result<Option<Vec<Problem>>, LibraryError> {
        let (ix, slug) = key;
        let of_client = saves.documents.get(*ix, slug).and_then(|document| Some((document, document.location.as_ref()?)));
        let Some((document, location)) = of_client else { return Ok(None) };
        let (written, file) = (document.fields.clone(), Arc::clone(&location.file));
        let theirs = library.documents.get(*ix, slug).map(|document| document.fields.clone());
        let (Some(theirs), Some(base)) = (theirs, self.base(library, key, *revision, latest).await?) else {
            return Ok(None);
        };
        // The client may have read it before a record was renamed to which it refers.
        let mut renamed = renamed_targets(self, library, *ix, &written).await?;
        // A slug under which the edit saves a document names that document, even if it is a former slug of another record.
        renamed.retain(|(ix, slug), _| !saves.documents.contains(*ix, slug));
        let mut yours = following(&library.references, *ix, &written, &renamed);
        let has_former_slugs = yours != written;
        for (_, field) in kept.iter().filter(|(kept, _)| kept == key) {
            yours = yours.with(field, &base.value(field));
        }
        let object = saves.catalog.object(*ix);
        // Entries without keys are those that the client has read.
        yours = EntryKeys::new(saves.catalog, latest + 1).of_document(*ix, &yours, &base);
        let merged = match merged(saves.catalog, object, [&base, &theirs, &yours], &file) {
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
            let read = read_tree(saves.catalog, today, object, &tree(saves.catalog, object, &merged), &file);
            problems.extend(read.problems);
            saves.add(read.drafts, &mut problems);
        }
        Ok(Some(problems))
    }
}
