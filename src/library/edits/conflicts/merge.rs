//! Merging two changes of a document since a common revision: the changes of a client, and those of others.
//!
//! Fields are merged one by one, and value objects member by member. Entries of lists are merged by their keys, and
//! embedded records by their slugs. A list of texts or of references is merged as one value.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, Kind, ObjectType},
    },
    library::{
        checks::reviews::{is_new_review, needs_new_review},
        document::shape::{self, POSITION, SLUG},
        problem::Path,
        records::record_map::RecordKey,
    },
};

const CONFLICT: &str = "Somebody else has changed this value since the revision that you expect. Choose a value, and send it with \
                        the latest revision.";

const REVIEW_CONFLICT: &str = "Somebody else has changed this record since the revision that you expect, so the reviewer has not \
                               read its text. Send the review with the latest revision.";

/// A value that the client and others have changed to different values, or a review of a text that others have changed.
#[derive(Debug, PartialEq)]
pub(super) struct MergeConflict {
    /// Its path in the document of the client.
    pub path: String,
    /// What the client has to do.
    pub sentence: &'static str,
    /// The value in the revision that the client has read.
    pub base: CanonicalValue,
    /// The current value.
    pub theirs: CanonicalValue,
    /// The value in the document of the client.
    pub yours: CanonicalValue,
}

/// The value of a field in each of the three documents.
struct Versions {
    base: CanonicalValue,
    theirs: CanonicalValue,
    yours: CanonicalValue,
}

/// Merges documents of a type.
pub(super) struct Merge<'c> {
    catalog: &'c Catalog,
    /// The records whose reviews the client states again.
    reviewed: &'c [RecordKey],
    /// The values that cannot be merged.
    pub conflicts: Vec<MergeConflict>,
}

impl<'c> Merge<'c> {
    pub fn new(catalog: &'c Catalog, reviewed: &'c [RecordKey]) -> Self {
        Self { catalog, reviewed, conflicts: Vec::new() }
    }

    /// Returns the current document with the changes of the client. A value with a conflict stays as it is.
    pub fn object(
        &mut self,
        object: &ObjectType,
        [base, theirs, yours]: [&CanonicalObject; 3],
        path: &Path<'_>,
    ) -> CanonicalObject {
        let (mut merged, earlier) = (theirs.clone(), self.conflicts.len());
        // The position is computed from the list.
        for (key, field) in shape::fields(object).filter(|(key, _)| *key != POSITION) {
            let versions = Versions { base: base.value(key), theirs: theirs.value(key), yours: yours.value(key) };
            merged = merged.with(key, &self.value(field, versions, &path.key(key)));
        }
        if let Some(review) = object.review().filter(|review| self.is_reviewed(object, review, base, yours))
            && self.conflicts.len() == earlier
            && needs_new_review(self.catalog, object, &merged, yours)
        {
            let [base, theirs, yours] = [base, theirs, yours].map(|fields| fields.value(review.name));
            self.conflict(Versions { base, theirs, yours }, REVIEW_CONFLICT, &path.key(review.name));
        }
        merged
    }

    /// Reports whether the client has a new review of a record, or states its review again.
    fn is_reviewed(&self, object: &ObjectType, review: &Field, base: &CanonicalObject, yours: &CanonicalObject) -> bool {
        let [before, new] = [base, yours].map(|fields| fields.value(review.name));
        let is_stated = |(ix, slug): &RecordKey| *ix == object.ix && yours.value(SLUG).as_str() == Some(&**slug);
        !new.is_null() && (is_new_review(self.catalog, review, &new, &before) || self.reviewed.iter().any(is_stated))
    }

    fn value(&mut self, field: &Field, versions: Versions, path: &Path<'_>) -> CanonicalValue {
        let Versions { base, theirs, yours } = &versions;
        // The client may have stated the review of an embedded record again, without another change of the list.
        let embedded = field.embedded().map(|(ix, _)| ix);
        let is_reviewed = embedded.is_some_and(|ix| self.reviewed.iter().any(|(of, _)| *of == ix));
        if yours == theirs || (yours == base && !is_reviewed) {
            return theirs.clone();
        }
        if theirs == base {
            return yours.clone();
        }
        if let (Some(name), Some(entry)) = (field.identity(), field.nested()) {
            return self.entries(self.catalog.object(entry), name, versions, path);
        }
        if let (
            Kind::Value(ix),
            CanonicalValue::Object(base),
            CanonicalValue::Object(theirs),
            CanonicalValue::Object(yours),
        ) = (&field.kind, base, theirs, yours)
        {
            return CanonicalValue::Object(self.object(self.catalog.object(*ix), [base, theirs, yours], path));
        }
        self.conflict(versions, CONFLICT, path)
    }

    fn conflict(&mut self, versions: Versions, sentence: &'static str, path: &Path<'_>) -> CanonicalValue {
        let Versions { base, theirs, yours } = versions;
        self.conflicts.push(MergeConflict { path: path.to_string(), sentence, base, theirs: theirs.clone(), yours });
        theirs
    }

