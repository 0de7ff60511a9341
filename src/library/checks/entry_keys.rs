//! The keys of entries of lists: of parts and of value objects. Embedded records have slugs instead.
//!
//! A key is stored with its entry, and stays when the entry changes or moves. A document may leave it out:
//!
//! - In a new record, the key is computed from the content of the entry. So the same documents have the same keys in every
//!   empty database, and an export leaves these keys out.
//! - In a stored record, an entry without a key gets the key of the stored entry that matches it.
//!   First, entries with the same content match. Then, entries with the same first text (such as a
//!   name) match, if no other entry of their list has this text. These matches divide each list
//!   into sections. Last, the entries of a section match in their order, if the section has the
//!   same number of entries in both lists.
//! - Any other entry is new. Its key is computed from its content and the revision, so it differs from the keys of
//!   earlier entries.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
};

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, ObjectIx},
    },
    library::{
        document::shape::{self, FIELD_SOURCES, KEY, POSITION, SLUG, SOURCES},
        publication::checksum::StableJson,
        records::{documents::Document, record_map::RecordMap},
    },
    store::bulk::first_bits_of_sha256,
};

/// The members that do not count as content of an entry. Sources can be inherited, so they can change although nobody
/// has changed the entry.
const NOT_CONTENT: [&str; 4] = [KEY, SOURCES, FIELD_SOURCES, POSITION];

/// Number of bits of a computed key. If a list has the key already, another one is computed, so keys are unique in a
/// list.
const KEY_BITS: u32 = 40;

/// Assigns keys to the entries of documents.
pub(in crate::library) struct EntryKeys<'c> {
    /// For each type, the fields with entries, at any depth.
    fields: HashMap<ObjectIx, Vec<&'c Field>>,
    /// The number of the latest revision, plus 1. The keys of new entries are computed from it.
    revision: i64,
}

