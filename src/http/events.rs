//! GraphQL over server-sent events, one operation a connection.
//!
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, "distinct connections mode". By that an operation that is
//! refused is told as an event too: a browser shows nothing of a response that is no stream.

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

use super::{permits::Permit, slices::pieces};
use crate::{
    access::{Client, Reservation},
    schema::{Answers, Refusal},
};

/// How often something is sent when there is nothing to say, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// What is sent then: a comment, which clients skip.
const COMMENT: &str = ":\n\n";

/// The last event.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// What is sent at once, in parts.
struct Event {
    parts: Vec<Bytes>,
    /// What is held for the client until it has taken them.
    held: Option<Arc<Reservation>>,
}

impl From<&'static str> for Event {
    fn from(text: &'static str) -> Self {
        Self { parts: vec![Bytes::from_static(text.as_bytes())], held: None }
    }
}

/// An operation that has begun, or why it has not.
pub type Prepared = Result<Answers, Refusal>;

/// The response to an operation whose answers are wanted as events. It ends when the operation does, when the service stops, or
/// when the client leaves. One that is refused needs no permit: it ends at once.
#[must_use]
pub fn respond(prepared: Prepared, permit: Option<Permit<Client>>, shutdown: CancellationToken) -> HttpResponse {
    let results = prepared.unwrap_or_else(|refusal| stream::once(ready(Err(refusal))).boxed());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept"))
        // A compressing layer holds back what it is given until there is more of it.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(bytes(events(results, permit, shutdown)).map(Ok::<_, actix_web::Error>))
}

/// The bytes of events. What is held for an event is given back after its last piece.
fn bytes(events: impl Stream<Item = Event>) -> impl Stream<Item = Bytes> {
    events.flat_map(|Event { parts, held }| stream::iter(pieces(parts)).map(move |piece| (&held, piece).1))
}

/// The stream, event by event.
fn events(results: Answers, permit: Option<Permit<Client>>, shutdown: CancellationToken) -> impl Stream<Item = Event> {
    let texts = results.map(|result| match result {
        Ok(answer) => Event { parts: next(answer.response.body.as_bytes()), held: answer.held },
        Err(refusal) => Event { parts: next(&refusal.body().into()), held: None },
    });
    let texts = texts.chain(stream::once(ready(COMPLETE.into()))).boxed();
    let quiet = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    stream::unfold((texts, quiet, permit, shutdown), |(mut texts, mut quiet, permit, shutdown)| async move {
        let text = piece(&mut texts, &mut quiet, &shutdown).await?;
        Some((text, (texts, quiet, permit, shutdown)))
    })
}

async fn piece(texts: &mut BoxStream<'static, Event>, quiet: &mut Interval, shutdown: &CancellationToken) -> Option<Event> {
    let text = tokio::select! {
        text = texts.next() => text,
        _ = quiet.tick() => return Some(COMMENT.into()),
        () = shutdown.cancelled() => None,
    };
    quiet.reset();
    text
}

/// An answer as an event, whose body is not copied. JSON as we write it has no line breaks; what had some would need a `data` for each
/// line.
fn next(body: &Bytes) -> Vec<Bytes> {
    let mut parts = vec![Bytes::from_static(b"event: next\n")];
    let mut begin = 0;
    for end in memchr2_iter(b'\n', b'\r', body).chain([body.len()]) {
        parts.extend([Bytes::from_static(b"data: "), body.slice(begin..end), Bytes::from_static(b"\n")]);
        begin = end + 1;
    }
    parts.push(Bytes::from_static(b"\n"));
    parts
}

#[cfg(test)]
mod tests;
