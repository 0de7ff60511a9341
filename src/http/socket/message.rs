//! Reads and writes the messages of `graphql-transport-ws`.

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, value::RawValue};

use crate::{
    access::{Account, Reservation},
    http::{graphql::parameters, request::json_size, response::HttpRefusal},
    schema::{GraphqlRequest, JsonMembers},
};

/// Longest id of an operation, in bytes.
const MAX_ID: usize = 128;

/// Longest payload of a ping, in bytes. The limit bounds what the service sends back in a pong.
const MAX_PING: usize = 1024;

/// The credentials in `connection_init`, in the format of the header `Authorization`; `None` if there are none.
pub type Authorization = Result<Option<String>, Malformed>;

/// The error that the credentials are not a string, or that there are several.
#[derive(Debug)]
pub struct Malformed;

/// A message of a client.
#[derive(Debug)]
pub enum ClientMessage {
    /// `connection_init`: requests admission, with or without credentials.
    Init { authorization: Authorization },
    /// `ping`: requests a `pong` with the same payload.
    Ping { payload: Option<Box<RawValue>> },
    /// `pong`: the reply to a ping.
    Pong,
    /// `subscribe`: starts an operation. The request is `None` if the payload was not parsed.
    Subscribe { id: String, request: Option<ParsedRequest> },
    /// `complete`: ends an operation.
    Complete { id: String },
}

#[derive(Deserialize)]
struct Envelope<'t> {
    r#type: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'t RawValue>,
}

/// A message, or the reason why it violates the protocol.
pub type ReadMessage = Result<ClientMessage, &'static str>;

/// The request of an operation, or the reason why the payload is not one.
pub type ParsedRequest = Result<Box<GraphqlRequest>, &'static str>;

/// Reads a message, and the request in it if `with_request` is true. Returns the message, and the memory that is reserved
/// for its text and parsed values. No memory is reserved for a small message, or if `with_request` is false.
///
/// # Errors
/// Returns a refusal if the client has no memory left.
pub fn parse(text: &str, account: &Account, with_request: bool) -> Result<(ReadMessage, Option<Reservation>), HttpRefusal> {
    let values = match values(text) {
        Ok(values) => values,
        Err(reason) => return Ok((Err(reason), None)),
    };
    let mut reservation = None;
    if with_request {
        account.adjust(&mut reservation, (text.len() + values) as u64).map_err(|_| HttpRefusal::out_of_memory())?;
    }
    Ok((read(text, with_request), reservation))
}

/// Reads a message without the request in it. This needs no reservation.
pub fn parse_without_request(text: &str) -> ReadMessage {
    values(text).and_then(|_| read(text, false))
}

/// Returns an estimate of the memory for the parsed JSON values of a message, in bytes.
fn values(text: &str) -> Result<usize, &'static str> {
    json_size::check(text.as_bytes()).map_err(|_| "A message can have at most 20000 JSON values")
}

fn read(text: &str, with_request: bool) -> ReadMessage {
    let envelope: Envelope<'_> = object(text).ok_or("A message must be a JSON object with a string \"type\"")?;
    let payload = envelope.payload;
    if payload.as_ref().is_some_and(|payload| !payload.get().starts_with('{')) {
        return Err("\"payload\" is not an object");
    }
    match envelope.r#type.as_str() {
        "connection_init" => {
            Ok(ClientMessage::Init { authorization: payload.map_or(Ok(None), |payload| authorization(payload.get())) })
        }
        "ping" if payload.is_some_and(|payload| payload.get().len() > MAX_PING) => {
            Err("The payload of a ping can have at most 1024 bytes")
        }
        "ping" => Ok(ClientMessage::Ping { payload: payload.map(ToOwned::to_owned) }),
        "pong" => Ok(ClientMessage::Pong),
        "subscribe" => {
            let id = id(envelope.id)?;
            let payload = payload.ok_or("\"subscribe\" needs a payload")?;
            Ok(ClientMessage::Subscribe { id, request: with_request.then(|| request(payload)) })
        }
        "complete" => Ok(ClientMessage::Complete { id: id(envelope.id)? }),
        _ => Err("There is no message of this type"),
    }
}

/// Reads a structure from a JSON object. Serde would also read it from an array, which the protocol does not allow.
fn object<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

fn id(id: Option<String>) -> Result<String, &'static str> {
    id.filter(|id| (1..=MAX_ID).contains(&id.len())).ok_or("The id of an operation must be a string of 1 to 128 bytes")
}

/// Reads the credentials. Clients write the key as `authorization` or `Authorization`. Null counts as missing.
fn authorization(payload: &str) -> Authorization {
    let JsonMembers(pairs) = object(payload).ok_or(Malformed)?;
    let mut found = pairs.into_iter().filter(|(key, value)| key.eq_ignore_ascii_case("authorization") && !value.is_null());
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((_, Json::String(text))), None) => Ok(Some(text)),
        _ => Err(Malformed),
    }
}

/// Reads the GraphQL request in the payload of `subscribe`, which has the same parameters as over HTTP.
fn request(payload: &RawValue) -> ParsedRequest {
    let reason = "The payload of \"subscribe\" must be a GraphQL request: a string \"query\", \
                  objects \"variables\" and \"extensions\"";
    let payload: Json = object(payload.get()).ok_or(reason)?;
    parameters::from_json(payload).map(Box::new).map_err(|_| reason)
}

/// The message that admits the client.
pub const ACK: &str = r#"{"type":"connection_ack"}"#;

/// Returns the reply to a ping.
pub fn pong(payload: Option<&RawValue>) -> String {
    match payload {
        None => r#"{"type":"pong"}"#.to_owned(),
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
    }
}

/// Returns the parts of a message with a result. `body` is the result as JSON.
pub fn next(id: &str, body: Bytes) -> [Bytes; 3] {
    [format!(r#"{{"id":{},"type":"next","payload":"#, text_of(id)).into(), body, Bytes::from_static(b"}")]
}

/// Returns the message that an operation is refused, with its errors. It is the last message of the operation.
pub fn error(id: &str, errors: &(impl Serialize + ?Sized)) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{}}}"#, text_of(id), text_of(errors))
}

/// Returns the message that an operation has ended.
pub fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, text_of(id))
}

fn text_of(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
