//! The response cache, with the plan and the revision stamp as its key.
//!
//! A plan has the same response in the same revision, so a cached response is never outdated. A request whose response
//! is cached reads only the latest revision from the database. Single flight: requests that need the same response at
//! the same time wait for the first of them.

use std::sync::Arc;

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::response::{FLIGHT_TIMEOUT, Response};
use crate::store::RevisionStamp;

/// The key of a response.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Number of the plan, which identifies a document, its operation and the values of its variables.
    pub plan: u64,
    /// True if the response reports its cost.
    pub reports_cost: bool,
    /// The revision that was read.
    pub revision: RevisionStamp,
}

/// Whether a new response can be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cacheability {
    /// It is valid while its revision is the latest.
    Cacheable,
    /// Another revision was published while it was created. Requests that wait for this response create their own.
    Outdated,
    /// It has errors of the service. The next request may succeed.
    Failed,
}

/// An entry of the cache.
#[derive(Clone)]
pub enum Entry {
    /// A response.
    Response(Arc<Response>),
    /// The response cannot be cached: each request creates its own.
    Uncacheable,
}

/// The response cache. When it is full, responses that were not requested again are removed first.
pub struct ResponseCache {
    cache: Cache<CacheKey, Entry, ByBytes>,
    longest: u64,
}

impl ResponseCache {
    /// Creates a cache for `bytes` bytes; `None` if that is 0.
    pub fn new(bytes: u64) -> Option<Self> {
        /// A response is cached only if it is not longer than the cache divided by this.
        const PART: u64 = 16;
        /// Assumed bytes of a response, for an initial estimate of the number of entries.
        const USUAL: u64 = 16 * 1024;
        /// Shards. Each has its own lock and an equal part of the capacity, so they must be few enough that one can store
        /// the longest response.
        const SHARDS: usize = 8;
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).max(16);
        let options =
            OptionsBuilder::new().shards(SHARDS).estimated_items_capacity(items).weight_capacity(bytes).build().ok()?;
        let cache = || Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default());
        (bytes > 0).then(|| Self { cache: cache(), longest: bytes / PART })
    }

    /// Returns the size of the cached responses, in bytes.
    pub fn allocated_bytes(&self) -> u64 {
        self.cache.weight()
    }

    /// Returns the cached response of a key, or else the result of `make`: a new response, and whether it can be cached. Of
    /// several requests with the same key, one calls `make`, and the others wait for [`FLIGHT_TIMEOUT`] at most.
    ///
    /// Each request without a cached response calls `reserve` before other requests can wait for it. So no request
    /// waits for another one that waits for memory.
    ///
    /// # Errors
    /// Those of `reserve` and `make`. A request that waits for another one does not receive its error, but calls its own
    /// `make`.
    pub async fn find<E, R>(
        &self,
        key: CacheKey,
        reserve: impl AsyncFnOnce() -> Result<R, E>,
        make: impl AsyncFnOnce(R) -> Result<(Arc<Response>, Cacheability), E>,
    ) -> Result<Arc<Response>, E> {
        let found = self.cache.get(&key);
        if let Some(Entry::Response(response)) = found {
            return Ok(response);
        }
        let reserved = reserve().await?;
        let guard = match found {
            Some(_) => None,
            None => match tokio::time::timeout(FLIGHT_TIMEOUT, self.cache.get_value_or_guard_async(&key)).await {
                Ok(Ok(Entry::Response(response))) => return Ok(response),
                Ok(Err(guard)) => Some(guard),
                Ok(Ok(Entry::Uncacheable)) | Err(_) => None,
            },
        };
        let (response, cacheability) = make(reserved).await?;
        if let Some(guard) = guard {
            let is_cached = cacheability == Cacheability::Cacheable && response.allocated_bytes() <= self.longest;
            // `Uncacheable` lets the waiting requests start at the same time; without an entry, they would run one after
            // another. Inserting fails only if the key already has an entry, and then no request waits for this one.
            let _ = guard.insert(if is_cached { Entry::Response(Arc::clone(&response)) } else { Entry::Uncacheable });
            if cacheability == Cacheability::Failed {
                self.cache.remove(&key);
            }
        }
        Ok(response)
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<CacheKey, Entry> for ByBytes {
    fn weight(&self, _: &CacheKey, entry: &Entry) -> u64 {
        match entry {
            Entry::Response(response) => response.allocated_bytes(),
            Entry::Uncacheable => 100,
        }
    }
}
