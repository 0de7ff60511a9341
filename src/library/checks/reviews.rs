//! Reviews that are older than a change of their record.
//!
//! A review is valid only for the text that the reviewer has read. If a mutation changes a record
//! without a new review, it removes the old review and returns a warning. A review is new if its
//! date, reviewer or role differs, or if a patch sets its date, even to the same day. The review of
//! a restored document stays, because the reviewer has read the restored text. An import returns
//! the warning, but does not remove the review: the file contains the review, so the next import of
//! the file would add it again.

use std::{collections::HashSet, sync::Arc};

use super::entry_keys::is_same;
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, Format, ObjectType},
        declare::FORMERLY,
    },
    library::{
        document::shape::{self, KEY, NOTICE, POSITION, SLUG},
        edits::edit::Edit,
        problem::{Position, Warning, WarningCode},
        records::{
            documents::Document,
            record_map::{RecordKey, RecordMap},
        },
    },
};

/// The fields whose changes do not need a new review.
const NOT_REVIEWED: [&str; 5] = [KEY, SLUG, FORMERLY, NOTICE, POSITION];

/// Returns a warning for each document of an edit whose review is older than its change. Removes these reviews if the
/// documents are from arguments, but not if they are from files. `reviewed` are the records whose reviews the edit states
/// again or restores, and `stored` has the documents that are replaced.
pub(in crate::library) fn expire(
    catalog: &Catalog,
    edit: &Edit<'_>,
    reviewed: &HashSet<RecordKey>,
    documents: &mut RecordMap<Document>,
    stored: &RecordMap<Document>,
) -> Vec<Warning> {
    let is_removed = edit.saves.files.is_empty();
    let (mut outdated, mut warnings): (Vec<(RecordKey, &str)>, _) = (Vec::new(), Vec::new());
    for (ix, slug, document) in documents.iter() {
        let object = catalog.object(ix);
        let field = object.review();
        let (Some(field), Some(location), Some(stored)) = (field, &document.location, stored.get(ix, slug)) else {
            continue;
        };
        let [review, before] = [&document.fields, &stored.fields].map(|fields| fields.value(field.name));
        let is_new = review.is_null()
            || is_new_review(catalog, field, &review, &before)
            || reviewed.contains(&(ix, Arc::clone(slug)));
        if is_new || !needs_new_review(catalog, object, &document.fields, &stored.fields) {
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

/// Returns the required members of a review. A review is new if one of them differs.
fn required<'c>(catalog: &'c Catalog, review: &Field) -> impl Iterator<Item = &'c Field> {
    let members = review.nested().map(|ix| shape::fields(catalog.object(ix))).into_iter().flatten();
    members.map(|(_, member)| member).filter(|member| member.required)
}

/// Reports whether the value of a review differs from the earlier one in the date, the reviewer or the role.
pub(in crate::library) fn is_new_review(
    catalog: &Catalog,
    field: &Field,
    review: &CanonicalValue,
    before: &CanonicalValue,
) -> bool {
    required(catalog, field).any(|member| review.get(member.name) != before.get(member.name))
}

/// Returns the path of the date of the review in documents of a type.
pub(in crate::library) fn review_dates<'c>(catalog: &'c Catalog, object: &'c ObjectType) -> impl Iterator<Item = String> {
    object.review().into_iter().flat_map(move |review| {
        let dates = required(catalog, review).filter(|member| member.format == Some(Format::PastDate));
        dates.map(move |member| format!("{}.{}", review.name, member.name))
    })
}

/// Reports whether the change of a document needs a new review. Changes of embedded records that have reviews of their
/// own do not count.
pub(in crate::library) fn needs_new_review(
    catalog: &Catalog,
    object: &ObjectType,
    new: &CanonicalObject,
    stored: &CanonicalObject,
) -> bool {
    let is_read = |field: &Field| {
        let embedded = field.embedded().map(|(ix, _)| catalog.object(ix));
        !NOT_REVIEWED.contains(&field.name) && embedded.and_then(ObjectType::review).is_none()
    };
    let read = shape::fields(object).filter(|(_, field)| !field.is_review && is_read(field));
    read.into_iter().any(|(name, _)| !is_same(&new.value(name), &stored.value(name), &NOT_REVIEWED))
}
