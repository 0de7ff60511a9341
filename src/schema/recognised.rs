//! Requests that came before, byte for byte.
//!
//! A client asks the same again and again. What becomes of a request before the database is read depends on its bytes alone, so
//! who sends them again gets the same plan without their being read: no decoding, no hash of the document. Only what document and
//! plan are kept by is kept here, so to recognise a request counts as a use of both.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::service::PlanKey;

/// Bytes of requests of one form that are kept, as [`ByWeight`] counts them.
pub const KEPT_BYTES: u64 = 4 * 1024 * 1024;

/// A request as it is written.
#[derive(Clone, Copy, Debug)]
pub enum RawRequest<'a> {
    /// As parameters of an address.
    Parameters(&'a str),
    /// As JSON.
    Json(&'a [u8]),
}

/// What a request was found to be.
#[derive(Clone, Debug)]
pub struct Known {
    /// What its plan is kept by.
    pub key: Arc<PlanKey>,
    /// The answer tells what it cost.
    pub tells_cost: bool,
}

/// Requests that came before.
pub struct Recognised {
    parameters: Requests,
    json: Requests,
}

/// Requests of one form.
type Requests = Cache<Box<[u8]>, Known, ByWeight>;

impl RawRequest<'_> {
    /// Longest request that is kept, in bytes.
    pub const MAX_LENGTH: usize = 16 * 1024;
}

impl Recognised {
    /// None yet.
    pub fn new() -> Self {
        let cache = || Cache::with_weighter(1000, KEPT_BYTES, ByWeight);
        Self { parameters: cache(), json: cache() }
    }

    /// Bytes that are kept.
    pub fn weight(&self) -> u64 {
        self.parameters.weight() + self.json.weight()
    }

    /// What these bytes were found to be before; `None` when they are new.
    pub fn find(&self, raw: RawRequest<'_>) -> Option<Known> {
        let (requests, bytes) = self.place(raw);
        requests.get(bytes)
    }

    /// Takes note of what these bytes are.
    pub fn keep(&self, raw: RawRequest<'_>, known: Known) {
        let (requests, bytes) = self.place(raw);
        if bytes.len() <= RawRequest::MAX_LENGTH {
            requests.insert(bytes.into(), known);
        }
    }

    fn place<'a>(&self, raw: RawRequest<'a>) -> (&Requests, &'a [u8]) {
        match raw {
            RawRequest::Parameters(text) => (&self.parameters, text.as_bytes()),
            RawRequest::Json(bytes) => (&self.json, bytes),
        }
    }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Box<[u8]>, Known> for ByWeight {
    fn weight(&self, bytes: &Box<[u8]>, known: &Known) -> u64 {
        /// The rest of it, and what the cache needs for it.
        const OVERHEAD: usize = 300;
        let (_, name, variables) = &*known.key;
        (OVERHEAD + bytes.len() + name.as_ref().map_or(0, |name| name.len()) + variables.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_are_recognised_have_a_fixed_room() {
        let recognised = Recognised::new();
        let known = Known { key: Arc::default(), tells_cost: false };
        for number in 0..2000_u32 {
            let text = format!("{number:010000}");
            for raw in [RawRequest::Parameters(&text), RawRequest::Json(text.as_bytes())] {
                recognised.keep(raw, known.clone());
            }
        }
        let kept = recognised.weight();
        assert!(kept > KEPT_BYTES && kept <= 2 * KEPT_BYTES, "{kept} bytes are kept of 40 MB");
        assert!(recognised.find(RawRequest::Json(format!("{:010000}", 1999).as_bytes())).is_some());
        let long = " ".repeat(RawRequest::MAX_LENGTH + 1);
        recognised.keep(RawRequest::Parameters(&long), known);
        assert!(recognised.find(RawRequest::Parameters(&long)).is_none(), "it is too long");
    }
}
