//! Sends one request and reads its response.

use std::{net::SocketAddr, time::Duration};

use ureq::http::StatusCode;

use crate::Failure;

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request, for [`send`] and for wrk.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// JSON to post; `None` for a GET.
    pub body: Option<String>,
    /// Headers in addition to those of the body.
    pub headers: Vec<(&'static str, String)>,
}

/// A response.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The entity tag; `None` when there is none.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends a request to a server.
///
/// # Errors
/// When the server does not respond in time.
pub fn send(address: SocketAddr, request: &Request) -> Result<Response, Failure> {
    let url = format!("http://{address}{}", request.path);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build().into();
    let headers = request.headers.iter();
    let response = match &request.body {
        Some(body) => headers
            .fold(agent.post(&url).header("Content-Type", "application/json"), |post, (name, value)| {
                post.header(*name, value)
            })
            .send(body),
        None => headers.fold(agent.get(&url), |get, (name, value)| get.header(*name, value)).call(),
    };
    let mut response = response.map_err(|failure| format!("{url}: {failure}"))?;
    let etag = response.headers().get("ETag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let body = response.body_mut().with_config().limit(64 << 20).read_to_vec();
    Ok(Response { status: response.status(), etag, body: body.map_err(|failure| format!("{url}: {failure}"))? })
}
