//! The middleware around every request: its id, its line in the log, and its metrics.

mod metrics;
mod metrics_endpoint;
pub mod request_id;
mod stats;

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

use self::request_id::RequestId;
pub use self::{
    metrics::Metrics,
    metrics_endpoint::configure as configure_metrics,
    stats::{OperationStats, RequestStats},
};
use super::endpoint::Endpoint;

/// Longest path or method in the log, in characters. All paths and methods of the service are shorter.
const MAX_SHOWN: usize = 100;
/// Longest name of an operation in the log, in characters.
const MAX_NAME: usize = 64;

/// Assigns an id to a request, passes the request on, logs it and counts it.
///
/// # Errors
/// Returns the errors of the service that it wraps.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let endpoint = request.app_data::<Data<Endpoint>>().cloned();
    // The span has the level `error`, so that every log line of the request has its id, whatever levels are logged.
    let span = tracing::error_span!(target: "dermagraph", "request", id = %id);
    let mut response = next.call(request).instrument(span).await?;
    let duration = started.elapsed();
    let stats = response.response_mut().extensions_mut().remove::<RequestStats>();
    if let Some(endpoint) = endpoint {
        endpoint.gate.metrics.request(response.status(), duration, stats.as_ref());
    }
    log(&id, &response, duration.as_secs_f64() * 1000.0, &stats.unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// Logs one line per request. It omits the query string, which may contain documents and variables.
fn log(id: &RequestId, response: &ServiceResponse<impl MessageBody>, milliseconds: f64, stats: &RequestStats) {
    let first = stats.operations.first();
    let bytes = match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    };
    tracing::info!(
        target: "dermagraph::request",
        request_id = %id,
        method = cut(response.request().method().as_str(), MAX_SHOWN),
        path = cut(response.request().path(), MAX_SHOWN),
        status = response.status().as_u16(),
        operations = stats.operations.len(),
        operation = first.and_then(|operation| operation.name.as_deref()).map(|name| cut(name, MAX_NAME)),
        hash = first.map(|operation| &*operation.hash),
        cost = stats.cost(),
        statements = stats.statements(),
        refused = stats.refusals.first(),
        milliseconds,
        bytes,
    );
}

/// Returns at most `length` characters of a text.
fn cut(text: &str, length: usize) -> &str {
    text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end])
}

/// Counts and logs a request whose head could not be read. Only the status of the response is known.
pub fn unreadable_head(metrics: &Metrics, status: StatusCode, id: &RequestId) {
    metrics.request(status, Duration::ZERO, None);
    tracing::info!(target: "dermagraph::request", request_id = %id, status = status.as_u16(), bytes = 0);
}
