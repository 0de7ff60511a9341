//! A map from content, which is named by its type and its slug.

use std::{collections::BTreeMap, sync::Arc};

use crate::engine::catalog::ObjectIx;

/// Names content: its type and its slug.
pub(super) type Key = (ObjectIx, Arc<str>);

/// Something for each of many contents, found without making a key, in the order of types and slugs.
#[derive(Debug)]
pub(super) struct Contents<T>(BTreeMap<ObjectIx, BTreeMap<Arc<str>, T>>);

impl<T> Default for Contents<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Contents<T> {
    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&T> {
        self.0.get(&ix)?.get(slug)
    }

    pub fn get_mut(&mut self, ix: ObjectIx, slug: &str) -> Option<&mut T> {
        self.0.get_mut(&ix)?.get_mut(slug)
    }

    /// How much content there is.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    pub fn contains(&self, ix: ObjectIx, slug: &str) -> bool {
        self.get(ix, slug).is_some()
    }

    pub fn insert(&mut self, (ix, slug): Key, value: T) {
        self.0.entry(ix).or_default().insert(slug, value);
    }

    /// Those of one type.
    pub fn of(&self, ix: ObjectIx) -> impl ExactSizeIterator<Item = (&Arc<str>, &T)> {
        self.0.get(&ix).unwrap_or(const { &BTreeMap::new() }).iter()
    }

    pub fn iter(&self) -> impl Iterator<Item = (ObjectIx, &Arc<str>, &T)> {
        self.0.iter().flat_map(|(ix, of_type)| of_type.iter().map(|(slug, value)| (*ix, slug, value)))
    }

    pub fn retain(&mut self, mut keep: impl FnMut(ObjectIx, &Arc<str>) -> bool) {
        for (ix, of_type) in &mut self.0 {
            of_type.retain(|slug, _| keep(*ix, slug));
        }
    }

    /// Takes everything of another one over; what both have is then that of the other.
    pub fn append(&mut self, other: Self) {
        for (ix, mut of_type) in other.0 {
            self.0.entry(ix).or_default().append(&mut of_type);
        }
    }
}
