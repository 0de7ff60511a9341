//! Around every request: its id, its line in the log, and what is counted of it.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use tracing::Instrument as _;

use super::{
    endpoint::Endpoint,
    metrics::Metrics,
    request_id::{self, RequestId},
    seen::{Operation, RequestStats},
};

/// Longest path or method that the log shows, in letters; ours are shorter.
const MAX_SHOWN: usize = 100;

/// Gives a request its id, has it answered, and tells what became of it.
///
/// # Errors
/// Those of what is within.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let endpoint = request.app_data::<Data<Endpoint>>().cloned();
    // At the level of errors, so that it stands beside whatever is logged within, however little is.
    let span = tracing::error_span!(target: "dermagraph", "request", id = %id);
    let mut response = next.call(request).instrument(span).await?;
    let took = started.elapsed();
    let seen = response.response_mut().extensions_mut().remove::<RequestStats>();
    if let Some(endpoint) = endpoint {
        endpoint.gate.metrics.request(response.status(), took, seen.as_ref());
    }
    log(&id, &response, took.as_secs_f64() * 1000.0, &seen.unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// One line a request. The query string stays out: documents and variables stand in it.
fn log(id: &RequestId, response: &ServiceResponse<impl MessageBody>, milliseconds: f64, seen: &RequestStats) {
    let first = seen.operations.first();
    let bytes = match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    };
    tracing::info!(
        target: "dermagraph::request",
        request_id = %id,
        method = shown(response.request().method().as_str()),
        path = shown(response.request().path()),
        status = response.status().as_u16(),
        operations = seen.operations.len(),
        operation = first.and_then(Operation::short_name),
        hash = first.map(|operation| &*operation.hash),
        cost = seen.cost(),
        statements = seen.statements(),
        refused = seen.refused.first(),
        milliseconds,
        bytes,
    );
}

/// The beginning of what a client sent.
fn shown(text: &str) -> &str {
    text.char_indices().nth(MAX_SHOWN).map_or(text, |(end, _)| &text[..end])
}

/// Counts a request whose head could not be read, and tells of it as of any other. Nothing of it is known but the response.
pub fn head(metrics: &Metrics, status: StatusCode) {
    metrics.request(status, Duration::ZERO, None);
    tracing::info!(target: "dermagraph::request", request_id = %RequestId::new(), status = status.as_u16(), bytes = 0);
}