impl<'c> EntryKeys<'c> {
    pub fn new(catalog: &'c Catalog, revision: i64) -> Self {
        let of = |ix| -> Vec<&'c Field> {
            shape::fields(catalog.object(ix)).map(|(_, field)| field).filter(|field| field.nested().is_some()).collect()
        };
        let mut fields: HashMap<ObjectIx, Vec<&'c Field>> =
            catalog.objects().map(|object| (object.ix, of(object.ix))).collect();
        // Removes the fields that contain no entries with keys at any depth. When a field is removed, the object around
        // it may have no such entries any more, so this repeats until nothing changes.
        loop {
            let without = |field: &&Field| {
                let inner = field.nested().and_then(|ix| fields.get(&ix)).is_some_and(|fields| !fields.is_empty());
                field.identity() != Some(KEY) && !inner
            };
            let empty: HashSet<*const Field> =
                fields.values().flatten().copied().filter(without).map(std::ptr::from_ref).collect();
            if empty.is_empty() {
                return Self { fields, revision };
            }
            for of_type in fields.values_mut() {
                of_type.retain(|field| !empty.contains(&std::ptr::from_ref(*field)));
            }
        }
    }

    /// Assigns keys to the entries of documents that were read. `stored` has the documents that they replace. Each
    /// embedded record is also a document of its own in `documents`, and its entries get their keys there.
    pub fn assign(&self, documents: &mut RecordMap<Document>, stored: &RecordMap<Document>) {
        documents.each_mut(|ix, slug, document| {
            if document.location.is_some() {
                let stored = stored.get(ix, slug).map(|document| &document.fields);
                document.fields = self.object(ix, &document.fields, stored, false);
            }
        });
    }

    /// Returns a document with keys for its entries and for those of the records embedded in it.
    pub fn of_document(&self, ix: ObjectIx, new: &CanonicalObject, stored: &CanonicalObject) -> CanonicalObject {
        self.object(ix, new, Some(stored), true)
    }

    /// Returns an object with keys for its entries. With `deep`, the entries of embedded records get keys too.
    fn object(&self, ix: ObjectIx, new: &CanonicalObject, stored: Option<&CanonicalObject>, deep: bool) -> CanonicalObject {
        let fields = self.fields.get(&ix).map(Vec::as_slice).unwrap_or_default();
        new.changed(|name, value| {
            let field = fields.iter().find(|field| field.name == name)?;
            let inner = field.nested()?;
            let stored = stored.map(|stored| stored.value(name));
            match (field.identity(), value) {
                (Some(KEY), CanonicalValue::List(new)) => Some(self.list(inner, new, stored.as_ref(), deep)),
                (Some(_), CanonicalValue::List(new)) if deep => {
                    let stored = stored.unwrap_or_default();
                    let by_slug = stored.list().iter().filter_map(|stored| Some((slug(stored)?, stored)));
                    let by_slug: HashMap<&str, &CanonicalValue> = by_slug.collect();
                    Some(new.iter().map(|new| self.embedded(inner, new, &by_slug)).collect())
                }
                (None, CanonicalValue::Object(new)) => {
                    let stored = stored.as_ref().map(CanonicalValue::as_object);
                    // A value object that was null had no entries.
                    let nothing = CanonicalObject::default();
                    let stored = stored.map(|stored| stored.unwrap_or(&nothing));
                    Some(CanonicalValue::Object(self.object(inner, new, stored, deep)))
                }
                _ => None,
            }
        })
    }

    /// Returns an embedded record with keys for its entries. `stored` has the stored embedded records by their slugs.
    fn embedded(&self, ix: ObjectIx, new: &CanonicalValue, stored: &HashMap<&str, &CanonicalValue>) -> CanonicalValue {
        let Some(fields) = new.as_object() else { return new.clone() };
        let same = slug(new).and_then(|slug| stored.get(slug)).and_then(|stored| stored.as_object());
        CanonicalValue::Object(self.object(ix, fields, same, true))
    }

    /// Returns the entries of a list with keys. `stored` is the list that it replaces; `None` in a new record.
    fn list(&self, ix: ObjectIx, new: &[CanonicalValue], stored: Option<&CanonicalValue>, deep: bool) -> CanonicalValue {
        let before = stored.map(CanonicalValue::list).unwrap_or_default();
        let found = if before.is_empty() { vec![None; new.len()] } else { match_entries(new, before) };
        let kept = new.iter().zip(&found).map(|(new, found)| key(new).or_else(|| key(&before[(*found)?])));
        let kept: Vec<Option<&str>> = kept.collect();
        let mut used: HashSet<String> =
            kept.iter().copied().flatten().chain(before.iter().filter_map(key)).map(str::to_owned).collect();
        let mut computed = stored.is_none().then(|| default_keys(new));
        // The key of an entry is computed from its content and a number, which distinguishes entries with equal content. For
        // each content, this map has the lowest number that was not tried yet. If each entry tried all numbers from 0, the
        // time would be quadratic in the number of equal entries.
        let mut next_numbers: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut entries = Vec::with_capacity(new.len());
        for ((new, found), kept) in new.iter().zip(found).zip(&kept) {
            let default = computed.as_mut().and_then(Iterator::next);
            let Some(fields) = new.as_object() else {
                entries.push(new.clone());
                continue;
            };
            let key = kept.map(str::to_owned).or(default.filter(|default| !used.contains(default)));
            let key = key.unwrap_or_else(|| {
                let content = content(new, &NOT_CONTENT);
                let first = next_numbers.get(&content).copied().unwrap_or_default();
                let mut keys = (first..).map(|number| (number, computed_key(&content, self.revision, number)));
                let (number, key) = keys.find(|(_, key)| !used.contains(key)).unwrap_or_default();
                next_numbers.insert(content, number + 1);
                key
            });
            let before = found.and_then(|at| before[at].as_object());
            // If an entry of a stored record is new, all entries in it are new too.
            let nothing = CanonicalObject::default();
            let before = if stored.is_some() { Some(before.unwrap_or(&nothing)) } else { None };
            let fields = self.object(ix, fields, before, deep);
            entries.push(CanonicalValue::Object(fields.with(KEY, &key.as_str().into())));
            used.insert(key);
        }
        entries.into_iter().collect()
    }
}

