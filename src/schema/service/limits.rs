//! The limits that an operator can set.

use std::{num::NonZero, time::Duration};

use crate::access::MAX_RESERVED_BYTES;

/// The limits that an operator can set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Maximum cost of one operation.
    pub cost: u64,
    /// Number of permits for expensive operations. The same number of additional permits is reserved for clients
    /// without a running operation. [`Service::new`](super::Service::new) reduces it to half of the database connections for
    /// expensive operations, but not below one.
    pub expensive: usize,
    /// Maximum time that a request waits for a permit, and for memory for its response.
    pub queue_timeout: Duration,
    /// Size of the response cache in bytes; 0 for no cache.
    pub responses: u64,
    /// Maximum bytes that are reserved for all clients together: for requests, messages, searches, responses and running
    /// operations.
    pub reserved_bytes: u64,
    /// True if responses have cache tags.
    pub tags: bool,
}

impl Limits {
    /// Default maximum cost of one operation.
    pub const COST: u64 = 500_000;

    /// Default size of the response cache, in bytes.
    pub const RESPONSES: u64 = 64 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cost: Self::COST,
            expensive: cores(),
            queue_timeout: Duration::from_secs(2),
            responses: Self::RESPONSES,
            reserved_bytes: MAX_RESERVED_BYTES,
            tags: false,
        }
    }
}

/// Returns the number of cores that the process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
