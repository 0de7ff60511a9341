//! Random numbers that are the same on every machine.

use twox_hash::XxHash3_64;

/// A stream of random numbers: `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub(super) struct Random(u64);

impl Random {
    /// Creates the stream of a content document, so that documents do not depend on one another.
    pub fn of(seed: u64, slug: &str) -> Self {
        Self(XxHash3_64::oneshot_with_seed(seed, slug.as_bytes()))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to `bound` - 1; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let scaled = (self.next() >> 32) * u64::from(bound);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// Returns a number from `least` to `most`.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    /// Returns true with the probability `part` / `whole`.
    pub fn chance(&mut self, part: u32, whole: u32) -> bool {
        self.below(whole) < part
    }

    /// Returns an entry of a list, which must not be empty. An entry that occurs twice is twice as likely.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list[self.below(count) as usize]
    }
}
