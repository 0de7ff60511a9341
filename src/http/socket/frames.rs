//! The receiving half of a socket.

use actix_web::web::Payload;
use futures_util::StreamExt as _;

use super::{
    decoder::{Decoder, Frame},
    goodbye::{End, Goodbye},
};

/// The receiving half of a socket.
pub struct Frames {
    payload: Payload,
    decoder: Decoder,
}

impl Frames {
    /// The receiving half over what follows a handshake.
    pub fn new(payload: Payload) -> Self {
        Self { payload, decoder: Decoder::default() }
    }

    /// Waits for what comes next. Nothing is lost when the waiting is given up.
    pub async fn next(&mut self) -> Result<Frame, End> {
        // A client that sends many small frames at once does not keep the thread from others.
        tokio::task::coop::consume_budget().await;
        loop {
            match self.decoder.next()? {
                Some(Frame::Close(code)) => return Err(Goodbye::same(code).into()),
                Some(frame) => return Ok(frame),
                None => {}
            }
            let bytes = self.payload.next().await.ok_or(End::Gone)?.map_err(|_| End::Gone)?;
            self.decoder.push(&bytes);
        }
    }
}
