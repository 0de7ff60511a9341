//! GraphQL over server-sent events, one operation a connection.
//!
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, "distinct connections mode". By that an operation that is
//! refused is told as an event too: a browser shows nothing of a response that is no stream.

use std::time::Duration;

use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::{
    Stream, StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::{
    permits::{NoPermit, Permit},
    socket::full,
};
use crate::{
    access::Client,
    schema::{Answers, Refusal},
};

/// How often something is sent when there is nothing to say, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// What is sent then: a comment, which clients skip.
const COMMENT: &str = ":\n\n";

/// The last event.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// An operation that has begun, or why it has not.
pub type Prepared = Result<Answers, Refusal>;

/// The response to an operation whose answers are wanted as events. It ends when the operation does, when the service stops, or
/// when the client leaves.
#[must_use]
pub fn respond(prepared: Prepared, permit: Result<Permit<Client>, NoPermit>, shutdown: CancellationToken) -> HttpResponse {
    let Ok(permit) = permit else { return full().response() };
    let results = prepared.unwrap_or_else(|refusal| stream::once(ready(Err(refusal))).boxed());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept"))
        // A compressing layer holds back what it is given until there is more of it.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(results, Some(permit), shutdown).map(|text| Ok::<_, actix_web::Error>(Bytes::from(text))))
}

/// The text of the stream, piece by piece.
fn events(results: Answers, permit: Option<Permit<Client>>, shutdown: CancellationToken) -> impl Stream<Item = String> {
    let texts = results.map(|result| match result {
        Ok(answer) => next(&answer.response.body),
        Err(refusal) => next(&refusal.body()),
    });
    let texts = texts.chain(stream::once(ready(COMPLETE.to_owned()))).boxed();
    let quiet = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    stream::unfold((texts, quiet, permit, shutdown), |(mut texts, mut quiet, permit, shutdown)| async move {
        let text = piece(&mut texts, &mut quiet, &shutdown).await?;
        Some((text, (texts, quiet, permit, shutdown)))
    })
}

async fn piece(
    texts: &mut BoxStream<'static, String>,
    quiet: &mut Interval,
    shutdown: &CancellationToken,
) -> Option<String> {
    let text = tokio::select! {
        text = texts.next() => text,
        _ = quiet.tick() => return Some(COMMENT.to_owned()),
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
