//! Bodies of requests: JSON, bounded in length and in time, packed or not.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Payload,
};
use futures_util::StreamExt as _;

use super::{
    MAX_BODY,
    coding::{self, Coding, Unpacking},
    gate::Denied,
    refused::{REQUEST_TIMEOUT, Refused},
    socket,
};
use crate::{
    access::{Account, Reservation},
    schema::{Service, Work},
};

/// How long a whole body may take: a mebibyte takes no longer at 0.8 Mbit/s, and who drips bytes holds a connection no longer.
const PATIENCE: Duration = Duration::from_secs(10);
const MEDIA_TYPE: &str = "application/json";

/// A body, and what is held for its client as long as it is there.
pub struct Body {
    /// Its bytes, decompressed.
    pub bytes: Vec<u8>,
    /// `None` for a short one.
    pub held: Option<Reservation>,
}

/// The whole body of a request, decompressed. The bytes of a long one are held for its client as they come.
///
/// # Errors
/// When it says that it is something else than JSON in UTF-8, is too long or too slow, cannot be decompressed, or the client has too much
/// under way.
pub async fn read(http: &HttpRequest, payload: Payload, service: &Service, account: &Account) -> Result<Body, Denied> {
    let (coding, packed) = collect_within(http, payload, account).await?;
    let Some(coding) = coding else { return Ok(packed) };
    let Body { bytes, mut held } = packed;
    // A few hundred bytes may hold a mebibyte.
    let unpacked = service.in_pool(Work::Preparing, account, move || coding.unpack(&bytes, MAX_BODY)).await?;
    let bytes = unpacked.map_err(|problem| match problem {
        Unpacking::TooLong => Refused::too_large(),
        Unpacking::Broken => Refused::bad("The body is not packed as Content-Encoding says."),
    })?;
    account.adjust(&mut held, bytes.len() as u64).map_err(|_| Refused::busy())?;
    Ok(Body { bytes, held })
}

/// The length of the body that a request declares, in bytes, as far as it is read; 0 when it declares none.
pub fn declared(http: &HttpRequest) -> usize {
    length_of(http).unwrap_or(0).min(MAX_BODY)
}

fn length_of(http: &HttpRequest) -> Option<usize> {
    http.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The whole body of a request as it is sent, and its coding, within a time.
async fn collect_within(http: &HttpRequest, payload: Payload, account: &Account) -> Result<(Option<Coding>, Body), Refused> {
    check_type(http)?;
    let coding = coding_of(http)?;
    let length = length_of(http);
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(Refused::too_large());
    }
    let slow = || {
        let message = format!("The body took longer than {} seconds.", PATIENCE.as_secs());
        // What comes yet is not waited for.
        Refused::new(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT, message).with(header::CONNECTION, "close")
    };
    // What follows a request for a socket is given to us as it comes, without an end: this is a plain request that has a body instead.
    let most = if socket::is_asked_for(http.head()) { Some(length.ok_or_else(endless)?) } else { None };
    let body = tokio::time::timeout(PATIENCE, collect(payload, most, account)).await.map_err(|_| slow())??;
    Ok((coding, body))
}

/// The body up to its end, or up to so many bytes.
async fn collect(mut payload: Payload, most: Option<usize>, account: &Account) -> Result<Body, Refused> {
    let mut body = Body { bytes: Vec::new(), held: None };
    while most.is_none_or(|most| body.bytes.len() < most)
        && let Some(chunk) = payload.next().await
    {
        let mut chunk = chunk.map_err(|_| Refused::bad("The body could not be read."))?;
        chunk.truncate(most.map_or(chunk.len(), |most| most - body.bytes.len()));
        let length = body.bytes.len() + chunk.len();
        if length > MAX_BODY {
            return Err(Refused::too_large());
        }
        account.adjust(&mut body.held, length as u64).map_err(|_| Refused::busy())?;
        body.bytes.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn endless() -> Refused {
    Refused::bad("A request that is to be upgraded to a WebSocket needs a Content-Length when it has a body.")
}

fn check_type(http: &HttpRequest) -> Result<(), Refused> {
    let header = http.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = header.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(MEDIA_TYPE));
    let is_utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let message = match (is_json, is_utf8) {
        (true, true) => return Ok(()),
        (true, false) => "Send the request in UTF-8.",
        _ => "Send the request as JSON, with Content-Type: application/json.",
    };
    Err(Refused::unsupported(header::HeaderName::from_static("accept-post"), MEDIA_TYPE, message))
}

fn coding_of(http: &HttpRequest) -> Result<Option<Coding>, Refused> {
    let texts: Vec<&str> =
        http.headers().get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")).collect();
    Coding::named(&texts.join(",")).map_err(|_| {
        let message = "Send the body as it is, or packed once by gzip, deflate, br or zstd.";
        Refused::unsupported(header::ACCEPT_ENCODING, coding::UNPACKED, message)
    })
}
