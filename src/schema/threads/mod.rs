//! Threads for long work.

pub(super) mod pool;
pub(super) mod shared;
