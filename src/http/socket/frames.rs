//! The receiving half of a socket.

use std::time::Duration;

use actix_web::web::Payload;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use super::{
    decoder::{Decoder, Frame},
    goodbye::{End, Goodbye},
};
use crate::access::{Account, Reservation};

/// How long a whole message may take, as long as the body of a request: pongs between its frames do not keep what came of it in memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// The receiving half of a socket.
pub struct Frames {
    payload: Payload,
    decoder: Decoder,
    /// When the message that is being read has to be complete; `None` between two messages.
    deadline: Option<Instant>,
    account: Account,
    /// What is held for a message that is not complete, and for one that is until the next is waited for; `None` for a short one.
    held: Option<Reservation>,
}

impl Frames {
    /// The receiving half over what follows a handshake. The bytes of long messages are held for an account as they come.
    pub fn new(payload: Payload, account: Account) -> Self {
        Self { payload, decoder: Decoder::default(), deadline: None, account, held: None }
    }

    /// Has another account hold messages from now on.
    pub fn charge_to(&mut self, account: Account) {
        (self.account, self.held) = (account, None);
    }

    /// Waits for what comes next. Nothing is lost when the waiting is given up.
    pub async fn next(&mut self) -> Result<Frame, End> {
        // A client that sends many small frames at once does not keep the thread from others.
        tokio::task::coop::consume_budget().await;
        loop {
            match self.decoder.next()? {
                Some(Frame::Close(code)) => return Err(Goodbye::same(code).into()),
                Some(frame) => {
                    if matches!(frame, Frame::Text(_)) {
                        self.deadline = None;
                    }
                    return Ok(frame);
                }
                None if self.decoder.is_amid() => _ = self.deadline.get_or_insert_with(|| Instant::now() + PATIENCE),
                None => self.deadline = None,
            }
            let bytes = self.decoder.bytes() as u64;
            self.account.adjust(&mut self.held, bytes).map_err(|_| Goodbye::TRY_AGAIN)?;
            let more = self.payload.next();
            let more = match self.deadline {
                Some(deadline) => timeout_at(deadline, more).await.map_err(|_| Goodbye::TOO_SLOW)?,
                None => more.await,
            };
            let bytes = more.ok_or(End::Gone)?.map_err(|_| End::Gone)?;
            self.decoder.push(&bytes);
        }
    }
}
