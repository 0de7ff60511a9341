//! The id of a request. It is in the response and in the log, so that both can be matched with the logs of clients and
//! proxies.

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header of the id, in requests and in responses.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is accepted from a request, in bytes. The usual formats, such as UUIDs, are shorter.
const MAX_LENGTH: usize = 64;

/// The id of a request. Handlers find it in the extensions of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Returns the id that the client or a proxy sent if it is safe to repeat, else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let is_safe = |value: &&HeaderValue| {
            let safe = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
            (1..=MAX_LENGTH).contains(&value.len()) && value.as_bytes().iter().all(safe)
        };
        headers.get(HEADER).filter(is_safe).cloned().map_or_else(Self::new, Self)
    }

    /// Creates an id. Ids are unique, but not secret.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(NEXT.fetch_add(1, Ordering::Relaxed));
        let id = HeaderValue::from_str(&format!("{:016x}", hasher.finish()));
        Self(id.unwrap_or_else(|_| HeaderValue::from_static("none")))
    }

    /// Returns the value of the header.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.0.to_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue};

    use super::{HEADER, RequestId};

    fn of(given: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(given).expect("a header"));
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_safe_id_is_accepted_and_any_other_is_replaced() {
        let longest = "x".repeat(64);
        for accepted in ["1", "0f-3a_B.c:d", &longest] {
            assert_eq!(of(accepted), accepted);
        }
        for replaced in ["", "a b", "a\tb", "<b>", "\"", "é", &"x".repeat(65)] {
            assert_eq!(of(replaced).len(), 16, "{replaced}");
        }
        assert_ne!(of(""), of(""));
    }
}
