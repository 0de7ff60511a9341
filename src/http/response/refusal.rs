//! Refusals: the responses to requests that are not run. A refusal has a status, a stable code and a message. The
//! message of an [`HttpRefusal`] never repeats what the client sent. Messages about a document may repeat its names.

use std::borrow::Cow;

use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use crate::{
    access::{AccessProblem, BudgetExceeded, BudgetStatus},
    error::{BAD_REQUEST, MEMORY_MESSAGE, OVERLOADED},
    http::{MAX_BODY, request::json_size},
    schema::{Refusal, RefusalKind},
};

/// The batch has more requests than allowed.
pub const BATCH_TOO_LARGE: &str = "BATCH_TOO_LARGE";
/// The request is from a page of another origin, which is not allowed.
pub const CROSS_SITE: &str = "CROSS_SITE";
/// The URL does not support this method, or the operation requires another one.
const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
/// The client accepts none of the media types that the service can send.
pub const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
/// There is nothing at the URL.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The body is longer than [`MAX_BODY`].
const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
/// The body did not arrive in time.
pub const REQUEST_TIMEOUT: &str = "REQUEST_TIMEOUT";
/// The body is not JSON, or its coding is not supported.
const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";

/// A refusal of any layer.
pub enum AnyRefusal {
    /// The GraphQL service refuses to run the request.
    Graphql(Refusal),
    /// The request does not reach the GraphQL service, or the client has no permission or budget.
    Http(HttpRefusal),
}

/// A refusal with an HTTP status.
#[derive(Debug)]
pub struct HttpRefusal {
    /// The status of the response.
    pub status: StatusCode,
    /// `extensions.code`, for programs.
    pub code: &'static str,
    /// `message`, for people.
    pub message: Cow<'static, str>,
    /// Headers that state what the client can do instead, such as `Allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl HttpRefusal {
    /// Creates a refusal without headers.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    /// Creates a refusal with status 400: the request cannot be read as a GraphQL request.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    /// Creates a refusal with status 503: the client's share of the memory is used up.
    pub fn out_of_memory() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, OVERLOADED, MEMORY_MESSAGE).with_header(header::RETRY_AFTER, "1")
    }

    /// Creates a refusal with status 413: the body is longer than [`MAX_BODY`].
    pub fn payload_too_large() -> Self {
        let message = format!("The body is longer than {} MiB.", MAX_BODY >> 20);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, PAYLOAD_TOO_LARGE, message)
    }

    /// Creates a refusal with status 400: a JSON text has more than [`json_size::MAX_VALUES`] values. `subject` is the body or a
    /// parameter.
    pub fn too_many_values(subject: &str) -> Self {
        Self::bad_request(format!("The {subject} has more than {} JSON values.", json_size::MAX_VALUES))
    }

    /// Creates a refusal with status 405. `allowed` lists the methods for the header `Allow`.
    pub fn method_not_allowed(allowed: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED, message).with_header(header::ALLOW, allowed)
    }

    /// Creates a refusal with status 415. The header `name` lists what is supported.
    pub fn unsupported_media_type(name: HeaderName, supported: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_MEDIA_TYPE, message).with_header(name, supported)
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Returns the body of the response: a JSON object that has only `errors`.
    pub fn body(&self) -> String {
        serde_json::json!({"errors": [{"message": self.message, "extensions": {"code": self.code}}]}).to_string()
    }
}

impl From<AccessProblem> for HttpRefusal {
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

impl From<BudgetExceeded> for HttpRefusal {
    fn from(limited: BudgetExceeded) -> Self {
        let mut headers = budget_headers(limited.budget);
        headers.extend(limited.retry_after_seconds.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        let problem = AccessProblem::from(limited);
        Self { headers, ..problem.into() }
    }
}

impl From<HttpRefusal> for AnyRefusal {
    fn from(refusal: HttpRefusal) -> Self {
        Self::Http(refusal)
    }
}

impl From<BudgetExceeded> for AnyRefusal {
    fn from(limited: BudgetExceeded) -> Self {
        Self::Http(limited.into())
    }
}

impl From<Refusal> for AnyRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal.kind {
            RefusalKind::Limited(limited) => limited.into(),
            _ => Self::Graphql(refusal),
        }
    }
}

/// Returns the headers that state the remaining budget
/// (<https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html>).
#[must_use]
pub fn budget_headers(left: BudgetStatus) -> Vec<(HeaderName, HeaderValue)> {
    let policy = format!("\"cost\";q={};w=60", left.limit);
    let now = format!("\"cost\";r={};t={}", left.remaining, left.reset_seconds);
    let field = |name, value: String| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?));
    [field("ratelimit-policy", policy), field("ratelimit", now)].into_iter().flatten().collect()
}
