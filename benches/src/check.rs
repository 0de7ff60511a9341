//! Compares the responses of all contenders before anything is measured.

use std::net::SocketAddr;

use serde_json::Value as Json;

use crate::{
    Failure,
    client::{self, Ask},
    contender::Contender,
    question::Question,
};

/// A response to a query.
pub struct Answer {
    /// The body.
    pub bytes: Vec<u8>,
    json: Json,
}

impl Answer {
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
pub fn expected(address: SocketAddr, question: &Question) -> Result<Answer, Failure> {
    let answer = asked(address, &Contender::Dermagraph.ask(question, None))?;
    let data = &answer.json["data"];
    let found = ["procedures", "procedure"].iter().any(|root| data[root].is_object());
    if answer.json.get("errors").is_some() || !found {
        let text = String::from_utf8_lossy(&answer.bytes[..answer.bytes.len().min(500)]).into_owned();
        return Err(format!("the service does not respond to {}: {text}", question.name()));
    }
    Ok(answer)
}

/// Compares the response of a contender with that of the service, and returns its length in bytes.
///
/// # Errors
/// When the contender does not respond, or its response differs; the message names the first difference.
pub fn same(contender: Contender, address: SocketAddr, question: &Question, expected: &Answer) -> Result<usize, Failure> {
    let answer = asked(address, &contender.ask(question, None))?;
    if answer.bytes == expected.bytes {
        return Ok(answer.bytes.len());
    }
    match difference(&expected.json, &answer.json, "") {
        None => Ok(answer.bytes.len()),
        Some(place) => Err(format!("the response of {} to {} differs: {place}", contender.name(), question.name())),
    }
}

fn asked(address: SocketAddr, ask: &Ask) -> Result<Answer, Failure> {
    let bytes = client::ask(address, ask)?.body;
    let json = serde_json::from_slice(&bytes)
        .map_err(|failure| format!("{}: {failure}: {}", ask.path, String::from_utf8_lossy(&bytes)))?;
    Ok(Answer { bytes, json })
}

/// Returns the first position where two values differ, in a value or in the order of keys; `None` if they are equal.
fn difference(a: &Json, b: &Json, at: &str) -> Option<String> {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).find_map(|((key, a), b)| difference(a, b, &format!("{at}.{key}")))
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            (0..).zip(a.iter().zip(b)).find_map(|(place, (a, b))| difference(a, b, &format!("{at}[{place}]")))
        }
        _ if a == b => None,
        _ => {
            let shown = |value: &Json| value.to_string().chars().take(200).collect::<String>();
            Some(format!("at {at}: {} instead of {}", shown(b), shown(a)))
        }
    }
}
