//! The limits that an operator can set.

use std::{
    num::{NonZero, NonZeroU32},
    time::Duration,
};

use crate::{access::MAX_RESERVED_BYTES, store::CONNECTIONS};

/// The limits that an operator can set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Maximum cost of one operation.
    pub cost: u64,
    /// Number of permits for expensive operations. The same number of additional permits is reserved for clients
    /// without a running operation.
    pub expensive: usize,
    /// Maximum time that a request waits for a permit, and for memory for its response.
    pub queue_timeout: Duration,
    /// Size of the response cache in bytes; 0 for no cache.
    pub responses: u64,
    /// Maximum bytes that are reserved for all clients together: for requests, messages, responses and running
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

    /// Database connections that expensive operations leave to other reads: to cheap operations, to the records in the
    /// payloads of mutations, and to the verification of API keys.
    pub const SPARE_CONNECTIONS: usize = 4;

    /// Returns the default number of permits for expensive operations with this number of database connections: one for
    /// each core, and at most [`Self::max_expensive`].
    #[must_use]
    pub fn default_expensive(connections: NonZeroU32) -> usize {
        cores().min(Self::max_expensive(connections))
    }

    /// Returns the maximum number of permits for expensive operations with this number of database connections. Each
    /// operation uses a connection, and with the additional permits twice as many operations run at once. Then
    /// [`Self::SPARE_CONNECTIONS`] are left. There is at least one permit, even if too few connections are left.
    #[must_use]
    pub fn max_expensive(connections: NonZeroU32) -> usize {
        let connections = usize::try_from(connections.get()).unwrap_or(usize::MAX);
        (connections.saturating_sub(Self::SPARE_CONNECTIONS) / 2).max(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cost: Self::COST,
            expensive: Self::default_expensive(CONNECTIONS),
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
