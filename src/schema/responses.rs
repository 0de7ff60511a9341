//! Responses that are kept, by the revision that they were read in.
//!
//! The same plan gives the same response in the same revision, so a response that is kept is never wrong; what has to be known
//! each time is the latest revision. Whoever asks for a response that is just being made waits for it.

use std::{sync::Arc, time::Duration};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::response::Response;
use crate::store::RevisionStamp;

/// How long to wait for somebody else who makes the same response, before making it oneself.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a response is found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Number of the plan: of a document, an operation of it and values of its variables.
    pub plan: u64,
    /// The response tells what it cost.
    pub tells_cost: bool,
    /// The revision that it was read in.
    pub revision: RevisionStamp,
}

/// How long a response that was just made is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// As long as its revision is the latest.
    Long,
    /// Its revision is over already, or was another.
    Over,
    /// It tells of a failure; the next one may do better.
    Not,
}

/// What is known of a response.
#[derive(Clone)]
pub enum Kept {
    /// The response itself.
    Response(Arc<Response>),
    /// It is not kept: everybody makes it for themselves.
    Apart,
}

/// Responses that are kept, within so many bytes; those go first that were not asked for again.
pub struct Responses {
    kept: Cache<Key, Kept, ByBytes>,
    longest: u64,
}

impl Responses {
    /// Room for so many bytes; `None` when that is none.
    pub fn new(bytes: u64) -> Option<Self> {
        /// A response may take this part of all the room.
        const PART: u64 = 16;
        /// Bytes of a response, as a first guess of how many there will be.
        const USUAL: u64 = 16 * 1024;
        /// Parts that are locked and filled each by itself: so few that the longest response fits into one, however many cores.
        const SHARDS: usize = 8;
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).max(16);
        let options =
            OptionsBuilder::new().shards(SHARDS).estimated_items_capacity(items).weight_capacity(bytes).build().ok()?;
        let kept = || Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default());
        (bytes > 0).then(|| Self { kept: kept(), longest: bytes / PART })
    }

    /// Bytes of the responses that are kept.
    pub fn weight(&self) -> u64 {
        self.kept.weight()
    }

    /// The response of a key, or what `make` makes: it gives how long that lasts as well. When several ask for the same,
    /// one makes it and the others wait, though not for long.
    ///
    /// # Errors
    /// Those of `make`, which are nobody else's.
    pub async fn find<E, M>(&self, key: Key, make: M) -> Result<Arc<Response>, E>
    where
        M: AsyncFnOnce() -> Result<(Arc<Response>, Lasting), E>,
    {
        let found = match self.kept.get(&key) {
            Some(found) => Ok(found),
            None => match tokio::time::timeout(PATIENCE, self.kept.get_value_or_guard_async(&key)).await {
                Ok(Ok(found)) => Ok(found),
                Ok(Err(guard)) => Err(Some(guard)),
                Err(_) => Err(None),
            },
        };
        let guard = match found {
            Ok(Kept::Response(response)) => return Ok(response),
            Ok(Kept::Apart) => None,
            Err(guard) => guard,
        };
        let (response, lasting) = make().await?;
        if let Some(guard) = guard {
            let fits = lasting == Lasting::Long && response.weight() <= self.longest;
            // Who waited must not make it one after the other. Inserting fails when the key was given another value meanwhile, which
            // is as good.
            let _ = guard.insert(if fits { Kept::Response(Arc::clone(&response)) } else { Kept::Apart });
            if lasting == Lasting::Not {
                self.kept.remove(&key);
            }
        }
        Ok(response)
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Kept> for ByBytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        match kept {
            Kept::Response(response) => response.weight(),
            Kept::Apart => 100,
        }
    }
}
