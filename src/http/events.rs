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
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::{permits::Permit, slices::Slices};
use crate::{
    access::{Client, Held},
    schema::{Answers, Refusal},
};

/// How often something is sent when there is nothing to say, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// What is sent then: a comment, which clients skip.
const COMMENT: &str = ":\n\n";

/// The last event.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// What is sent at once.
struct Event {
    text: String,
    /// What is held for the client until it has taken the text.
    held: Option<Arc<Held>>,
}

impl From<String> for Event {
    fn from(text: String) -> Self {
        Self { text, held: None }
    }
}

/// An operation that has begun, or why it has not.
pub type Prepared = Result<Answers, Refusal>;

/// The response to an operation whose answers are wanted as events. It ends when the operation does, when the service stops, or
/// when the client leaves.
#[must_use]
pub fn respond(prepared: Prepared, permit: Permit<Client>, shutdown: CancellationToken) -> HttpResponse {
    let results = prepared.unwrap_or_else(|refusal| stream::once(ready(Err(refusal))).boxed());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept"))
        // A compressing layer holds back what it is given until there is more of it.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(slices(events(results, Some(permit), shutdown)).map(Ok::<_, actix_web::Error>))
}

/// The bytes of events, in slices.
fn slices(events: impl Stream<Item = Event>) -> impl Stream<Item = Bytes> {
    events.flat_map(|Event { text, held }| stream::iter(Slices::new(text.into(), held.into_iter().collect())))
}

/// The stream, event by event.
fn events(results: Answers, permit: Option<Permit<Client>>, shutdown: CancellationToken) -> impl Stream<Item = Event> {
    let texts = results.map(|result| match result {
        Ok(answer) => Event { text: next(&answer.response.body), held: answer.held },
        Err(refusal) => next(&refusal.body()).into(),
    });
    let texts = texts.chain(stream::once(ready(COMPLETE.to_owned().into()))).boxed();
    let quiet = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    stream::unfold((texts, quiet, permit, shutdown), |(mut texts, mut quiet, permit, shutdown)| async move {
        let text = piece(&mut texts, &mut quiet, &shutdown).await?;
        Some((text, (texts, quiet, permit, shutdown)))
    })
}

async fn piece(texts: &mut BoxStream<'static, Event>, quiet: &mut Interval, shutdown: &CancellationToken) -> Option<Event> {
    let text = tokio::select! {
        text = texts.next() => text,
        _ = quiet.tick() => return Some(COMMENT.to_owned().into()),
        () = shutdown.cancelled() => None,
    };
    quiet.reset();
    text
}

/// An answer as an event. JSON as we write it has no line breaks; what had some would need a `data` for each line.
fn next(body: &str) -> String {
    let mut text = String::with_capacity(body.len() + 32);
    text.push_str("event: next\n");
    for line in body.split(['\n', '\r']) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
