//! Compares the responses of all contenders before anything is measured.

use std::net::SocketAddr;

use serde_json::Value as Json;

use crate::{
    Failure,
    client::{self, Request},
    contender::Contender,
    question::Question,
};

/// A response to a query.
pub struct JsonResponse {
    /// The body.
    pub bytes: Vec<u8>,
    json: Json,
}

impl JsonResponse {
    /// Returns the slug of the first procedure; `None` if there is none.
    #[must_use]
    pub fn first_slug(&self) -> Option<String> {
        self.json["data"]["procedures"]["nodes"][0]["slug"].as_str().map(str::to_owned)
    }
}

/// Returns the response of the service, which the rivals' responses must equal.
///
/// # Errors
/// When the service does not respond, or its response has errors or no data.
pub fn expected(address: SocketAddr, question: &Question) -> Result<JsonResponse, Failure> {
    let response = send(address, &Contender::Dermagraph.request(question, None))?;
    let data = &response.json["data"];
    let found = ["procedures", "procedure"].iter().any(|root| data[root].is_object());
    if response.json.get("errors").is_some() || !found {
        let text = String::from_utf8_lossy(&response.bytes[..response.bytes.len().min(500)]).into_owned();
        return Err(format!("the service does not respond to {}: {text}", question.name()));
    }
    Ok(response)
}

/// Compares the response of a contender with that of the service, and returns its length in bytes.
///
/// # Errors
/// When the contender does not respond, or its response differs; the message names the first difference.
pub fn same(
    contender: Contender,
    address: SocketAddr,
    question: &Question,
    expected: &JsonResponse,
) -> Result<usize, Failure> {
    let response = send(address, &contender.request(question, None))?;
    if response.bytes == expected.bytes {
        return Ok(response.bytes.len());
    }
    match difference(&expected.json, &response.json, "") {
        None => Ok(response.bytes.len()),
        Some(position) => Err(format!("the response of {} to {} differs: {position}", contender.name(), question.name())),
    }
}

fn send(address: SocketAddr, request: &Request) -> Result<JsonResponse, Failure> {
    let bytes = client::send(address, request)?.body;
    let json = serde_json::from_slice(&bytes)
        .map_err(|failure| format!("{}: {failure}: {}", request.path, String::from_utf8_lossy(&bytes)))?;
    Ok(JsonResponse { bytes, json })
}

/// Returns the first position where two values differ, in a value or in the order of keys; `None` if they are equal.
fn difference(a: &Json, b: &Json, at: &str) -> Option<String> {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).find_map(|((key, a), b)| difference(a, b, &format!("{at}.{key}")))
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            (0..).zip(a.iter().zip(b)).find_map(|(position, (a, b))| difference(a, b, &format!("{at}[{position}]")))
        }
        _ if a == b => None,
        _ => {
            let shown = |value: &Json| value.to_string().chars().take(200).collect::<String>();
            Some(format!("at {at}: {} instead of {}", shown(b), shown(a)))
        }
    }
}
