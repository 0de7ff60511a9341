//! Detects HTTP/2 without TLS by the first bytes of a connection (RFC 9113, 3.3 and 3.4).

use tokio_util::sync::CancellationToken;

use super::{http2::PREFACE, stream::TimedStream};

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1, or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// Waits for enough bytes to determine the protocol. Returns `None` if the connection ends before, or if the service stops.
pub async fn detect(stream: &mut TimedStream, stopping: &CancellationToken) -> Option<Protocol> {
    loop {
        let bytes = tokio::select! {
            bytes = stream.peek(PREFACE.len()) => bytes.ok()?,
            () = stopping.cancelled() => return None,
        };
        if !PREFACE.starts_with(bytes) {
            return Some(Protocol::Http1);
        }
        if bytes.len() == PREFACE.len() {
            return Some(Protocol::Http2);
        }
    }
}