/// Returns the keys that the entries of a list get in a new record if the document leaves the keys out.
pub(in crate::library) fn default_keys(entries: &[CanonicalValue]) -> impl Iterator<Item = String> {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    entries.iter().map(move |entry| {
        let content = content(entry, &NOT_CONTENT);
        let number = seen.get(&content).copied().unwrap_or_default();
        let key = computed_key(&content, 0, number);
        seen.insert(content, number + 1);
        key
    })
}

fn key(entry: &CanonicalValue) -> Option<&str> {
    entry.get(KEY).and_then(CanonicalValue::as_str)
}

fn slug(record: &CanonicalValue) -> Option<&str> {
    record.get(SLUG).and_then(CanonicalValue::as_str)
}

/// Returns the content of an entry as JSON, without the members in `ignored`. A member that a later version declares
/// does not change the JSON until it has a value.
fn content(entry: &CanonicalValue, ignored: &[&'static str]) -> Vec<u8> {
    // Canonical values can always be written as JSON, because their keys are texts.
    serde_json::to_vec(&StableJson { value: entry, ignored }).unwrap_or_default()
}

fn computed_key(content: &[u8], revision: i64, number: usize) -> String {
    let mut bytes = content.to_vec();
    bytes.extend(format!("{revision} {number}").into_bytes());
    let hash = first_bits_of_sha256(&bytes) >> (u128::BITS - KEY_BITS);
    format!("k{hash:010x}")
}

/// Returns for each entry of a list the index of the stored entry that matches it; `None` if it is new.
fn match_entries(new: &[CanonicalValue], stored: &[CanonicalValue]) -> Vec<Option<usize>> {
    let mut matches = Matches { new, stored, found: vec![None; new.len()], unmatched: vec![true; stored.len()] };
    matches.find(key, key);
    let without_key = |entry: &CanonicalValue| key(entry).is_none();
    for ignored in [&NOT_CONTENT[..1], &NOT_CONTENT] {
        matches.find(|new| without_key(new).then(|| content(new, ignored)), |stored| Some(content(stored, ignored)));
    }
    let (of_new, of_stored) = (labels(new), labels(stored));
    let only = |labels: &HashMap<&str, usize>, entry| label(entry).filter(|label| labels.get(label) == Some(&1));
    matches.find(|new| only(&of_new, new).filter(|_| without_key(new)), |stored| only(&of_stored, stored));
    let Matches { mut found, unmatched, .. } = matches;
    let mut start = 0;
    while start < new.len() {
        let end = (start..new.len()).find(|at| found[*at].is_some()).unwrap_or(new.len());
        let from = if start == 0 { Some(0) } else { found[start - 1].map(|at| at + 1) };
        let to = if end == new.len() { Some(stored.len()) } else { found[end] };
        if let (Some(from), Some(to)) = (from, to)
            && from + (end - start) == to
            && unmatched[from..to].iter().all(|unmatched| *unmatched)
            && new[start..end].iter().all(|entry| key(entry).is_none())
        {
            (start..end).zip(from..to).for_each(|(at, other)| found[at] = Some(other));
        }
        start = end + 1;
    }
    found
}

/// The matches between the entries of a new list and of the stored list.
struct Matches<'v> {
    new: &'v [CanonicalValue],
    stored: &'v [CanonicalValue],
    /// For each new entry, the index of the stored entry that matches it.
    found: Vec<Option<usize>>,
    /// For each stored entry, true if it matches no new entry yet.
    unmatched: Vec<bool>,
}

