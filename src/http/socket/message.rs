//! Messages of `graphql-transport-ws`, read and written.

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, value::RawValue};

use crate::{
    http::{graphql::read_request, json},
    schema::{GraphqlRequest, JsonMembers},
};

/// Longest id of an operation, in bytes.
const MAX_ID: usize = 128;

/// Longest payload of a ping, in bytes: it is sent back, so a client could have as much sent to it as it sends.
const MAX_PING: usize = 1024;

/// What a client shows to be let in.
#[derive(Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing.
    None,
    /// A credential, as in the header.
    Given(String),
    /// Something that is no credential: not a text, or several.
    Unreadable,
}

/// What a client may say.
#[derive(Debug)]
pub enum Incoming<'t> {
    /// Asks to be let in, perhaps with what proves who it is.
    Init { authorization: Authorization },
    /// Asks whether anybody is there. The payload, as JSON, is to be sent back.
    Ping { payload: Option<&'t RawValue> },
    /// Answers a ping.
    Pong,
    /// Asks for an operation, which [`request`] reads.
    Subscribe { id: String, payload: &'t RawValue },
    /// Wants no more of an operation.
    Complete { id: String },
}

#[derive(Deserialize)]
struct Envelope<'t> {
    r#type: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'t RawValue>,
}

/// Reads a message.
///
/// # Errors
/// With what is wrong when it is none of the protocol's.
pub fn read(text: &str) -> Result<Incoming<'_>, &'static str> {
    json::measure(text.as_bytes()).map_err(|_| "A message has at most 20000 JSON values")?;
    let envelope: Envelope<'_> = object(text).ok_or("A message is a JSON object with a text \"type\"")?;
    let payload = envelope.payload;
    if payload.as_ref().is_some_and(|payload| !payload.get().starts_with('{')) {
        return Err("\"payload\" is not an object");
    }
    match envelope.r#type.as_str() {
        "connection_init" => {
            Ok(Incoming::Init { authorization: payload.map_or(Authorization::None, |payload| authorization(payload.get())) })
        }
        "ping" if payload.is_some_and(|payload| payload.get().len() > MAX_PING) => {
            Err("The payload of a ping has at most 1024 bytes")
        }
        "ping" => Ok(Incoming::Ping { payload }),
        "pong" => Ok(Incoming::Pong),
        "subscribe" => {
            let id = id(envelope.id)?;
            let payload = payload.ok_or("\"subscribe\" needs a payload")?;
            Ok(Incoming::Subscribe { id, payload })
        }
        "complete" => Ok(Incoming::Complete { id: id(envelope.id)? }),
        _ => Err("There is no message of this type"),
    }
}

/// serde reads structures from arrays too; in this protocol they are objects.
fn object<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

fn id(id: Option<String>) -> Result<String, &'static str> {
    id.filter(|id| (1..=MAX_ID).contains(&id.len())).ok_or("The id of an operation is a text of 1 to 128 bytes")
}

/// Clients write the key as they do in the header, or in small letters. Null is as good as none.
fn authorization(payload: &str) -> Authorization {
    let Some(JsonMembers(pairs)) = object(payload) else { return Authorization::Unreadable };
    let mut found = pairs.into_iter().filter(|(key, value)| key.eq_ignore_ascii_case("authorization") && !value.is_null());
    match (found.next(), found.next()) {
        (None, _) => Authorization::None,
        (Some((_, Json::String(text))), None) => Authorization::Given(text),
        _ => Authorization::Unreadable,
    }
}

/// Reads the request of an operation, as it is over HTTP.
///
/// # Errors
/// With what is wrong when it is none.
pub fn request(payload: &RawValue) -> Result<GraphqlRequest, &'static str> {
    let wrong = "The payload of \"subscribe\" is no GraphQL request: \"query\" is a text, \"variables\" and \"extensions\" are objects";
    let payload: Json = object(payload.get()).ok_or(wrong)?;
    read_request(payload).map_err(|_| wrong)
}

/// Lets the client in.
pub const ACK: &str = r#"{"type":"connection_ack"}"#;

/// Answers a ping.
pub fn pong(payload: Option<&RawValue>) -> String {
    match payload {
        None => r#"{"type":"pong"}"#.to_owned(),
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
    }
}

/// An answer, whose body is JSON already, in parts.
pub fn next(id: &str, body: Bytes) -> [Bytes; 3] {
    [format!(r#"{{"id":{},"type":"next","payload":"#, text_of(id)).into(), body, Bytes::from_static(b"}")]
}

/// An operation that is not run, with the list of errors.
pub fn error(id: &str, errors: &(impl Serialize + ?Sized)) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{}}}"#, text_of(id), text_of(errors))
}

/// There is no more of an operation.
pub fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, text_of(id))
}

fn text_of(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