    /// Merges lists of objects. The result has the order of the list of the client if only the client
    /// has changed the order, and otherwise the order of the current list. Some entries were added
    /// only to the other list, whose order is not used. Each of these is inserted after the nearest
    /// entry that precedes it in the other list and that both lists have. It is a conflict if the
    /// client and others have changed the order differently, or if an entry has no key.
    fn entries(&mut self, object: &ObjectType, name: &str, versions: Versions, path: &Path<'_>) -> CanonicalValue {
        let lists = [&versions.base, &versions.theirs, &versions.yours].map(|list| Keyed::of(list, name));
        let [Some(of_base), Some(of_theirs), Some(of_yours)] = &lists else {
            return self.conflict(versions, CONFLICT, path);
        };
        let everywhere = |key: &&&Arc<str>| lists.iter().flatten().all(|list| list.at.contains_key(**key));
        let [in_base, in_theirs, in_yours] =
            [of_base, of_theirs, of_yours].map(|list| list.keys.iter().filter(everywhere).collect::<Vec<_>>());
        let order = if in_yours == in_base || in_yours == in_theirs {
            merged_order(of_theirs, of_yours, of_base)
        } else if in_theirs == in_base {
            merged_order(of_yours, of_theirs, of_base)
        } else {
            return self.conflict(versions, CONFLICT, path);
        };
        let seen: HashSet<&Arc<str>> = order.iter().copied().collect();
        let others = of_base.keys.iter().copied().filter(|key| !seen.contains(key));
        let mut merged = Vec::new();
        for key in order.iter().copied().chain(others) {
            let [base, theirs, yours] = [of_base, of_theirs, of_yours].map(|list| list.entry(key));
            let path = path.index(of_yours.at.get(key).copied().unwrap_or(of_yours.keys.len()));
            merged.extend(match [base, theirs, yours].map(|entry| entry.and_then(CanonicalValue::as_object)) {
                [Some(base), Some(theirs), Some(yours)] => {
                    Some(CanonicalValue::Object(self.object(object, [base, theirs, yours], &path)))
                }
                [None, Some(same), Some(other)] => {
                    Some(CanonicalValue::Object(self.object(object, [&CanonicalObject::default(), same, other], &path)))
                }
                [None, added, None] | [None, None, added] => added.map(|added| CanonicalValue::Object(added.clone())),
                [Some(_), None, None] => None,
                // The client or others have removed it.
                [Some(base), left, None] | [Some(base), None, left] => {
                    if left.is_some_and(|left| !is_same(object, base, left)) {
                        let value = |entry: Option<&CanonicalValue>| entry.cloned().unwrap_or_default();
                        let versions = Versions {
                            base: CanonicalValue::Object(base.clone()),
                            theirs: value(theirs),
                            yours: value(yours),
                        };
                        self.conflict(versions, CONFLICT, &path);
                    }
                    None
                }
            });
        }
        merged.into_iter().collect()
    }
}

/// Returns the keys of `list`, and the keys that only `other` has added. An added key is inserted after the nearest
/// earlier key of `other` that `list` has too. If both have added keys after the same key, those of `list` are first.
fn merged_order<'v>(list: &Keyed<'v>, other: &Keyed<'v>, base: &Keyed<'v>) -> Vec<&'v Arc<str>> {
    let mut added: HashMap<Option<&Arc<str>>, Vec<&'v Arc<str>>> = HashMap::new();
    let mut previous = None;
    for key in other.keys.iter().copied() {
        if list.at.contains_key(key) {
            previous = Some(key);
        } else if !base.at.contains_key(key) {
            // An entry of the base that is not in `list` was removed from it.
            added.entry(previous).or_default().push(key);
        }
    }
    let mut order = Vec::with_capacity(list.keys.len() + other.keys.len());
    let mut waiting = added.remove(&None).unwrap_or_default();
    for key in list.keys.iter().copied() {
        if base.at.contains_key(key) || other.at.contains_key(key) {
            order.append(&mut waiting);
        }
        order.push(key);
        waiting.extend(added.remove(&Some(key)).unwrap_or_default());
    }
    order.append(&mut waiting);
    order
}

struct Keyed<'v> {
    entries: &'v [CanonicalValue],
    keys: Vec<&'v Arc<str>>,
    at: HashMap<&'v Arc<str>, usize>,
}

impl<'v> Keyed<'v> {
    /// Returns the entries of a list with their keys, which are in the member `name`; `None` if one has no key. An older
    /// version of the program stored entries without keys.
    fn of(list: &'v CanonicalValue, name: &str) -> Option<Self> {
        let entries = list.list();
        let keys: Vec<&Arc<str>> = entries.iter().map(|entry| entry.get(name)?.as_text()).collect::<Option<_>>()?;
        let at = keys.iter().copied().zip(0..).collect();
        Some(Self { entries, keys, at })
    }

    fn entry(&self, key: &Arc<str>) -> Option<&'v CanonicalValue> {
        self.at.get(key).and_then(|at| self.entries.get(*at))
    }
}

/// Reports whether two entries are equal apart from their positions.
fn is_same(object: &ObjectType, one: &CanonicalObject, other: &CanonicalObject) -> bool {
    shape::fields(object).filter(|(key, _)| *key != POSITION).all(|(key, _)| one.value(key) == other.value(key))
}