impl<'v> Matches<'v> {
    /// Matches new entries with stored entries for which the two functions return equal features. A stored entry at the
    /// same index is preferred, because most entries do not move.
    fn find<F: Eq + Hash>(
        &mut self,
        of_new: impl Fn(&'v CanonicalValue) -> Option<F>,
        of_stored: impl Fn(&'v CanonicalValue) -> Option<F>,
    ) {
        let Self { new, stored, found, unmatched } = self;
        if found.iter().all(Option::is_some) {
            return;
        }
        let mut candidates: HashMap<F, BTreeSet<usize>> = HashMap::new();
        for (at, entry) in stored.iter().enumerate().filter(|(at, _)| unmatched[*at]) {
            if let Some(feature) = of_stored(entry) {
                candidates.entry(feature).or_default().insert(at);
            }
        }
        for (at, entry) in new.iter().enumerate().filter(|(at, _)| found[*at].is_none()).collect::<Vec<_>>() {
            let Some(same) = of_new(entry).and_then(|feature| candidates.get_mut(&feature)) else { continue };
            if let Some(other) = same.take(&at).or_else(|| same.pop_first()) {
                (found[at], unmatched[other]) = (Some(other), false);
            }
        }
    }
}

/// Returns the first text of an entry, such as its name.
fn label(entry: &CanonicalValue) -> Option<&str> {
    entry.as_object()?.iter().filter(|(name, _)| !NOT_CONTENT.contains(name)).find_map(|(_, value)| value.as_str())
}

/// Returns the number of entries with each first text.
fn labels(entries: &[CanonicalValue]) -> HashMap<&str, usize> {
    let mut labels = HashMap::new();
    for label in entries.iter().filter_map(label) {
        *labels.entry(label).or_default() += 1;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a list of entries, each written as its content, and its key after a colon if it has one.
    fn list(entries: &[&str]) -> Vec<CanonicalValue> {
        let entry = |entry: &&str| {
            let (text, key) = entry.split_once(':').map_or((*entry, None), |(text, key)| (text, Some(key)));
            CanonicalValue::Object([(KEY, key.into()), ("text", text.into())].into_iter().collect())
        };
        entries.iter().map(entry).collect()
    }

    fn keys_of(new: &[&str], stored: &[&str]) -> Vec<String> {
        let (keys, stored): (_, CanonicalValue) =
            (EntryKeys { fields: HashMap::new(), revision: 7 }, list(stored).into_iter().collect());
        let ix = crate::content::catalog().contents().next().unwrap().0.ix;
        let list = keys.list(ix, &list(new), Some(&stored), false);
        list.list().iter().map(|entry| key(entry).unwrap().to_owned()).collect()
    }

    fn keys(new: &[&str], stored: &[&str]) -> Vec<String> {
        let known = |key: String| if key.len() < 3 { key } else { "new".to_owned() };
        keys_of(new, stored).into_iter().map(known).collect()
    }

    #[test]
    fn an_entry_without_a_key_gets_the_key_of_the_entry_with_its_content_or_its_position() {
        let stored = ["one:a", "two:b", "three:c"];
        assert_eq!(keys(&["one", "two", "three"], &stored), ["a", "b", "c"]);
        assert_eq!(keys(&["three", "one"], &stored), ["c", "a"]);
        assert_eq!(keys(&["one", "2", "three"], &stored), ["a", "b", "c"]);
        assert_eq!(keys(&["zero", "one", "two", "three"], &stored), ["new", "a", "b", "c"]);
        assert_eq!(keys(&["one", "1.5", "2", "three"], &stored), ["a", "new", "new", "c"]);
        assert_eq!(keys(&["2", "three"], &stored), ["new", "c"]);
        assert_eq!(keys(&["1", "2", "3"], &stored), ["a", "b", "c"]);
        assert_eq!(keys(&["one", "one"], &["one:a", "one:b"]), ["a", "b"]);
    }

    #[test]
    fn a_given_key_decides() {
        let stored = ["one:a", "two:b", "three:c"];
        assert_eq!(keys(&["three:a", "one", "two:x"], &stored), ["a", "new", "x"]);
        assert_eq!(keys(&["1:a", "two"], &stored), ["a", "b"]);
    }

    #[test]
    fn equal_new_entries_get_different_keys_in_linear_time() {
        // With a quadratic number of hashes, this takes minutes.
        let new = keys_of(&vec!["one"; 20_000], &["zero:a"]);
        assert_eq!(new.iter().collect::<HashSet<_>>().len(), new.len());
    }

    #[test]
    fn computed_keys_differ_between_entries_and_between_revisions() {
        let twice = list(&["one", "one", "two"]);
        let first: Vec<String> = default_keys(&twice).collect();
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 3, "{first:?}");
        assert_eq!(first, default_keys(&list(&["one:a", "one:b", "two:c"])).collect::<Vec<_>>());
        let content = content(&twice[0], &NOT_CONTENT);
        assert_ne!(computed_key(&content, 1, 0), computed_key(&content, 2, 0));
    }
}
