//! What is sent through a socket, no faster than it is taken.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::{BufMut as _, Bytes, BytesMut},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::goodbye::{SocketEnd, CloseReason};
use crate::http::{
    connection::{ConnectionLimits, Pace},
    slices::pieces,
};

/// Pieces that wait to be taken by the connection before nothing is added. Each is at most as long as a slice.
const WAITING: usize = 4;

/// How long a close frame may take to be taken; a client that takes nothing will not take that either.
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
}

/// The body of the handshake's response: what is sent through the socket, piece by piece.
pub struct Pieces(mpsc::Receiver<Bytes>);

impl Outgoing {
    /// The sending half, and the body that carries it. While the client takes a message it may be `send_timeout` behind the pace of all
    /// responses.
    pub fn new(send_timeout: Duration, shutdown: CancellationToken) -> (Self, Pieces) {
        let (pieces, receiver) = mpsc::channel(WAITING);
        (Self { pieces, send_timeout, shutdown }, Pieces(receiver))
    }

    /// Sends a message that is given in parts.
    pub async fn text(&mut self, parts: impl Into<Vec<Bytes>>) -> Result<(), SocketEnd> {
        self.send(TEXT, parts.into()).await
    }

    /// Asks whether anybody is there.
    pub async fn ping(&mut self) -> Result<(), SocketEnd> {
        self.send(PING, Vec::new()).await
    }

    /// Answers the same question.
    pub async fn pong(&mut self, payload: Bytes) -> Result<(), SocketEnd> {
        self.send(PONG, vec![payload]).await
    }

    /// Says goodbye.
    pub async fn close(self, goodbye: CloseReason) {
        let payload = [&goodbye.code.to_be_bytes(), goodbye.reason.as_bytes()].concat();
        // Nobody is left to be told that this failed.
        _ = timeout(CLOSE_TIMEOUT, self.pieces.send(framed(CLOSE, &payload))).await;
    }

    /// Sends a frame.
    async fn send(&mut self, first: u8, parts: Vec<Bytes>) -> Result<(), SocketEnd> {
        let header = header(first, parts.iter().map(Bytes::len).sum()).freeze();
        let mut pace = Pace::new(ConnectionLimits::MIN_RATE, self.send_timeout);
        for piece in pieces(std::iter::once(header).chain(parts)) {
            let bytes = piece.len();
            let given = pace.until(self.pieces.send(piece));
            match self.shutdown.run_until_cancelled(given).await {
                Some(Ok(Ok(()))) => pace.take(bytes),
                // The client has left, or takes nothing or too little, or the service stops.
                _ => return Err(SocketEnd::Gone),
            }
        }
        Ok(())
    }
}

/// The header of a frame of the service, which is not masked (RFC 6455, section 5.2).
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
    use super::*;

    #[test]
    fn a_header_has_the_shortest_length() {
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
    async fn a_message_that_is_taken_too_slowly_ends_though_each_slice_is_taken_in_time() {
        let patience = Duration::from_secs(30);
        let (mut outgoing, mut pieces) = Outgoing::new(patience, CancellationToken::new());
        let taken = async {
            while pieces.0.recv().await.is_some() {
                tokio::time::sleep(Duration::from_secs(29)).await;
            }
        };
        let sent = outgoing.text([vec![b'x'; 1 << 20].into()]);
        tokio::select! {
            sent = sent => assert!(sent.is_err()),
            () = taken => panic!("all was taken"),
        }
        let started = tokio::time::Instant::now();
        let mut outgoing = Outgoing::new(patience, CancellationToken::new());
        let taken = async {
            while outgoing.1.0.recv().await.is_some() {
                tokio::time::sleep(Duration::from_secs(7)).await;
            }
        };
        tokio::select! {
            sent = outgoing.0.text([vec![b'x'; 1 << 20].into()]) => assert!(sent.is_ok()),
            () = taken => {}
        }
        assert!(started.elapsed() > patience, "a client that keeps the pace may take longer");
    }
}
