//! GraphQL over server-sent events, one operation per connection.
//!
//! Protocol: <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, "distinct connections mode". In that
//! mode, a refusal is sent as an event too, because a browser does not let a page read a response that is not an event
//! stream.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::{
    Stream, StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};
use memchr::memchr2_iter;
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::{gate::Permit, response::slices::pieces};
use crate::{
    access::{Client, Reservation, counted},
    schema::{OperationResponses, Refusal},
};

/// Interval of comments while there are no events, so that proxies do not close the connection as unused.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// A comment, which clients ignore.
const COMMENT: &str = ":\n\n";

/// The last event of a stream.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// An event, or a comment, in parts.
struct Event {
    parts: Vec<Bytes>,
    /// The memory that is reserved for the client until the parts are sent.
    reservation: Option<Arc<Reservation>>,
}

impl From<&'static str> for Event {
    fn from(text: &'static str) -> Self {
        Self { parts: vec![Bytes::from_static(text.as_bytes())], reservation: None }
    }
}

/// The results of an operation, or its refusal.
pub type Prepared = Result<OperationResponses, Refusal>;

/// Builds an event stream with the results of an operation. It ends when the operation ends, when the service stops, or when
/// the client disconnects. The stream of a refusal needs no permit, because it ends immediately. The serving-thread
/// time of the stream counts in the same share as that of the request.
#[must_use]
pub fn respond(prepared: Prepared, permit: Option<Permit<Client>>, shutdown: CancellationToken) -> HttpResponse {
    let results = prepared.unwrap_or_else(|refusal| stream::once(ready(Err(refusal))).boxed());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept"))
        // A proxy or middleware that compresses the stream would delay events until its buffer is full.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(counted(bytes(events(results, permit, shutdown)).map(Ok::<_, actix_web::Error>)))
}

/// Returns the bytes of events. The memory that is reserved for an event is released after its last piece.
fn bytes(events: impl Stream<Item = Event>) -> impl Stream<Item = Bytes> {
    events.flat_map(|Event { parts, reservation }| stream::iter(pieces(parts)).map(move |piece| (&reservation, piece).1))
}

/// Returns the events of a stream: the results, comments while no result arrives, and the last event.
fn events(
    results: OperationResponses,
    permit: Option<Permit<Client>>,
    shutdown: CancellationToken,
) -> impl Stream<Item = Event> {
    let events = results.map(|result| match result {
        Ok(result) => Event { parts: next(result.response.body.as_bytes()), reservation: result.reservation },
        Err(refusal) => Event { parts: next(&refusal.body().into()), reservation: None },
    });
    let events = events.chain(stream::once(ready(COMPLETE.into()))).boxed();
    let keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    stream::unfold((events, keep_alive, permit, shutdown), |(mut events, mut keep_alive, permit, shutdown)| async move {
        let event = next_event(&mut events, &mut keep_alive, &shutdown).await?;
        Some((event, (events, keep_alive, permit, shutdown)))
    })
}

async fn next_event(
    events: &mut BoxStream<'static, Event>,
    keep_alive: &mut Interval,
    shutdown: &CancellationToken,
) -> Option<Event> {
    let event = tokio::select! {
        event = events.next() => event,
        _ = keep_alive.tick() => return Some(COMMENT.into()),
        () = shutdown.cancelled() => None,
    };
    keep_alive.reset();
    event
}

/// Returns the parts of an event with a result, without copying the body. The service writes JSON without line breaks.
/// If a body has line breaks, each line gets a `data` field of its own.
fn next(body: &Bytes) -> Vec<Bytes> {
    let mut parts = vec![Bytes::from_static(b"event: next\n")];
    let mut begin = 0;
    for end in memchr2_iter(b'\n', b'\r', body).chain([body.len()]) {
        // The line before `\r\n` ends at `\r`.
        let ends_line = end == 0 || !body[end - 1..].starts_with(b"\r\n");
        if ends_line {
            parts.extend([Bytes::from_static(b"data: "), body.slice(begin..end), Bytes::from_static(b"\n")]);
        }
        begin = end + 1;
    }
    parts.push(Bytes::from_static(b"\n"));
    parts
}

#[cfg(test)]
mod tests;
