//! The response to one request before it is sent: a body, and the status and headers that it has outside of a batch.

use std::sync::Arc;

use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use super::HttpRefusal;
use crate::{
    access::Reservation,
    http::{
        observe::{OperationStats, RequestStats},
        request::MediaType,
    },
    schema::{OperationResponse, Refusal, RefusalKind, Response},
};

/// The parts of the response to a request.
pub struct ResponseParts {
    /// The status of the response.
    pub status: StatusCode,
    /// The body of the response.
    pub response: Arc<Response>,
    /// Whether the body is the result of an operation, and not a refusal.
    pub is_result: bool,
    /// Headers in addition to those of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The memory that is reserved for the client until the body is sent.
    pub reservations: Vec<Arc<Reservation>>,
    /// What the log and the metrics record about the request.
    pub stats: RequestStats,
}

impl ResponseParts {
    /// Creates the response to an operation that was run. Its status is 200, even if fields have errors.
    pub fn result(result: OperationResponse, operation: OperationStats) -> Self {
        let stats = RequestStats { operations: vec![operation.finished(&result)], refusals: Vec::new() };
        let reservations = result.reservation.into_iter().collect();
        Self { status: StatusCode::OK, response: result.response, is_result: true, headers: Vec::new(), reservations, stats }
    }

    /// Creates the response to a request that the GraphQL service refuses.
    ///
    /// According to the draft of GraphQL over HTTP, clients of the older media type expect 200 for every well-formed
    /// GraphQL request.
    pub fn refusal(refusal: &Refusal, media: MediaType) -> Self {
        let (status, headers) = match refusal.kind {
            RefusalKind::Request | RefusalKind::UnknownDocument if media == MediaType::Json => (StatusCode::OK, Vec::new()),
            RefusalKind::Request | RefusalKind::UnknownDocument => (StatusCode::BAD_REQUEST, Vec::new()),
            RefusalKind::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
            RefusalKind::NotTrusted | RefusalKind::Forbidden => (StatusCode::FORBIDDEN, Vec::new()),
            RefusalKind::Limited(limited) => {
                let HttpRefusal { status, headers, .. } = limited.into();
                (status, headers)
            }
            RefusalKind::Overloaded(seconds) | RefusalKind::Unavailable(seconds) => {
                (StatusCode::SERVICE_UNAVAILABLE, vec![(header::RETRY_AFTER, HeaderValue::from(seconds))])
            }
        };
        Self {
            status,
            response: Arc::new(refusal.response()),
            is_result: false,
            headers,
            reservations: Vec::new(),
            stats: RequestStats::refused(refusal.code()),
        }
    }
}

impl From<HttpRefusal> for ResponseParts {
    fn from(refusal: HttpRefusal) -> Self {
        let stats = RequestStats::refused(Some(refusal.code));
        let response = Arc::new(Response::new(refusal.body(), 1, 0));
        Self {
            status: refusal.status,
            response,
            is_result: false,
            headers: refusal.headers,
            reservations: Vec::new(),
            stats,
        }
    }
}
