//! HTTP/2 without TLS, for proxies (RFC 9113).
//!
//! The crate `h2` reads and writes the frames. A stream is a future that is polled with its connection and dropped with it.
//! If the client resets a stream or closes the connection, the request ends immediately. A response that the client does
//! not read ends only its stream, because a proxy serves many clients over one connection. So each stream also reserves
//! memory of the client that its request is from: for itself, and for the bytes of its body that have arrived and are not
//! read. When the application has stopped reading a body, the stream drops the rest of it as it arrives.

mod body;
mod frame_parts;
mod header_table;
mod keep_alive;
mod overhead;
mod request;
mod response;
mod stream;

use std::{
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_http::Request;
use actix_service::Service;
use actix_web::{body::MessageBody, dev::ServiceResponse, web::Bytes};
use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use h2::server::{Builder, Connection};
use tokio::sync::Semaphore;

use super::{ConnectionLimits, server::Connections, stream::TimedStream, timing::Activity};
pub use frame_parts::PREFACE;
use keep_alive::{Due, KeepAlive};
pub use overhead::Overhead;
use stream::Stream;

/// Longest decoded head, in bytes: half of the limit of HTTP/1.1. Each field counts 32 bytes in addition to its length (RFC
/// 9113, 6.5.2).
const MAX_HEAD: u32 = 64 * 1024;
/// Maximum fields of a head, as on HTTP/1.1. The parts of a cookie are one field. A field of a few bytes needs hundreds of
/// bytes in the map of Actix, and the pools of Actix store the maps of up to 256 requests for later ones.
const MAX_FIELDS: usize = 96;
/// The flow-control window, in bytes. Most bodies fit into it as a whole; the longest is four times as long.
const WINDOW: u32 = 256 * 1024;
/// Bytes of a response that `h2` buffers.
const SEND_BUFFER: usize = 64 * 1024;
/// Maximum streams that the client may reset before they are accepted. More resets end the connection (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Maximum streams that are remembered after they were reset, for frames that are still in transit. It equals the maximum of
/// open streams, because all of them may be refused before their bodies arrive.
const RESET_STREAMS: usize = 100;
/// How long streams are remembered after they were reset.
const RESET_TIME: Duration = Duration::from_secs(5);
/// Maximum streams that are reset because of errors of the client. More resets end the connection (CVE-2025-8671).
const PROTOCOL_ERRORS: usize = 100;

/// Maximum streams of a connection that wait for their delayed refusal, if there is no proxy. More end the connection,
/// because all of its streams are of one client, which has no memory left for them.
const MAX_REFUSALS: usize = 10;

/// Budget of `h2` for short `DATA` frames that are not received yet. A frame of less than 256 bytes uses the difference to
/// 256. The streams receive the frames after each turn, in which at most 16 KiB are read, so the shortest possible frames
/// do not exceed it.
const SHORT_FRAMES: usize = 512 * 1024;

/// How long one connection may use the serving thread before other connections are served.
const TIME_SLICE: Duration = Duration::from_micros(250);

/// Serves a connection until its client closes it, it is idle for too long, or the service stops.
pub async fn serve<S, B>(
    stream: TimedStream,
    app: &Rc<S>,
    address: SocketAddr,
    activity: &Rc<Activity>,
    limits: &Rc<ConnectionLimits>,
    shared: &Rc<Connections>,
) where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    activity.record_http2(WINDOW);
    let Ok(mut connection) = builder(limits).handshake(stream).await else { return };
    activity.record_http2_handshake();
    let template = Stream {
        app: Rc::clone(app),
        address,
        activity: Rc::clone(activity),
        shared: Rc::clone(shared),
        unreserved: Arc::new(Semaphore::new(1)),
        refusals: Rc::new(Semaphore::new(shared.client_header.as_ref().map_or(MAX_REFUSALS, |_| Semaphore::MAX_PERMITS))),
    };
    let mut streams = FuturesUnordered::new();
    let mut keep_alive = KeepAlive::new(&mut connection, Rc::clone(limits));
    let mut stopping = std::pin::pin!(shared.stopping.cancelled());
    let mut is_closing = false;
    // Whether what has arrived is not processed completely: `h2` may have heads that were not accepted, or trailers that
    // were not received. Their memory is not reserved for a client, so nothing is read meanwhile.
    let mut is_processing = false;
    // Whether the previous turn ended before all was processed.
    let mut is_continued = false;
    poll_fn(|context| {
        if !is_closing && (stopping.as_mut().poll(context).is_ready() || activity.is_header_table_full()) {
            is_closing = true;
            connection.graceful_shutdown();
            keep_alive.close();
        }
        let started = Instant::now();
        loop {
            let is_done = poll_streams(&mut streams, context, started);
            activity.turn.pause_reading(is_processing);
            let before = activity.turn.bytes_read();
            // Polling the connection sends what the streams have written.
            match connection.poll_accept(context) {
                Poll::Ready(Some(Ok((request, respond)))) => {
                    is_processing = true;
                    let stream: LocalBoxFuture<'static, ()> = Box::pin(template.clone().serve(request, respond));
                    streams.push(stream);
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                // The bytes may have woken streams, which the next iteration polls.
                Poll::Pending if activity.turn.bytes_read() > before => is_processing = true,
                Poll::Pending if !is_done => {}
                // Other connections of the network have waited, so they are served before this one reads.
                Poll::Pending if is_continued => {
                    (is_processing, is_continued) = (false, false);
                    activity.turn.end();
                    break;
                }
                // The next iteration reads.
                Poll::Pending if is_processing => is_processing = false,
                Poll::Pending => break,
            }
            if started.elapsed() > TIME_SLICE {
                is_continued = is_processing;
                activity.turn.end_early(is_processing);
                break;
            }
        }
        match keep_alive.poll(context, !streams.is_empty()) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Due::GoAway) => {
                connection.graceful_shutdown();
                keep_alive.close();
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Due::End(end)) => {
                activity.end(end);
                Poll::Ready(())
            }
        }
    })
    .await;
}

/// Returns the settings of connections.
fn builder(limits: &ConnectionLimits) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(MAX_HEAD)
        .header_table_size(0)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_concurrent_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(Some(PROTOCOL_ERRORS))
        .reset_stream_duration(RESET_TIME)
        .data_frame_budget(SHORT_FRAMES);
    builder
}

/// Polls the streams until none of them can make progress, or until the time slice is over. Reports whether none can make
/// progress.
fn poll_streams(
    streams: &mut FuturesUnordered<LocalBoxFuture<'static, ()>>,
    context: &mut Context<'_>,
    started: Instant,
) -> bool {
    while let Poll::Ready(Some(())) = streams.poll_next_unpin(context) {
        if started.elapsed() > TIME_SLICE {
            return false;
        }
    }
    true
}

/// The server side of an HTTP/2 connection.
type Http2Connection = Connection<TimedStream, Bytes>;
