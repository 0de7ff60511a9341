//! Nothing is measured before everyone gives the same answer.

use std::net::SocketAddr;

use serde_json::Value as Json;

use crate::{
    Failure,
    client::{self, Ask},
    contender::Contender,
    question::Question,
};

/// An answer to a question.
pub struct Answer {
    /// Its bytes.
    pub bytes: Vec<u8>,
    json: Json,
}

impl Answer {
    /// The slug of its first procedure; `None` when it has none.
    #[must_use]
    pub fn first_slug(&self) -> Option<String> {
        self.json["data"]["procedures"]["nodes"][0]["slug"].as_str().map(str::to_owned)
    }
}

/// Asks the service, whose answer the others must give.
///
/// # Errors
/// When it does not answer, or answers with errors or nothing.
pub fn expected(address: SocketAddr, question: &Question) -> Result<Answer, Failure> {
    let answer = asked(address, &Contender::Dermagraph.ask(question, None))?;
    let data = &answer.json["data"];
    let found = ["procedures", "procedure"].iter().any(|root| data[root].is_object());
    if answer.json.get("errors").is_some() || !found {
        let text = String::from_utf8_lossy(&answer.bytes[..answer.bytes.len().min(500)]).into_owned();
        return Err(format!("the service does not answer {}: {text}", question.name()));
    }
    Ok(answer)
}

/// Asks a contender, and gives how many bytes it answers.
///
/// # Errors
/// When it does not answer, or differs: with the place where it does.
pub fn same(contender: Contender, address: SocketAddr, question: &Question, expected: &Answer) -> Result<usize, Failure> {
    let answer = asked(address, &contender.ask(question, None))?;
    if answer.bytes == expected.bytes {
        return Ok(answer.bytes.len());
    }
    match difference(&expected.json, &answer.json, "") {
        None => Ok(answer.bytes.len()),
        Some(place) => Err(format!("{} answers {} differently: {place}", contender.name(), question.name())),
    }
}

fn asked(address: SocketAddr, ask: &Ask) -> Result<Answer, Failure> {
    let bytes = client::ask(address, ask)?.body;
    let json = serde_json::from_slice(&bytes)
        .map_err(|failure| format!("{}: {failure}: {}", ask.path, String::from_utf8_lossy(&bytes)))?;
    Ok(Answer { bytes, json })
}

/// The first place where two values differ, keys in the same order included; `None` when they do not.
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
