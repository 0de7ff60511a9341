//! Frames of a client, put together to messages.

use std::io;

use actix_web::web::Bytes;
use actix_ws::{Item, Message, MessageStream, ProtocolError};

use super::{
    MAX_MESSAGE,
    goodbye::{End, Goodbye},
};

/// The receiving half of a socket.
pub struct Frames {
    stream: MessageStream,
    /// The message whose last piece has not come. It is one text, however many pieces it comes in.
    pieces: Vec<u8>,
}

/// What came.
pub enum Frame {
    /// A message.
    Text(String),
    /// The client asks whether anybody is there.
    Ping(Bytes),
    /// It answers the same question.
    Pong,
}

impl Frames {
    /// The receiving half over a stream.
    pub fn new(stream: MessageStream) -> Self {
        Self { stream: stream.max_frame_size(MAX_MESSAGE), pieces: Vec::new() }
    }

    /// Waits for what comes next. Nothing is lost when the waiting is given up.
    pub async fn next(&mut self) -> Result<Frame, End> {
        loop {
            let message = self.stream.recv().await.ok_or(End::Gone)?;
            match message.map_err(|failure| of_failure(&failure))? {
                Message::Text(text) => return Ok(Frame::Text(text.into())),
                Message::Continuation(Item::FirstText(piece) | Item::Continue(piece)) => self.add(&piece)?,
                Message::Continuation(Item::Last(piece)) => {
                    self.add(&piece)?;
                    let text = String::from_utf8(std::mem::take(&mut self.pieces));
                    return text.map(Frame::Text).map_err(|_| Goodbye::NOT_TEXT.into());
                }
                Message::Binary(_) | Message::Continuation(Item::FirstBinary(_)) => return Err(Goodbye::BINARY.into()),
                Message::Ping(payload) => return Ok(Frame::Ping(payload)),
                Message::Pong(_) => return Ok(Frame::Pong),
                Message::Close(reason) => return Err(Goodbye::same(reason.map(|reason| reason.code.into())).into()),
                Message::Nop => {}
            }
        }
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), End> {
        if self.pieces.len() + piece.len() > MAX_MESSAGE {
            return Err(Goodbye::TOO_BIG.into());
        }
        self.pieces.extend_from_slice(piece);
        Ok(())
    }
}

/// What to say about frames that could not be read.
fn of_failure(failure: &ProtocolError) -> End {
    match failure {
        ProtocolError::Overflow => Goodbye::TOO_BIG.into(),
        ProtocolError::Io(failure) if failure.kind() == io::ErrorKind::InvalidData => Goodbye::NOT_TEXT.into(),
        ProtocolError::Io(_) => End::Gone,
        _ => Goodbye::BROKEN.into(),
    }
}
