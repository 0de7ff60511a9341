//! A map whose keys are records: type and slug.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use rayon::prelude::*;

use crate::engine::catalog::ObjectIx;

/// The type and the slug of a record.
pub(in crate::library) type RecordKey = (ObjectIx, Arc<str>);

/// A map whose keys are records. A lookup does not allocate a key. Entries are in the order of types, and within a type in
/// the order of insertion. Slugs are hashed, because a tree would compare their long common prefixes repeatedly.
#[derive(Clone, Debug)]
pub(in crate::library) struct RecordMap<T>(BTreeMap<ObjectIx, OfType<T>>);

type OfType<T> = IndexMap<Arc<str>, T, RandomState>;

impl<T> Default for RecordMap<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> RecordMap<T> {
    pub fn of_type(ix: ObjectIx, values: impl IntoIterator<Item = (Arc<str>, T)>) -> Self {
        Self(BTreeMap::from([(ix, values.into_iter().collect())]))
    }

    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&T> {
        self.0.get(&ix)?.get(slug)
    }

    pub fn get_mut(&mut self, ix: ObjectIx, slug: &str) -> Option<&mut T> {
        self.0.get_mut(&ix)?.get_mut(slug)
    }

    /// Changes every value, in parallel.
    pub fn each_mut(&mut self, change: impl Fn(ObjectIx, &str, &mut T) + Sync)
    where
        T: Send,
    {
        for (ix, of_type) in &mut self.0 {
            let values: Vec<_> = of_type.iter_mut().collect();
            values.into_par_iter().for_each(|(slug, value)| change(*ix, slug, value));
        }
    }

    pub fn len(&self) -> usize {
        self.0.values().map(IndexMap::len).sum()
    }

    pub fn contains(&self, ix: ObjectIx, slug: &str) -> bool {
        self.get(ix, slug).is_some()
    }

    pub fn insert(&mut self, (ix, slug): RecordKey, value: T) {
        self.0.entry(ix).or_default().insert(slug, value);
    }

    /// Adds the value of a record, unless the record has one already.
    ///
    /// # Errors
    /// The value that the record already has.
    pub fn add(&mut self, (ix, slug): RecordKey, value: T) -> Result<(), &T> {
        match self.0.entry(ix).or_default().entry(slug) {
            indexmap::map::Entry::Vacant(vacant) => {
                vacant.insert(value);
                Ok(())
            }
            indexmap::map::Entry::Occupied(there) => Err(there.into_mut()),
        }
    }

    /// Reserves memory for this many more entries of a type.
    pub fn reserve(&mut self, ix: ObjectIx, more: usize) {
        self.0.entry(ix).or_default().reserve(more);
    }

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

    /// Adds all entries of another map. They replace entries of the same records.
    pub fn append(&mut self, other: Self) {
        for (ix, of_type) in other.0 {
            match self.0.entry(ix) {
                Entry::Vacant(vacant) => _ = vacant.insert(of_type),
                Entry::Occupied(mut occupied) => occupied.get_mut().extend(of_type),
            }
        }
    }
}
