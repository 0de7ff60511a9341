//! The receiving half of a socket.

use std::time::Duration;

use actix_web::web::Payload;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use super::{
    close_reason::{CloseReason, SocketEnd},
    decoder::{Decoder, Frame},
};
use crate::access::{Account, Reservation};

/// Time for a whole message, the same as for the body of a request. Pongs between the frames of a message do not extend it.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// The receiving half of a socket.
pub struct IncomingFrames {
    payload: Payload,
    decoder: Decoder,
    /// When the message that is being read has to be complete; `None` between two messages.
    deadline: Option<Instant>,
    account: Account,
    /// The memory that is reserved for a message, from its beginning until the next message is awaited; `None` for a short one.
    reservation: Option<Reservation>,
}

impl IncomingFrames {
    /// Creates the receiving half from the payload after a handshake. Memory for long messages is reserved for `account`.
    pub fn new(payload: Payload, account: Account) -> Self {
        Self { payload, decoder: Decoder::default(), deadline: None, account, reservation: None }
    }

    /// From now on, reserves memory for this account.
    pub fn reserve_for(&mut self, account: Account) {
        (self.account, self.reservation) = (account, None);
    }

    /// Waits for the next frame. The future is cancel safe: no byte is lost if it is dropped.
    ///
    /// # Errors
    /// Returns the reason to end the socket if the client closes it, disconnects, or breaks the protocol or a limit.
    pub async fn next(&mut self) -> Result<Frame, SocketEnd> {
        // Without this, a client that sends many small frames at once would occupy the thread.
        tokio::task::coop::consume_budget().await;
        loop {
            match self.decoder.next()? {
                Some(Frame::Close(code)) => return Err(CloseReason::echo(code).into()),
                Some(frame) => {
                    if matches!(frame, Frame::Text(_)) {
                        self.deadline = None;
                    }
                    return Ok(frame);
                }
                None if self.decoder.is_incomplete() => {
                    _ = self.deadline.get_or_insert_with(|| Instant::now() + MESSAGE_TIMEOUT);
                }
                None => self.deadline = None,
            }
            let bytes = self.decoder.stored_bytes() as u64;
            self.account.adjust(&mut self.reservation, bytes).map_err(|_| CloseReason::TRY_AGAIN)?;
            let more = self.payload.next();
            let more = match self.deadline {
                Some(deadline) => timeout_at(deadline, more).await.map_err(|_| CloseReason::TOO_SLOW)?,
                None => more.await,
            };
            let bytes = more.ok_or(SocketEnd::Disconnected)?.map_err(|_| SocketEnd::Disconnected)?;
            self.decoder.push(&bytes);
        }
    }
}
