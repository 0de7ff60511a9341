//! Caches by weight: what is kept within so many bytes.

use std::hash::Hash;

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

/// Parts of the room, each locked and filled by itself: so few that the largest entry fits into one, however many cores there are.
const SHARDS: usize = 4;

/// Entries, as a first guess of how many there will be.
const ENTRIES: usize = 1000;

/// A cache with room for so many bytes.
///
/// # Panics
/// Never: the settings that a cache refuses are constants here.
pub fn kept<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(bytes: u64, weighter: W) -> Cache<K, V, W> {
    let mut options = OptionsBuilder::new();
    options.shards(SHARDS).estimated_items_capacity(ENTRIES).weight_capacity(bytes);
    let options = options.build().unwrap_or_else(|wrong| panic!("a constant of ours is wrong: {wrong:?}"));
    Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
}
