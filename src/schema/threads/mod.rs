//! Threads for long work, and the permits and the queue for it.

pub(super) mod pool;
pub(super) mod shared;
