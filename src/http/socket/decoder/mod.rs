//! Decodes WebSocket frames of a client (RFC 6455, section 5), independent of any socket.
//!
//! An invalid frame is refused as soon as its header has arrived. So the decoder stores at most one message, and the bytes
//! that arrived together with it.

use bytes::{Buf as _, Bytes, BytesMut};

use super::{MAX_MESSAGE, close_reason::CloseReason};

/// Maximum frames of one message. Clients that split messages use longer frames. Without this limit, a client could send
/// empty frames without end.
const MAX_FRAMES: usize = 16 * 1024;

/// Longest payload of a control frame, in bytes (section 5.5).
const MAX_CONTROL: u64 = 125;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A whole message or a control frame of a client.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message, joined from its frames.
    Text(String),
    /// A request for a pong with the same payload.
    Ping(Bytes),
    /// The reply to a ping.
    Pong,
    /// The client closes the socket; `None` if it sends no code.
    Close(Option<u16>),
}

/// Decodes bytes into frames.
#[derive(Default)]
pub struct Decoder {
    /// Bytes that have arrived and are not decoded yet.
    input: BytesMut,
    /// The frame whose payload is being read.
    frame: Option<Header>,
    /// Payload of the control frame that is being read.
    control: BytesMut,
    /// Payload of the message that is being read.
    message: Vec<u8>,
    /// The number of frames of that message so far; 0 between two messages.
    frames: usize,
}

/// The parts of a frame header that are needed to read the payload.
#[derive(Clone, Copy)]
struct Header {
    is_last: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes of the payload that have not arrived yet.
    left: usize,
    /// The index in the mask for the next byte, modulo 4.
    mask_index: usize,
}

impl Decoder {
    /// Adds bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Reports whether a frame or a message has begun and is not complete.
    pub fn is_incomplete(&self) -> bool {
        self.frames > 0 || self.frame.is_some() || !self.input.is_empty()
    }

    /// Returns the number of stored bytes: those that have arrived and are not part of a returned frame or message.
    pub fn stored_bytes(&self) -> usize {
        self.input.len() + self.control.len() + self.message.len()
    }

    /// Returns the next frame; `None` if more bytes are needed.
    ///
    /// # Errors
    /// Returns the reason to close the socket if the bytes are not valid frames.
    pub fn next(&mut self) -> Result<Option<Frame>, CloseReason> {
        loop {
            let Some(mut frame) = self.frame.take().map_or_else(|| self.header(), |frame| Ok(Some(frame)))? else {
                return Ok(None);
            };
            let length = frame.left.min(self.input.len());
            let mut payload = self.input.split_to(length);
            for byte in payload.iter_mut() {
                *byte ^= frame.mask[frame.mask_index % 4];
                frame.mask_index += 1;
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
            if let Some(frame) = self.complete(frame)? {
                return Ok(Some(frame));
            }
        }
    }

    /// Returns the header of the next frame; `None` if it has not arrived completely.
    fn header(&mut self) -> Result<Option<Header>, CloseReason> {
        let [first, second, ..] = *self.input else { return Ok(None) };
        let (is_last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        let (is_masked, short) = (second & 0x80 != 0, second & 0x7F);
        let is_known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        let is_expected = is_control(opcode) || (opcode == CONTINUATION) == (self.frames > 0);
        if reserved != 0 || !is_known || !is_masked || !is_expected {
            return Err(CloseReason::INVALID_FRAME);
        }
        if is_control(opcode) && (!is_last || u64::from(short) > MAX_CONTROL) {
            return Err(CloseReason::INVALID_FRAME);
        }
        if opcode == BINARY {
            return Err(CloseReason::BINARY);
        }
        let Some((length, at)) = length(&self.input, short)? else { return Ok(None) };
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        if !is_control(opcode) {
            if self.message.len().saturating_add(left) > MAX_MESSAGE {
                return Err(CloseReason::TOO_LONG);
            }
            if self.frames == MAX_FRAMES {
                return Err(CloseReason::TOO_MANY_FRAMES);
            }
        }
        let Some(mask) = self.input.get(at..at + 4).and_then(|mask| mask.try_into().ok()) else { return Ok(None) };
        self.input.advance(at + 4);
        self.frames += usize::from(!is_control(opcode));
        Ok(Some(Header { is_last, opcode, mask, left, mask_index: 0 }))
    }

    /// Returns the frame or message that is complete with this payload; `None` if further frames of the message follow.
    fn complete(&mut self, frame: Header) -> Result<Option<Frame>, CloseReason> {
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
                Frame::Text(text.map_err(|_| CloseReason::NOT_UTF8)?)
            }
        }))
    }
}

fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

/// Returns the length of the payload, and the index after the length field; `None` if the field has not arrived completely.
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
    // The client must use the shortest form, and must not set the highest bit (section 5.2).
    if length < least || length >> 63 != 0 { Err(CloseReason::INVALID_FRAME) } else { Ok(Some((length, at))) }
}

/// Reads the payload of a close frame: it is empty, or has a code and a reason in UTF-8 (section 5.5.1).
fn close(payload: &[u8]) -> Result<Frame, CloseReason> {
    match payload {
        [] => Ok(Frame::Close(None)),
        [_] => Err(CloseReason::INVALID_FRAME),
        [high, low, reason @ ..] => match std::str::from_utf8(reason) {
            Ok(_) => Ok(Frame::Close(Some(u16::from_be_bytes([*high, *low])))),
            Err(_) => Err(CloseReason::NOT_UTF8),
        },
    }
}

#[cfg(test)]
mod tests;
