//! Responses. Each is written once, and shared by all clients that send the same request at the same revision.

use std::{
    cell::Cell,
    fmt,
    pin::pin,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use bytestring::ByteString;
use tokio::{sync::OnceCell, time::timeout};
use twox_hash::XxHash3_128;

use crate::{access::SharedReservation, error::GraphqlError};

/// Number of content codings in which a response can be compressed.
pub const COMPRESSED_FORMS: usize = 3;

/// Maximum time that a request waits for another one that creates or compresses the same response. Then it creates the
/// response itself, or sends it uncompressed.
pub(super) const FLIGHT_TIMEOUT: Duration = Duration::from_millis(500);

/// The response to an operation.
pub struct Response {
    /// Its text in JSON: `data`, perhaps `errors` and `extensions`.
    pub body: ByteString,
    /// Number of its errors.
    pub errors: usize,
    /// The codes of the errors of its operation; empty for refusals.
    pub codes: Vec<&'static str>,
    /// The actual cost of its operation.
    pub cost: u64,
    /// The records that it uses, as cache tags; empty if the operator has not enabled them.
    pub tags: Vec<String>,
    /// The memory that is reserved while it is being sent: once in the total, and once for each client that receives it.
    pub reservation: SharedReservation,
    etag: OnceLock<String>,
    compressed: [OnceCell<Compressed>; COMPRESSED_FORMS],
    /// Bytes of the compressed forms that are stored.
    compressed_bytes: AtomicUsize,
}

/// A compressed form.
enum Compressed {
    /// It is not shorter than the text.
    NotShorter,
    /// It is stored.
    Stored(Bytes),
    /// It is not stored, because all stored forms together would be longer than half the text. It is compressed again
    /// for each client.
    TooLong,
}

impl Response {
    /// Creates a response with this text.
    #[must_use]
    pub fn new(body: impl Into<String>, errors: usize, cost: u64) -> Self {
        // A cached response must not use more memory than its length.
        let mut body = body.into();
        body.shrink_to_fit();
        let (etag, compressed) = (OnceLock::new(), std::array::from_fn(|_| OnceCell::new()));
        let (reservation, compressed_bytes) = (SharedReservation::default(), AtomicUsize::new(0));
        let (codes, tags) = (Vec::new(), Vec::new());
        Self { body: body.into(), errors, codes, cost, tags, reservation, etag, compressed, compressed_bytes }
    }

    /// Adds cache tags.
    #[must_use]
    pub fn tagged(self, tags: Vec<String>) -> Self {
        Self { tags, ..self }
    }

    /// Adds the codes of the errors of its operation.
    #[must_use]
    pub fn with_codes(self, errors: &[GraphqlError]) -> Self {
        Self { codes: errors.iter().map(|error| error.code).collect(), ..self }
    }

    /// Returns its entity tag for the header `ETag`. It is the same for the same text in any revision, process or content
    /// coding, so it is a weak entity tag (<https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1>).
    pub fn etag(&self) -> &str {
        self.etag.get_or_init(|| format!("W/\"{:032x}\"", XxHash3_128::oneshot(self.body.as_bytes())))
    }

    /// Returns one of its compressed forms. `None` means that the text must be sent uncompressed: the form is not shorter,
    /// compressing failed, or another request did not finish compressing in time. Single flight: one request calls
    /// `compress`, and the others wait for [`FLIGHT_TIMEOUT`] at most. A form that is too long to be stored is
    /// compressed again for each request. `compress` returns `None` if the form is not shorter. If it fails, the next
    /// request calls it again.
    pub async fn compressed<E>(
        &self,
        form: usize,
        compress: impl AsyncFn(ByteString) -> Result<Option<Bytes>, E>,
    ) -> Option<Bytes> {
        let again = async || compress(self.body.clone()).await.ok().flatten();
        let cell = self.compressed.get(form)?;
        if let Some(Compressed::Stored(bytes)) = cell.get() {
            return Some(bytes.clone());
        }
        let (compresses, mut fresh) = (Cell::new(false), None);
        let make = async || {
            compresses.set(true);
            fresh = compress(self.body.clone()).await?;
            Ok::<_, E>(match &fresh {
                None => Compressed::NotShorter,
                Some(bytes) if !self.try_store(bytes.len()) => Compressed::TooLong,
                Some(bytes) => Compressed::Stored(bytes.clone()),
            })
        };
        let found = {
            let mut found = pin!(cell.get_or_try_init(make));
            match timeout(FLIGHT_TIMEOUT, &mut found).await {
                Ok(found) => found,
                Err(_) if compresses.get() => found.await,
                Err(_) => return None,
            }
        };
        match found.ok()? {
            Compressed::Stored(bytes) => Some(bytes.clone()),
            Compressed::NotShorter => None,
            Compressed::TooLong if fresh.is_some() => fresh,
            Compressed::TooLong => again().await,
        }
    }

    /// Reports whether a compressed form is stored, so that all clients share its bytes.
    #[must_use]
    pub fn shares_compressed(&self, form: usize) -> bool {
        self.compressed.get(form).is_some_and(|cell| matches!(cell.get(), Some(Compressed::Stored(_))))
    }

    /// Counts bytes of a compressed form as stored. If the stored forms would become too long, returns false and counts
    /// nothing.
    fn try_store(&self, bytes: usize) -> bool {
        let most = self.body.len() / 2;
        let more = |stored: usize| (stored + bytes <= most).then_some(stored + bytes);
        self.compressed_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Returns its maximum size in memory with its compressed forms, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> u64 {
        /// Bytes of the other fields, and of the entry in the cache.
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn response() -> Response {
        Response::new("text ".repeat(100), 0, 0)
    }

    async fn compress(body: ByteString) -> Result<Option<Bytes>, ()> {
        Ok(Some(body.as_bytes().slice(..10)))
    }

    #[tokio::test]
    async fn if_one_client_cannot_compress_a_response_the_next_one_does() {
        let response = response();
        assert_eq!(response.compressed(0, async |_| Err(())).await, None);
        assert_eq!(response.compressed(0, compress).await.unwrap().len(), 10);
        assert!(response.shares_compressed(0));
    }

    #[tokio::test]
    async fn a_response_that_is_not_shorter_when_compressed_is_compressed_once() {
        let response = response();
        assert_eq!(response.compressed(0, async |_| Ok::<_, ()>(None)).await, None);
        assert_eq!(response.compressed(0, compress).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_does_not_wait_long_for_another_one_to_compress() {
        let response = response();
        let slow = response.compressed(0, async |_| pending::<Result<_, ()>>().await);
        tokio::select! {
            biased;
            _ = slow => unreachable!(),
            bytes = response.compressed(0, compress) => assert_eq!(bytes, None),
        }
    }
}
