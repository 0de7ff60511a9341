//! Reviews that are older than a change of their record.
//!
//! A review is of the text that the reviewer has read. So a mutation that changes a record and leaves its review as it is
//! removes the review, and says so. A file states its review itself: if an import removed it, the next import of the file would
//! bring it back. So an import only says so.

use std::sync::Arc;

use super::{
    amend::{Amend, Amendment},
    documents::Document,
    edit::Edit,
    entry_keys::is_same,
    problem::{Position, Warning, WarningCode},
    record_map::{RecordKey, RecordMap},
    shape::{self, KEY, NOTICE, POSITION, SLUG},
};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{Catalog, Field, ObjectType},
    declare::FORMERLY,
};

/// The fields that no reviewer has to read again.
const ASIDE: [&str; 5] = [KEY, SLUG, FORMERLY, NOTICE, POSITION];

/// Removes the reviews that are older than a change from the documents of an edit with arguments. Returns a warning for each, also
/// for documents of files. `stored` has the documents that are replaced.
pub(super) fn expire(
    catalog: &Catalog,
    edit: &Edit<'_>,
    documents: &mut RecordMap<Document>,
    stored: &RecordMap<Document>,
) -> Vec<Warning> {
    let is_removed = edit.saves.files.is_empty();
    let (mut outdated, mut warnings): (Vec<(RecordKey, &str)>, _) = (Vec::new(), Vec::new());
    for (ix, slug, document) in documents.iter() {
        let object = catalog.object(ix);
        let reviewed = object.fields.iter().find(|field| field.is_review);
        let (Some(field), Some(location), Some(stored)) = (reviewed, &document.location, stored.get(ix, slug)) else {
            continue;
        };
        // A restored document is the one that was reviewed.
        let is_restored =
            |amendment: &Amendment| matches!(amendment.change, Amend::Restore(_)) && *amendment.file() == *location.file;
        let review = document.fields.value(field.name);
        let is_old = !review.is_null() && review == stored.fields.value(field.name);
        if !is_old || edit.amendments.iter().any(is_restored) || !differs(catalog, object, &document.fields, &stored.fields)
        {
            continue;
        }
        let consequence = if is_removed { "so it is removed" } else { "so record a new one, or remove it" };
        let sentence = format!("The review of the {} \"{slug}\" was made before this change, {consequence}.", object.name);
        let position = Some(location.at).filter(|at: &Position| at.line > 0);
        warnings.push(Warning { file: Arc::clone(&location.file), position, code: WarningCode::ReviewOutdated, sentence });
        outdated.push(((ix, Arc::clone(slug)), field.name));
    }
    for ((ix, slug), name) in outdated.into_iter().filter(|_| is_removed) {
        if let Some(document) = documents.get_mut(ix, &slug) {
            document.fields = document.fields.with(name, &CanonicalValue::Null);
        }
    }
    warnings
}

/// Reports whether a reviewer has to read a document again. Embedded records with reviews of their own do not count.
fn differs(catalog: &Catalog, object: &ObjectType, new: &CanonicalObject, stored: &CanonicalObject) -> bool {
    let is_read = |field: &Field| {
        let embedded = field.embedded().map(|(ix, _)| catalog.object(ix));
        !ASIDE.contains(&field.name) && !embedded.is_some_and(|object| object.fields.iter().any(|field| field.is_review))
    };
    let read = shape::fields(object).filter(|(_, field)| !field.is_review && is_read(field));
    read.into_iter().any(|(name, _)| !is_same(&new.value(name), &stored.value(name), &ASIDE))
}
