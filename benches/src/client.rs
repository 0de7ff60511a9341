//! Asks once, to look at the answer.

use std::{net::SocketAddr, time::Duration};

use ureq::http::StatusCode;

use crate::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request, for the client and for the load.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Path and query.
    pub path: String,
    /// JSON to post; `None` for a GET.
    pub body: Option<String>,
    /// Headers beside those that follow from the body.
    pub headers: Vec<(&'static str, String)>,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The entity tag; `None` when there is none.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks a server.
///
/// # Errors
/// When nothing is answered.
pub fn ask(address: SocketAddr, ask: &Ask) -> Result<Reply, Failure> {
    let url = format!("http://{address}{}", ask.path);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build().into();
    let headers = ask.headers.iter();
    let response = match &ask.body {
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
    Ok(Reply { status: response.status(), etag, body: body.map_err(|failure| format!("{url}: {failure}"))? })
}
