//! How a connection without TLS tells that it speaks HTTP/2: by the bytes that it begins with (RFC 9113, 3.3 and 3.4).

use tokio::io::AsyncReadExt as _;
use tokio_util::sync::CancellationToken;

use super::stream::TimedStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1, or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// Reads as much as is needed to know the protocol, and puts it back. `None` when the connection ends before, or the service stops.
pub async fn protocol(stream: &mut TimedStream, stopping: &CancellationToken) -> Option<Protocol> {
    let mut bytes = Vec::with_capacity(PREFACE.len());
    while bytes.len() < PREFACE.len() && PREFACE.starts_with(&bytes) {
        let more = (PREFACE.len() - bytes.len()) as u64;
        let mut limited = (&mut *stream).take(more);
        let read = tokio::select! {
            read = limited.read_buf(&mut bytes) => read.ok()?,
            () = stopping.cancelled() => 0,
        };
        if read == 0 {
            return None;
        }
    }
    let protocol = if bytes == PREFACE { Protocol::Http2 } else { Protocol::Http1 };
    stream.put_back(bytes);
    Some(protocol)
}
