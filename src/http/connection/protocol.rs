//! How a connection without TLS tells that it speaks HTTP/2: by the bytes that it begins with (RFC 9113, 3.3 and 3.4).

use tokio_util::sync::CancellationToken;

use super::stream::TimedStream;

/// The bytes that HTTP/2 begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1, or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// Waits for as many bytes as are needed to know the protocol. `None` when the connection ends before, or the service stops.
pub async fn protocol(stream: &mut TimedStream, stopping: &CancellationToken) -> Option<Protocol> {
    loop {
        let came = tokio::select! {
            came = stream.peek(PREFACE.len()) => came.ok()?,
            () = stopping.cancelled() => return None,
        };
        if !PREFACE.starts_with(came) {
            return Some(Protocol::Http1);
        }
        if came.len() == PREFACE.len() {
            return Some(Protocol::Http2);
        }
    }
}
