//! HTTP/2 without TLS, for proxies (RFC 9113).
//!
//! The frames are those of the crate `h2`. A stream is a future that is polled with its connection and dropped with it, so whatever
//! the client gives up ends at once. A response that is not taken ends its stream and nothing else, because a proxy serves many clients
//! over one connection.

mod alive;
mod body;
mod request;
mod response;
mod stream;

use std::{
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::Request;
use actix_service::Service;
use actix_web::{body::MessageBody, dev::ServiceResponse, web::Bytes};
use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use h2::server::{Builder, Connection};

use super::{ConnectionLimits, activity::Activity, server::Connections, stream::TimedStream};
use alive::{Alive, Due};
use stream::Stream;

/// Longest head, decoded: half of what HTTP/1.1 may send. Each field counts 32 bytes beside its own (RFC 9113, 6.5.2).
const MAX_HEAD: u32 = 64 * 1024;
/// Bytes of bodies that the client may send ahead: most bodies as a whole, and a quarter of the longest.
const WINDOW: u32 = 256 * 1024;
/// Bytes of a response that `h2` takes in advance.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that the client gave up before they were looked at, before it is told to calm down (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Streams that are remembered after they were reset, for frames that are still on their way, and for how long: as many as are open at
/// once, since all of them may be refused before their bodies come.
const RESET_STREAMS: usize = 100;
const RESET_TIME: Duration = Duration::from_secs(5);
/// Streams that were reset for a mistake of the client, before the connection is (CVE-2025-8671).
const MISTAKES: usize = 100;

/// Serves a connection until its client closes it, it is not used any more, or the service stops.
pub async fn serve<S, B>(
    stream: TimedStream,
    app: &Rc<S>,
    address: SocketAddr,
    activity: &Rc<Activity>,
    limits: &Rc<ConnectionLimits>,
    shared: &Connections,
) where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    activity.speaks_http2(WINDOW);
    let handshake = Builder::new()
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(MAX_HEAD)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_concurrent_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(Some(MISTAKES))
        .reset_stream_duration(RESET_TIME)
        .handshake(stream);
    let Ok(mut connection) = handshake.await else { return };
    activity.is_set_up();
    let template = Stream {
        app: Rc::clone(app),
        address,
        activity: Rc::clone(activity),
        limits: Rc::clone(limits),
        metrics: shared.metrics.clone(),
    };
    let mut streams = FuturesUnordered::new();
    let mut alive = Alive::new(&mut connection, Rc::clone(limits));
    let mut stopping = std::pin::pin!(shared.stopping.cancelled());
    let mut is_stopping = false;
    poll_fn(|context| {
        if !is_stopping && stopping.as_mut().poll(context).is_ready() {
            is_stopping = true;
            connection.graceful_shutdown();
            alive.leave();
        }
        loop {
            // What streams write is sent when the connection is polled after them.
            poll_streams(&mut streams, context);
            match connection.poll_accept(context) {
                Poll::Ready(Some(Ok((request, respond)))) => {
                    let stream: LocalBoxFuture<'static, ()> = Box::pin(template.clone().serve(request, respond));
                    streams.push(stream);
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        match alive.poll(context, !streams.is_empty()) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Due::CloseReason) => {
                connection.graceful_shutdown();
                alive.leave();
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Due::EndReason(end)) => {
                activity.end(end);
                Poll::Ready(())
            }
        }
    })
    .await;
}

/// Polls the streams until none of them can go on.
fn poll_streams(streams: &mut FuturesUnordered<LocalBoxFuture<'static, ()>>, context: &mut Context<'_>) {
    while let Poll::Ready(Some(())) = streams.poll_next_unpin(context) {}
}

/// A connection of ours.
type Wire = Connection<TimedStream, Bytes>;
