//! Reviews that are older than a change of their record.
//!
//! A review is valid only for the text that the reviewer has read. If a mutation changes a record
//! without a new review, it removes the old review and returns a warning. A review is new if its
//! date, reviewer or role differs, or if a patch sets its date, even to the same day. The review of
//! a restored document stays, because the reviewer has read the restored text. An import returns
//! the warning, but does not remove the review: the file contains the review, so the next import of
//! the file would add it again.

use std::{collections::HashSet, sync::Arc};

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

/// The members of entries of lists whose changes do not need a new review.
const NOT_REVIEWED: [&str; 2] = [KEY, POSITION];

/// The fields of records whose changes do not need a new review. The slug of a value object needs one: references to a
/// record stay with it when it is renamed, but references to a value object, such as a variant, are compared with its slug.
const NOT_REVIEWED_IN_RECORDS: [&str; 3] = [SLUG, FORMERLY, NOTICE];

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
        let is_name = object.content().is_some() && NOT_REVIEWED_IN_RECORDS.contains(&field.name);
        !is_name && !NOT_REVIEWED.contains(&field.name) && embedded.and_then(ObjectType::review).is_none()
    };
    let mut read = shape::fields(object).filter(|(_, field)| !field.is_review && is_read(field));
    read.any(|(name, field)| {
        let nested = field.nested().map(|ix| catalog.object(ix));
        differs(catalog, nested, &new.value(name), &stored.value(name))
    })
}

/// Reports whether a reviewer would read a difference between two values. `nested` is the type of the objects in them.
fn differs(catalog: &Catalog, nested: Option<&ObjectType>, new: &CanonicalValue, stored: &CanonicalValue) -> bool {
    match (nested, new, stored) {
        (Some(object), CanonicalValue::Object(new), CanonicalValue::Object(stored)) => {
            needs_new_review(catalog, object, new, stored)
        }
        (Some(_), CanonicalValue::List(new), CanonicalValue::List(stored)) => {
            let mut pairs = new.iter().zip(&**stored);
            new.len() != stored.len() || pairs.any(|(new, stored)| differs(catalog, nested, new, stored))
        }
        _ => new != stored,
    }
}
