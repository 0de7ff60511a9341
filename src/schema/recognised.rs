//! Requests that came before, byte for byte.
//!
//! A client asks the same again and again. What becomes of a request before the database is read depends on its bytes alone, so
//! who sends them again gets the same plan without their being read: no decoding, no hash of the document.

use std::sync::{Arc, Weak};

use quick_cache::{Weighter, sync::Cache};

use super::{documents::Prepared, operation::Planned, service::Ready};

/// Bytes of requests of one form that are kept, as [`ByWeight`] counts them.
const KEPT_BYTES: u64 = 4 * 1024 * 1024;

/// Longest request that is kept, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// The query string of a GET.
    QueryString(&'a str),
    /// The body of a POST, unpacked.
    Body(&'a [u8]),
}

/// Requests that came before.
pub struct Recognised {
    query_strings: Cache<Box<[u8]>, Kept, ByWeight>,
    bodies: Cache<Box<[u8]>, Kept, ByWeight>,
}

/// What a request was found to be. Document and plan are kept elsewhere; without them it is forgotten.
#[derive(Clone)]
struct Kept {
    prepared: Weak<Prepared>,
    planned: Weak<Planned>,
    name: Option<Arc<str>>,
    tells_cost: bool,
}

impl Recognised {
    /// None yet.
    pub fn new() -> Self {
        let cache = || Cache::with_weighter(1000, KEPT_BYTES, ByWeight);
        Self { query_strings: cache(), bodies: cache() }
    }

    /// What these bytes were found to be before; `None` when they are new.
    pub fn find(&self, raw: Raw<'_>) -> Option<Ready> {
        let (cache, bytes) = self.place(raw);
        let Kept { prepared, planned, name, tells_cost } = cache.get(bytes)?;
        Some(Ready { prepared: prepared.upgrade()?, planned: planned.upgrade()?, name, tells_cost, comes_again: true })
    }

    /// Takes note of what these bytes are.
    pub fn keep(&self, raw: Raw<'_>, ready: &Ready) {
        let (cache, bytes) = self.place(raw);
        if ready.comes_again && bytes.len() <= MAX_LENGTH {
            let (prepared, planned) = (Arc::downgrade(&ready.prepared), Arc::downgrade(&ready.planned));
            cache.insert(bytes.into(), Kept { prepared, planned, name: ready.name.clone(), tells_cost: ready.tells_cost });
        }
    }

    fn place<'a>(&self, raw: Raw<'a>) -> (&Cache<Box<[u8]>, Kept, ByWeight>, &'a [u8]) {
        match raw {
            Raw::QueryString(text) => (&self.query_strings, text.as_bytes()),
            Raw::Body(bytes) => (&self.bodies, bytes),
        }
    }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Box<[u8]>, Kept> for ByWeight {
    fn weight(&self, bytes: &Box<[u8]>, _: &Kept) -> u64 {
        /// What the cache needs for it besides.
        const OVERHEAD: usize = 200;
        (OVERHEAD + bytes.len()) as u64
    }
}
