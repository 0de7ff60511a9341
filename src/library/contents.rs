//! A map from content, which is named by its type and its slug.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::engine::catalog::ObjectIx;

/// Names content: its type and its slug.
pub(super) type Key = (ObjectIx, Arc<str>);

/// Something for each of many contents, found without making a key, in the order of types, and of each type in that in which it came.
/// A hash finds it: slugs have much in common, which a tree would compare again and again.
#[derive(Debug)]
pub(super) struct Contents<T>(BTreeMap<ObjectIx, OfType<T>>);

type OfType<T> = IndexMap<Arc<str>, T, RandomState>;

impl<T> Default for Contents<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Contents<T> {
    /// Things for contents of one type.
    pub fn of_type(ix: ObjectIx, things: impl IntoIterator<Item = (Arc<str>, T)>) -> Self {
        Self(BTreeMap::from([(ix, things.into_iter().collect())]))
    }

    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&T> {
        self.0.get(&ix)?.get(slug)
    }

    pub fn get_mut(&mut self, ix: ObjectIx, slug: &str) -> Option<&mut T> {
        self.0.get_mut(&ix)?.get_mut(slug)
    }

    /// How much content there is.
    pub fn len(&self) -> usize {
        self.0.values().map(IndexMap::len).sum()
    }

    pub fn contains(&self, ix: ObjectIx, slug: &str) -> bool {
        self.get(ix, slug).is_some()
    }

    pub fn insert(&mut self, (ix, slug): Key, value: T) {
        self.0.entry(ix).or_default().insert(slug, value);
    }

    /// Adds a thing, when there is none yet.
    ///
    /// # Errors
    /// What is there already.
    pub fn add(&mut self, (ix, slug): Key, value: T) -> Result<(), &T> {
        match self.0.entry(ix).or_default().entry(slug) {
            indexmap::map::Entry::Vacant(place) => {
                place.insert(value);
                Ok(())
            }
            indexmap::map::Entry::Occupied(there) => Err(there.into_mut()),
        }
    }

    /// Makes room for so many more of a type.
    pub fn reserve(&mut self, ix: ObjectIx, more: usize) {
        self.0.entry(ix).or_default().reserve(more);
    }

    /// Those of one type.
    pub fn of(&self, ix: ObjectIx) -> impl ExactSizeIterator<Item = (&Arc<str>, &T)> {
        self.0.get(&ix).map(OfType::as_slice).unwrap_or_default().iter()
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
        for (ix, of_type) in other.0 {
            match self.0.entry(ix) {
                Entry::Vacant(place) => _ = place.insert(of_type),
                Entry::Occupied(mut place) => place.get_mut().extend(of_type),
            }
        }
    }
}
