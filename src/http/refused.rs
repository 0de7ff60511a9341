//! Requests that are turned away: a status, a stable code and a sentence. The sentence never repeats what was sent.

use std::borrow::Cow;

use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use super::gate::budget_headers;
use crate::{
    access::{AccessProblem, BudgetExceeded},
    error::{BAD_REQUEST, OVERLOADED},
};

/// The batch has more requests than the service takes at once.
pub const BATCH_TOO_LARGE: &str = "BATCH_TOO_LARGE";
/// A page of another origin asks, and that origin is not allowed to.
pub const CROSS_SITE: &str = "CROSS_SITE";
/// The address does not take this method, or the operation is not run by it.
pub const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
/// The client takes none of the media types that we have.
pub const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
/// There is nothing at this address.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The body is longer than the service reads.
pub const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
/// The body did not arrive in time.
pub const REQUEST_TIMEOUT: &str = "REQUEST_TIMEOUT";
/// The body is something else than JSON, or is packed in a way that is not known.
pub const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";

/// A request that is turned away.
#[derive(Debug)]
pub struct Refused {
    /// The status that speaks of the same thing as the code.
    pub status: StatusCode,
    /// For programs: `extensions.code`.
    pub code: &'static str,
    /// For people: `message`.
    pub message: Cow<'static, str>,
    /// Headers that tell how to do better, such as `Allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refused {
    /// With no more than a status, a code and a sentence.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    /// 400: it cannot be read as a GraphQL request.
    pub fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    /// 503: there is no room for more of the client's.
    pub fn busy() -> Self {
        let message = "Too many long requests and answers of yours are under way. Try again when they have ended.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, OVERLOADED, message).with(header::RETRY_AFTER, "1")
    }

    /// 413: the body is longer than the service reads.
    pub fn too_large() -> Self {
        let message = format!("The body is longer than {} MiB.", super::MAX_BODY >> 20);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, PAYLOAD_TOO_LARGE, message)
    }

    /// 405, with the methods that are allowed instead.
    pub fn method(allowed: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED, message).with(header::ALLOW, allowed)
    }

    /// 415, with a header that names what is supported.
    pub fn unsupported(name: HeaderName, supported: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_MEDIA_TYPE, message).with(name, supported)
    }

    /// With one more header.
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// The whole response as JSON: `errors` alone.
    pub fn body(&self) -> String {
        serde_json::json!({"errors": [{"message": self.message, "extensions": {"code": self.code}}]}).to_string()
    }
}

impl From<AccessProblem> for Refused {
    fn from(problem: AccessProblem) -> Self {
        let (status, header) = match problem.code {
            AccessProblem::FORBIDDEN => (StatusCode::FORBIDDEN, None),
            AccessProblem::RATE_LIMITED => (StatusCode::TOO_MANY_REQUESTS, None),
            AccessProblem::UNAVAILABLE => (StatusCode::SERVICE_UNAVAILABLE, Some((header::RETRY_AFTER, "1"))),
            _ => (StatusCode::UNAUTHORIZED, Some((header::WWW_AUTHENTICATE, "Bearer"))),
        };
        let headers = header.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Self { status, code: problem.code, message: problem.message, headers: headers.into_iter().collect() }
    }
}

impl From<BudgetExceeded> for Refused {
    fn from(limited: BudgetExceeded) -> Self {
        let mut headers = budget_headers(limited.budget);
        headers.extend(limited.retry_after_seconds.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        let problem = AccessProblem::from(limited);
        Self { headers, ..problem.into() }
    }
}
