//! Merging two changes of a document: what a client has changed since a revision, and what others have changed since.
//!
//! Fields are merged one by one, value objects member by member, and the entries of lists by their keys; those of embedded records
//! are their slugs. Lists of texts and of references are merged as a whole.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    problem::Path,
    shape::{self, POSITION},
};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{Catalog, Field, Kind, ObjectType},
};

/// A value that both sides have changed, to different values.
#[derive(Debug, PartialEq)]
pub(super) struct Overlap {
    /// Its path in the document of the client.
    pub path: String,
    /// The value in the revision that the client has read.
    pub base: CanonicalValue,
    /// The present value.
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
    /// What cannot be merged.
    pub overlaps: Vec<Overlap>,
}

impl<'c> Merge<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, overlaps: Vec::new() }
    }

    /// Returns the present document with what the client has changed. An overlap keeps the present value.
    pub fn object(
        &mut self,
        object: &ObjectType,
        [base, theirs, yours]: [&CanonicalObject; 3],
        path: &Path<'_>,
    ) -> CanonicalObject {
        let mut merged = theirs.clone();
        // The position follows from the list.
        for (key, field) in shape::fields(object).filter(|(key, _)| *key != POSITION) {
            let versions = Versions { base: base.value(key), theirs: theirs.value(key), yours: yours.value(key) };
            merged = merged.with(key, &self.value(field, versions, &path.key(key)));
        }
        merged
    }

    fn value(&mut self, field: &Field, versions: Versions, path: &Path<'_>) -> CanonicalValue {
        let Versions { base, theirs, yours } = &versions;
        if yours == base || yours == theirs {
            return theirs.clone();
        }
        if theirs == base {
            return yours.clone();
        }
        if let (Some(name), Some(entry)) = (field.identity(), field.nested()) {
            return self.entries(Entries { object: self.catalog.object(entry), name }, versions, path);
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
        self.overlap(versions, path)
    }

    fn overlap(&mut self, Versions { base, theirs, yours }: Versions, path: &Path<'_>) -> CanonicalValue {
        self.overlaps.push(Overlap { path: path.to_string(), base, theirs: theirs.clone(), yours });
        theirs
    }

    /// Merges lists of objects. The order is that of the side that has changed it, or else the present one. Two different
    /// orders are an overlap, and so are lists with entries that cannot be told apart.
    fn entries(&mut self, entries: Entries<'_>, versions: Versions, path: &Path<'_>) -> CanonicalValue {
        let object = entries.object;
        let lists = [&versions.base, &versions.theirs, &versions.yours].map(|list| entries.keys(list));
        let [Some(of_base), Some(of_theirs), Some(of_yours)] = lists else { return self.overlap(versions, path) };
        let everywhere: Vec<Arc<str>> =
            of_base.iter().filter(|key| of_theirs.contains(key) && of_yours.contains(key)).cloned().collect();
        let ordered = |of_side: &[Arc<str>]| -> Vec<Arc<str>> {
            of_side.iter().filter(|key| everywhere.contains(key)).cloned().collect()
        };
        let [ordered_theirs, ordered_yours] = [ordered(&of_theirs), ordered(&of_yours)];
        let mut order = if ordered_yours == everywhere || ordered_yours == ordered_theirs {
            of_theirs.clone()
        } else if ordered_theirs == everywhere {
            of_yours.clone()
        } else {
            return self.overlap(versions, path);
        };
        let Versions { base, theirs, yours } = &versions;
        // A record that only one side has was either added by that side or removed by the other. Only added records are
        // not in the base.
        for key in of_theirs.iter().chain(&of_yours) {
            if !order.contains(key) && !of_base.contains(key) {
                order.push(Arc::clone(key));
            }
        }
        let seen: BTreeSet<&Arc<str>> = order.iter().collect();
        let others: Vec<Arc<str>> = of_base.iter().filter(|key| !seen.contains(key)).cloned().collect();
        let mut merged = Vec::new();
        for key in order.iter().chain(&others) {
            let [base, theirs, yours] = [base, theirs, yours].map(|list| entries.entry(list, key));
            let index = of_yours.iter().position(|other| other == key).unwrap_or(of_yours.len());
            let path = path.index(index);
            merged.extend(match [base, theirs, yours].map(|entry| entry.and_then(CanonicalValue::as_object)) {
                [Some(base), Some(theirs), Some(yours)] => {
                    Some(CanonicalValue::Object(self.object(object, [base, theirs, yours], &path)))
                }
                [None, Some(same), Some(other)] => {
                    Some(CanonicalValue::Object(self.object(object, [&CanonicalObject::default(), same, other], &path)))
                }
                [None, added, None] | [None, None, added] => added.map(|added| CanonicalValue::Object(added.clone())),
                [Some(_), None, None] => None,
                // One side has removed it.
                [Some(base), left, None] | [Some(base), None, left] => {
                    if left.is_some_and(|left| !is_same(object, base, left)) {
                        let value = |entry: Option<&CanonicalValue>| entry.cloned().unwrap_or_default();
                        let versions = Versions {
                            base: CanonicalValue::Object(base.clone()),
                            theirs: value(theirs),
                            yours: value(yours),
                        };
                        self.overlap(versions, &path);
                    }
                    None
                }
            });
        }
        merged.into_iter().collect()
    }
}

/// The entries of a list: their type, and the member by which they are told apart.
#[derive(Clone, Copy)]
struct Entries<'c> {
    object: &'c ObjectType,
    name: &'static str,
}

impl Entries<'_> {
    fn key(self, entry: &CanonicalValue) -> Option<&Arc<str>> {
        entry.get(self.name).and_then(CanonicalValue::as_text)
    }

    /// Returns the keys of the entries; `None` if one has no key. Entries of earlier versions have none.
    fn keys(self, list: &CanonicalValue) -> Option<Vec<Arc<str>>> {
        list.list().iter().map(|entry| self.key(entry).cloned()).collect()
    }

    fn entry<'v>(self, list: &'v CanonicalValue, key: &Arc<str>) -> Option<&'v CanonicalValue> {
        list.list().iter().find(|entry| self.key(entry) == Some(key))
    }
}

/// Reports whether two entries are the same at any position.
fn is_same(object: &ObjectType, one: &CanonicalObject, other: &CanonicalObject) -> bool {
    shape::fields(object).filter(|(key, _)| *key != POSITION).all(|(key, _)| one.value(key) == other.value(key))
}
