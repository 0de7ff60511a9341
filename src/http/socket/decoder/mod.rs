//! Decodes the frames of a client (RFC 6455, section 5), free of sockets.
//!
//! A frame is refused as soon as its header is there, so nothing is ever held that is not going to be used: at most the bytes of one message, and
//! of what came with it.

use bytes::{Buf as _, Bytes, BytesMut};

use super::{MAX_MESSAGE, goodbye::CloseReason};

/// Most frames of one message. A client that cuts messages into pieces cuts larger ones; frames without a payload would never end.
const MAX_FRAMES: usize = 16 * 1024;

/// Longest payload of a control frame, in bytes (section 5.5).
const MAX_CONTROL: u64 = 125;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message, in however many frames it came.
    Text(String),
    /// Asks for a pong with the same payload.
    Ping(Bytes),
    /// Answers a ping.
    Pong,
    /// The client closes the socket, with a code when it gives one.
    Close(Option<u16>),
}

/// Turns bytes into frames.
#[derive(Default)]
pub struct Decoder {
    /// What came and is not decoded yet.
    input: BytesMut,
    /// The frame whose payload is being read.
    frame: Option<Header>,
    /// Payload of the control frame that is being read.
    control: BytesMut,
    /// Payload of the message that is being read.
    message: Vec<u8>,
    /// Frames of that message so far; 0 between two messages.
    frames: usize,
}

/// The header of a frame, as far as its payload needs it.
#[derive(Clone, Copy)]
struct Header {
    is_last: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes of the payload that are still to come.
    left: usize,
    /// Where the mask stands for the next of them.
    turned: usize,
}

impl Decoder {
    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Whether a frame or a message has begun and is not complete.
    pub fn is_amid(&self) -> bool {
        self.frames > 0 || self.frame.is_some() || !self.input.is_empty()
    }

    /// Bytes that came and are not part of a frame or message that was given out.
    pub fn bytes(&self) -> usize {
        self.input.len() + self.control.len() + self.message.len()
    }

    /// The next frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// How to close the socket when the bytes are not frames of this protocol.
    pub fn next(&mut self) -> Result<Option<Frame>, CloseReason> {
        loop {
            let Some(mut frame) = self.frame.take().map_or_else(|| self.header(), |frame| Ok(Some(frame)))? else {
                return Ok(None);
            };
            let length = frame.left.min(self.input.len());
            let mut payload = self.input.split_to(length);
            for byte in payload.iter_mut() {
                *byte ^= frame.mask[frame.turned % 4];
                frame.turned += 1;
            }
            frame.left -= length;
            if is_control(frame.opcode) {
                self.control.extend_from_slice(&payload);
            } else {
                self.message.extend_from_slice(&payload);
            }
            if frame.left > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(whole) = self.whole(frame)? {
                return Ok(Some(whole));
            }
        }
    }

    /// The header of the next frame; `None` when it is not all there.
    fn header(&mut self) -> Result<Option<Header>, CloseReason> {
        let [first, second, ..] = *self.input else { return Ok(None) };
        let (is_last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        let (is_masked, short) = (second & 0x80 != 0, second & 0x7F);
        let is_known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        let is_expected = is_control(opcode) || (opcode == CONTINUATION) == (self.frames > 0);
        if reserved != 0 || !is_known || !is_masked || !is_expected {
            return Err(CloseReason::BROKEN);
        }
        if is_control(opcode) && (!is_last || u64::from(short) > MAX_CONTROL) {
            return Err(CloseReason::BROKEN);
        }
        if opcode == BINARY {
            return Err(CloseReason::BINARY);
        }
        let Some((length, at)) = length(&self.input, short)? else { return Ok(None) };
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        if !is_control(opcode) {
            if self.message.len().saturating_add(left) > MAX_MESSAGE {
                return Err(CloseReason::TOO_BIG);
            }
            if self.frames == MAX_FRAMES {
                return Err(CloseReason::TOO_MANY_FRAMES);
            }
        }
        let Some(mask) = self.input.get(at..at + 4).and_then(|mask| mask.try_into().ok()) else { return Ok(None) };
        self.input.advance(at + 4);
        self.frames += usize::from(!is_control(opcode));
        Ok(Some(Header { is_last, opcode, mask, left, turned: 0 }))
    }

    /// What a frame whose payload is all there amounts to; `None` when its message goes on.
    fn whole(&mut self, frame: Header) -> Result<Option<Frame>, CloseReason> {
        Ok(Some(match frame.opcode {
            PING => Frame::Ping(self.control.split().freeze()),
            PONG => {
                self.control.clear();
                Frame::Pong
            }
            CLOSE => close(&self.control.split())?,
            _ if !frame.is_last => return Ok(None),
            _ => {
                self.frames = 0;
                let text = String::from_utf8(std::mem::take(&mut self.message));
                Frame::Text(text.map_err(|_| CloseReason::NOT_TEXT)?)
            }
        }))
    }
}

fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

/// The length of a payload, and where it ends in the header; `None` when it is not all there.
fn length(header: &[u8], short: u8) -> Result<Option<(u64, usize)>, CloseReason> {
    let (length, at, least) = match short {
        126 => match header.get(2..4).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => (u64::from(u16::from_be_bytes(bytes)), 4, 126),
            None => return Ok(None),
        },
        127 => match header.get(2..10).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => (u64::from_be_bytes(bytes), 10, 1 << 16),
            None => return Ok(None),
        },
        short => (u64::from(short), 2, 0),
    };
    // The shortest form must be used, and the highest bit must not be set (section 5.2).
    if length < least || length >> 63 != 0 { Err(CloseReason::BROKEN) } else { Ok(Some((length, at))) }
}

/// Reads the payload of a close frame: nothing, or a code and a reason in UTF-8 (section 5.5.1).
fn close(payload: &[u8]) -> Result<Frame, CloseReason> {
    match payload {
        [] => Ok(Frame::Close(None)),
        [_] => Err(CloseReason::BROKEN),
        [high, low, reason @ ..] => match std::str::from_utf8(reason) {
            Ok(_) => Ok(Frame::Close(Some(u16::from_be_bytes([*high, *low])))),
            Err(_) => Err(CloseReason::NOT_TEXT),
        },
    }
}

#[cfg(test)]
mod tests;
