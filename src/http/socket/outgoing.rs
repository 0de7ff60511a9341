//! The sending half of a socket. It sends no faster than the client reads.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::{BufMut as _, Bytes, BytesMut},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::close_reason::{CloseReason, SocketEnd};
use crate::http::{
    connection::{ConnectionLimits, Pace},
    response::slices::pieces,
};

/// Maximum pieces in the channel to the connection. Each has at most the length of a slice.
const QUEUED_PIECES: usize = 4;

/// Time that a client has to read the rest of a frame and a close frame, in addition to the time that it needs at the
/// minimum rate. A client that reads nothing would not read the close frame either.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// The sending half of a socket.
pub struct Outgoing {
    pieces: mpsc::Sender<Bytes>,
    send_timeout: Duration,
    shutdown: CancellationToken,
    /// The rest of a frame of which only the beginning was sent.
    rest: VecDeque<Bytes>,
}

/// The body of the response to the handshake. Its pieces are the bytes that the socket sends.
pub struct Pieces(mpsc::Receiver<Bytes>);

impl Outgoing {
    /// Creates the sending half, and the body with the bytes that it sends. A client has `send_timeout` to read a message,
    /// in addition to the time that it needs at [`ConnectionLimits::MIN_RATE`].
    pub fn new(send_timeout: Duration, shutdown: CancellationToken) -> (Self, Pieces) {
        let (pieces, receiver) = mpsc::channel(QUEUED_PIECES);
        (Self { pieces, send_timeout, shutdown, rest: VecDeque::new() }, Pieces(receiver))
    }

    /// Sends a message in parts.
    ///
    /// # Errors
    /// Returns [`SocketEnd::Disconnected`] if the client disconnects or reads too slowly, or if the service stops. The
    /// other methods return the same error.
    pub async fn text(&mut self, parts: impl Into<Vec<Bytes>>) -> Result<(), SocketEnd> {
        self.send(TEXT, parts.into()).await
    }

    /// Sends a ping, to which a connected client has to reply.
    pub async fn ping(&mut self) -> Result<(), SocketEnd> {
        self.send(PING, Vec::new()).await
    }

    /// Replies to a ping of the client.
    pub async fn pong(&mut self, payload: Bytes) -> Result<(), SocketEnd> {
        self.send(PONG, vec![payload]).await
    }

    /// Sends a close frame. If only the beginning of a frame was sent, its rest is sent first, because otherwise the close
    /// frame would be a part of its payload.
    pub async fn close(mut self, reason: CloseReason) {
        let payload = [&reason.code.to_be_bytes(), reason.reason.as_bytes()].concat();
        self.rest.push_back(framed(CLOSE, &payload));
        // The socket ends in any case, so a failure does not matter.
        _ = send_all(&self.pieces, &mut self.rest, CLOSE_TIMEOUT).await;
    }

    /// Sends a frame. `first` is its first byte: flags and opcode.
    async fn send(&mut self, first: u8, parts: Vec<Bytes>) -> Result<(), SocketEnd> {
        let header = header(first, parts.iter().map(Bytes::len).sum()).freeze();
        self.rest = pieces(std::iter::once(header).chain(parts)).into();
        let all = self.rest.len();
        let sent = send_all(&self.pieces, &mut self.rest, self.send_timeout);
        if let Some(Ok(())) = self.shutdown.run_until_cancelled(sent).await {
            return Ok(());
        }
        if self.rest.len() == all {
            self.rest.clear();
        }
        Err(SocketEnd::Disconnected)
    }
}

/// Sends pieces and removes them from the queue. If it fails or its future is dropped, the queue has the pieces that were
/// not sent.
///
/// # Errors
/// Returns [`SocketEnd::Disconnected`] if the client disconnects, or lags behind [`ConnectionLimits::MIN_RATE`] by more than
/// `timeout`.
async fn send_all(sender: &mpsc::Sender<Bytes>, queue: &mut VecDeque<Bytes>, timeout: Duration) -> Result<(), SocketEnd> {
    let mut pace = Pace::new(ConnectionLimits::MIN_RATE, timeout);
    while !queue.is_empty() {
        let Ok(Ok(permit)) = pace.until(sender.reserve()).await else { return Err(SocketEnd::Disconnected) };
        if let Some(piece) = queue.pop_front() {
            pace.advance(piece.len());
            permit.send(piece);
        }
    }
    Ok(())
}

