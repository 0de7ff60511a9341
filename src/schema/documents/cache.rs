//! Caches that limit the total size of their entries.

use std::hash::Hash;

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

/// Shards of a cache. Each has its own lock and an equal part of the capacity, so they must be few enough that one can store
/// the largest entry.
const SHARDS: usize = 4;

/// Initial estimate of the number of entries.
const ENTRIES: usize = 1000;

/// Creates a cache whose entries have at most `bytes` bytes in total.
///
/// # Panics
/// Never: the only invalid settings would be constants in this file.
pub fn cache_by_bytes<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(bytes: u64, weighter: W) -> Cache<K, V, W> {
    let mut options = OptionsBuilder::new();
    options.shards(SHARDS).estimated_items_capacity(ENTRIES).weight_capacity(bytes);
    let options = options.build().unwrap_or_else(|error| panic!("a constant of this file is invalid: {error:?}"));
    Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries that have the weight of their value.
    #[derive(Clone)]
    struct ByValue;

    impl Weighter<u64, u64> for ByValue {
        fn weight(&self, _: &u64, value: &u64) -> u64 {
            *value
        }
    }

    #[test]
    fn the_entries_of_a_cache_have_a_maximum_size() {
        const MAX: u64 = 1 << 20;
        let cache = cache_by_bytes(MAX, ByValue);
        for number in 0..5000 {
            cache.insert(number, 1000 + number % 1000);
            assert!(cache.weight() <= MAX, "{} bytes after {number} entries", cache.weight());
        }
        assert!(cache.weight() > MAX / 2, "entries within the limit stay cached: {} bytes", cache.weight());
        cache.insert(5000, MAX);
        assert_eq!(cache.get(&5000), None, "an entry above the part of a shard is not stored");
    }
}
