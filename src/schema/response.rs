//! Responses: what one operation answers, made once and given to everybody who asks the same of the same revision.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use bytestring::ByteString;
use tokio::sync::OnceCell;
use twox_hash::XxHash3_128;

use super::request::Refusal;
use crate::{access::SharedBytes, error::GraphqlError};

/// How many packed forms a response may have.
pub const COMPRESSED_FORMS: usize = 3;

/// The response to an operation.
pub struct Response {
    /// The whole response as JSON: `data`, perhaps `errors` and `extensions`.
    pub body: ByteString,
    /// How many errors it tells.
    pub errors: usize,
    /// The codes of those errors that came up while its operation ran.
    pub codes: Vec<&'static str>,
    /// What it has cost.
    pub cost: u64,
    /// The content that it used, as cache tags; empty when nobody wants them.
    pub tags: Vec<String>,
    /// Counted once for all clients that are taking it.
    pub held: SharedBytes,
    etag: OnceLock<String>,
    packed: [OnceCell<Packed>; COMPRESSED_FORMS],
    /// Bytes of the packed forms that are kept.
    packed_bytes: AtomicUsize,
}

/// A packed form, once it was made.
enum Packed {
    /// Packing is no gain.
    None,
    /// It is kept.
    Kept(Bytes),
    /// With it the forms that are kept would be longer than half the text; it is made whenever it is needed.
    Long,
}

impl Response {
    /// A response of this text.
    #[must_use]
    pub fn new(body: impl Into<String>, errors: usize, cost: u64) -> Self {
        // Kept, it takes no more than it is long.
        let mut body = body.into();
        body.shrink_to_fit();
        let (etag, packed) = (OnceLock::new(), std::array::from_fn(|_| OnceCell::new()));
        let (held, packed_bytes) = (SharedBytes::default(), AtomicUsize::new(0));
        let (codes, tags) = (Vec::new(), Vec::new());
        Self { body: body.into(), errors, codes, cost, tags, held, etag, packed, packed_bytes }
    }

    /// A response that tells nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new("{}", 1, 0)
    }

    /// With cache tags.
    #[must_use]
    pub fn tagged(self, tags: Vec<String>) -> Self {
        Self { tags, ..self }
    }

    /// With the codes of the errors of its operation.
    #[must_use]
    pub fn failed(self, errors: &[GraphqlError]) -> Self {
        Self { codes: errors.iter().map(|error| error.code).collect(), ..self }
    }

    /// What stands for a response that there is none of.
    #[must_use]
    pub fn told(refusal: &Refusal) -> Self {
        Self::new(refusal.body(), refusal.errors.len(), 0)
    }

    /// Its entity tag, as the header `ETag` has it: the same for the same text, in whatever revision, process or packing. Weak
    /// therefore (<https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1>).
    pub fn etag(&self) -> &str {
        self.etag.get_or_init(|| format!("W/\"{:032x}\"", XxHash3_128::oneshot(self.body.as_bytes())))
    }

    /// One of its packed forms: made once by `pack`, while others wait for it, and kept; `None` when packing is no gain. One that
    /// would make the forms that are kept longer than half the text is made whenever it is needed.
    pub async fn compressed(&self, form: usize, pack: impl AsyncFn(ByteString) -> Option<Bytes>) -> Option<Bytes> {
        let cell = self.packed.get(form)?;
        match cell.get() {
            Some(Packed::Kept(packed)) => return Some(packed.clone()),
            Some(Packed::None) => return None,
            Some(Packed::Long) => return pack(self.body.clone()).await,
            None => {}
        }
        let mut fresh = None;
        let make = async || {
            fresh = pack(self.body.clone()).await;
            match &fresh {
                None => Packed::None,
                Some(packed) if !self.keeps(packed.len()) => Packed::Long,
                Some(packed) => Packed::Kept(packed.clone()),
            }
        };
        match cell.get_or_init(make).await {
            Packed::Kept(packed) => Some(packed.clone()),
            Packed::None => None,
            Packed::Long => match fresh {
                Some(packed) => Some(packed),
                None => pack(self.body.clone()).await,
            },
        }
    }

    /// Whether all takers of a packed form have the same bytes.
    #[must_use]
    pub fn shares_compressed(&self, form: usize) -> bool {
        self.packed.get(form).is_some_and(|cell| matches!(cell.get(), Some(Packed::Kept(_))))
    }

    /// Whether there is room for so many more bytes of packed forms; then they are counted.
    fn keeps(&self, bytes: usize) -> bool {
        let most = self.body.len() / 2;
        let more = |kept: usize| (kept + bytes <= most).then_some(kept + bytes);
        self.packed_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Most bytes that it takes with its packed forms.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// The rest of it, and what the cache needs for it.
        const OVERHEAD: usize = 500;
        let tags: usize = self.tags.iter().map(|tag| tag.len() + size_of::<String>()).sum();
        (OVERHEAD + tags + self.body.len() + self.body.len().div_ceil(2)) as u64
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { body, errors, cost, tags, .. } = self;
        f.debug_struct("Response")
            .field("body", body)
            .field("errors", errors)
            .field("cost", cost)
            .field("tags", tags)
            .finish()
    }
}