/// Returns the header of a frame. Frames of servers are not masked (RFC 6455, section 5.2).
fn header(first: u8, length: usize) -> BytesMut {
    let mut header = BytesMut::with_capacity(10 + length.min(1024));
    header.put_u8(first);
    match length {
        0..126 => header.put_u8(length.to_le_bytes()[0]),
        126..0x1_0000 => {
            header.put_u8(126);
            header.put_uint(length as u64, 2);
        }
        _ => {
            header.put_u8(127);
            header.put_u64(length as u64);
        }
    }
    header
}

fn framed(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = header(first, payload.len());
    frame.extend_from_slice(payload);
    frame.freeze()
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    /// Starts to send a message of 1 MiB, and stops the service before the message is sent completely.
    async fn partly_sent(message: &[u8]) -> (Outgoing, Pieces) {
        let shutdown = CancellationToken::new();
        let (mut outgoing, pieces) = Outgoing::new(Duration::from_secs(30), shutdown.clone());
        {
            let mut sending = pin!(outgoing.text([Bytes::copy_from_slice(message)]));
            assert!(sending.as_mut().now_or_never().is_none(), "the queue is full");
            shutdown.cancel();
            assert!(sending.await.is_err());
        }
        (outgoing, pieces)
    }

    async fn read_all(mut pieces: Pieces) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.0.recv().await {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    fn going_away() -> Bytes {
        framed(CLOSE, b"\x03\xe9The service is stopping")
    }

    #[test]
    fn the_length_in_a_header_has_the_shortest_form() {
        for (length, header_bytes) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (0xffff, vec![0x81, 126, 0xff, 0xff]),
            (0x1_0000, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            assert_eq!(header(TEXT, length), header_bytes);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_partly_sent_frame_is_finished_before_the_close_frame() {
        let message = vec![b'x'; 1 << 20];
        let (outgoing, pieces) = partly_sent(&message).await;
        let (bytes, ()) = tokio::join!(read_all(pieces), outgoing.close(CloseReason::GOING_AWAY));
        assert!(bytes == [framed(TEXT, &message), going_away()].concat(), "{} bytes", bytes.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_the_rest_of_a_frame_gets_no_close_frame() {
        let message = vec![b'x'; 1 << 20];
        let (outgoing, pieces) = partly_sent(&message).await;
        outgoing.close(CloseReason::GOING_AWAY).await;
        let bytes = read_all(pieces).await;
        assert!(bytes.len() < message.len() && framed(TEXT, &message).starts_with(&bytes), "{} bytes", bytes.len());
    }

    #[tokio::test]
    async fn a_frame_of_which_nothing_was_sent_is_omitted_before_the_close_frame() {
        let shutdown = CancellationToken::new();
        let (mut outgoing, pieces) = Outgoing::new(Duration::from_secs(30), shutdown.clone());
        for _ in 0..QUEUED_PIECES {
            outgoing.ping().await.unwrap();
        }
        shutdown.cancel();
        assert!(outgoing.text([Bytes::from_static(b"x")]).await.is_err());
        let (bytes, ()) = tokio::join!(read_all(pieces), outgoing.close(CloseReason::GOING_AWAY));
        assert_eq!(bytes, [framed(PING, b"").repeat(QUEUED_PIECES), going_away().to_vec()].concat());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_a_message_too_slowly_is_disconnected_even_if_it_reads_each_slice_in_time() {
        let timeout = Duration::from_secs(30);
        let (mut outgoing, mut pieces) = Outgoing::new(timeout, CancellationToken::new());
        let read = async {
            while pieces.0.recv().await.is_some() {
                tokio::time::sleep(Duration::from_secs(29)).await;
            }
        };
        let sent = outgoing.text([vec![b'x'; 1 << 20].into()]);
        tokio::select! {
            sent = sent => assert!(sent.is_err()),
            () = read => panic!("the client has read all"),
        }
        let started = tokio::time::Instant::now();
        let mut outgoing = Outgoing::new(timeout, CancellationToken::new());
        let read = async {
            while outgoing.1.0.recv().await.is_some() {
                tokio::time::sleep(Duration::from_secs(7)).await;
            }
        };
        tokio::select! {
            sent = outgoing.0.text([vec![b'x'; 1 << 20].into()]) => assert!(sent.is_ok()),
            () = read => {}
        }
        assert!(started.elapsed() > timeout, "a client that reads fast enough may need longer in total");
    }
}
