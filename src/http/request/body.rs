//! Reading the body of a request: JSON, bounded in length and in time, compressed or not.

use std::{rc::Rc, time::Duration};

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Payload,
};
use futures_util::StreamExt as _;

use crate::{
    access::{Account, BudgetExceeded, Reservation},
    http::{
        MAX_BODY,
        connection::Activity,
        gate::ReadCharge,
        response::{
            AnyRefusal, HttpRefusal, REQUEST_TIMEOUT,
            content_coding::{Coding, DecodeError, REQUEST_CODINGS},
        },
        socket,
    },
    schema::{Service, Work},
};

/// Time for a whole body: enough for a mebibyte at 0.84 Mbit/s. A client that sends single bytes cannot occupy a
/// connection for longer than that.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const MEDIA_TYPE: &str = "application/json";

/// A body, the memory that is reserved for it, and the points that were charged for it.
pub struct Body {
    /// The decompressed bytes.
    pub bytes: Vec<u8>,
    /// The reservation for its client; `None` for a short body.
    pub reservation: Option<Reservation>,
    /// The points that were charged.
    pub charge: ReadCharge,
}

/// Reads the whole body of a request and decompresses it. Memory for a long body is reserved as it arrives. Every byte that
/// arrives or is decompressed is charged, even if the body is refused or the connection ends before the body does.
///
/// # Errors
/// Returns a refusal if the body is not JSON in UTF-8 according to its headers, if it is too long or too slow, if it cannot
/// be decompressed, or if the budget of the client or its share of the memory is used up.
pub async fn read(http: &HttpRequest, payload: Payload, service: &Service, account: &Account) -> Result<Body, AnyRefusal> {
    let mut arrived = ReceivedBytes::new(http, account)?;
    let (coding, mut bytes, mut reservation) = collect_in_time(http, payload, &mut arrived).await?;
    arrived.settle();
    if let Some(coding) = coding {
        let compressed = bytes;
        // Even a short body is decompressed in the pool: a few hundred bytes can decompress to a mebibyte.
        let result = service.in_pool(Work::Preparing, account, move || coding.decompress(&compressed, MAX_BODY)).await?;
        bytes = result.map_err(|problem| {
            arrived.charge.settle(account, problem.decompressed(MAX_BODY));
            match problem {
                DecodeError::TooLong => HttpRefusal::payload_too_large(),
                DecodeError::Malformed { .. } => {
                    HttpRefusal::bad_request("The body is not valid in the coding that Content-Encoding names.")
                }
            }
        })?;
    }
    arrived.charge = arrived.charge.raise(account, bytes.len())?;
    account.adjust(&mut reservation, bytes.len() as u64).map_err(|_| HttpRefusal::out_of_memory())?;
    Ok(Body { bytes, reservation, charge: arrived.charge })
}

/// The bytes of a body that have arrived. [`Self::settle`] charges them, at the latest when this is dropped.
struct ReceivedBytes<'a> {
    http: &'a HttpRequest,
    account: &'a Account,
    charge: ReadCharge,
    /// The number of bytes without the framing.
    payload: usize,
}

impl<'a> ReceivedBytes<'a> {
    /// Charges the length that the request declares.
    fn new(http: &'a HttpRequest, account: &'a Account) -> Result<Self, BudgetExceeded> {
        let declared = content_length(http).unwrap_or(0).min(MAX_BODY);
        Ok(Self { http, account, charge: ReadCharge::new(account, declared)?, payload: 0 })
    }

    /// Charges what has arrived, with the framing of chunks. HTTP/2 has a budget for its frames instead.
    fn settle(&mut self) {
        let on_wire = self.http.conn_data::<Rc<Activity>>().map_or(0, |activity| activity.bytes_since_head());
        self.charge.settle(self.account, on_wire.max(self.payload));
    }
}

impl Drop for ReceivedBytes<'_> {
    fn drop(&mut self) {
        self.settle();
    }
}

fn content_length(http: &HttpRequest) -> Option<usize> {
    http.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads the body within [`BODY_TIMEOUT`], without decompressing it. Returns the bytes, the memory that is reserved for
/// them, and their coding; the coding is `None` if they are not compressed.
async fn collect_in_time(
    http: &HttpRequest,
    payload: Payload,
    arrived: &mut ReceivedBytes<'_>,
) -> Result<(Option<Coding>, Vec<u8>, Option<Reservation>), HttpRefusal> {
    check_type(http)?;
    let coding = coding_of(http)?;
    let length = content_length(http);
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(HttpRefusal::payload_too_large());
    }
    let slow = || {
        let message = format!("The body took longer than {} seconds.", BODY_TIMEOUT.as_secs());
        // The connection is closed, so the rest of the body is not read.
        HttpRefusal::new(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT, message).with_header(header::CONNECTION, "close")
    };
    // After a request to upgrade to a WebSocket, Actix delivers all further bytes as a payload without an end. But this
    // request is a POST with a body, so its `Content-Length` determines where the body ends.
    let limit = if socket::is_websocket_upgrade(http.head()) { Some(length.ok_or_else(no_length)?) } else { None };
    let collected = tokio::time::timeout(BODY_TIMEOUT, collect(payload, limit, arrived)).await;
    let (bytes, reservation) = collected.map_err(|_| slow())??;
    Ok((coding, bytes, reservation))
}

/// Collects the payload up to its end, or up to `limit` bytes. Returns it with the memory that is reserved for it.
async fn collect(
    mut payload: Payload,
    limit: Option<usize>,
    arrived: &mut ReceivedBytes<'_>,
) -> Result<(Vec<u8>, Option<Reservation>), HttpRefusal> {
    let (mut bytes, mut reservation) = (Vec::new(), None);
    while limit.is_none_or(|limit| bytes.len() < limit)
        && let Some(chunk) = payload.next().await
    {
        let mut chunk = chunk.map_err(|_| HttpRefusal::bad_request("The body could not be read."))?;
        arrived.payload += chunk.len();
        chunk.truncate(limit.map_or(chunk.len(), |limit| limit - bytes.len()));
        let length = bytes.len() + chunk.len();
        if length > MAX_BODY {
            return Err(HttpRefusal::payload_too_large());
        }
        arrived.account.adjust(&mut reservation, length as u64).map_err(|_| HttpRefusal::out_of_memory())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, reservation))
}

fn no_length() -> HttpRefusal {
    HttpRefusal::bad_request("A request to upgrade to a WebSocket needs a Content-Length if it has a body.")
}

fn check_type(http: &HttpRequest) -> Result<(), HttpRefusal> {
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
    Err(HttpRefusal::unsupported_media_type(header::HeaderName::from_static("accept-post"), MEDIA_TYPE, message))
}

fn coding_of(http: &HttpRequest) -> Result<Option<Coding>, HttpRefusal> {
    let texts: Vec<&str> =
        http.headers().get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")).collect();
    Coding::parse(&texts.join(",")).map_err(|_| {
        let message = "Send the body uncompressed, or compressed once with gzip, deflate, br or zstd.";
        HttpRefusal::unsupported_media_type(header::ACCEPT_ENCODING, REQUEST_CODINGS, message)
    })
}
