//! Splits the bytes of an HTTP/2 connection into parts of frames (RFC 9113, 4.1). The crate `h2` interprets the frames.

use super::super::protocol::PREFACE;

/// Length of a frame header, in bytes.
pub const HEADER: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;

/// The flag of the last frame of a head.
const END_HEADERS: u8 = 0x4;

/// The part of a frame that bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramePart {
    /// The payload of a `DATA` frame.
    Body,
    /// The last byte of the header of a `HEADERS` frame.
    HeadBegins,
    /// The payload of a `HEADERS` or a `CONTINUATION` frame.
    Head,
    /// Anything else.
    Other,
}

/// The position in the frames of a connection up to which bytes have arrived.
#[derive(Clone, Copy, Debug)]
pub struct FrameParts {
    /// The header of a frame, of which `header_length` bytes have arrived.
    header: [u8; HEADER],
    header_length: usize,
    /// The part that the current payload belongs to, and how many bytes of the payload have not arrived yet.
    part: FramePart,
    left: usize,
    /// Whether further frames of the same head follow the current frame.
    head_continues: bool,
}

impl FrameParts {
    /// Starts at the beginning of a connection, which is the preface. Frames follow.
    pub fn new() -> Self {
        Self { header: [0; HEADER], header_length: 0, part: FramePart::Other, left: PREFACE.len(), head_continues: false }
    }

    /// Reports whether a head has begun and is not complete.
    pub fn is_in_head(&self) -> bool {
        self.head_continues || self.part == FramePart::Head && self.left > 0
    }

    /// Returns the part that `bytes` begin with, and how many of them belong to it; `None` if there are no bytes. The next
    /// call expects the bytes after these.
    pub fn next(&mut self, bytes: &[u8]) -> Option<(FramePart, usize)> {
        let first = *bytes.first()?;
        if self.left > 0 {
            let length = self.left.min(bytes.len());
            self.left -= length;
            return Some((self.part, length));
        }
        self.header[self.header_length] = first;
        self.header_length += 1;
        if self.header_length < HEADER {
            return Some((FramePart::Other, 1));
        }
        self.header_length = 0;
        let [high, middle, low, kind, flags, ..] = self.header;
        self.left = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(usize::MAX);
        self.part = match kind {
            DATA => FramePart::Body,
            HEADERS | CONTINUATION => FramePart::Head,
            _ => FramePart::Other,
        };
        self.head_continues = self.part == FramePart::Head && flags & END_HEADERS == 0;
        Some((if kind == HEADERS { FramePart::HeadBegins } else { FramePart::Other }, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: usize) -> Vec<u8> {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], &vec![kind; length[3].into()]].concat()
    }

    /// Counts bytes of bodies, bytes of heads and heads. The bytes arrive in pieces of this length.
    fn counted(bytes: &[u8], piece: usize) -> (usize, usize, usize) {
        let (mut frames, mut counted, mut all) = (FrameParts::new(), (0, 0, 0), 0);
        for mut piece in bytes.chunks(piece) {
            while let Some((part, length)) = frames.next(piece) {
                piece = &piece[length..];
                all += length;
                match part {
                    FramePart::Body => counted.0 += length,
                    FramePart::Head => counted.1 += length,
                    FramePart::HeadBegins => counted.2 += 1,
                    FramePart::Other => {}
                }
            }
        }
        assert_eq!(all, bytes.len());
        counted
    }

    #[test]
    fn the_parts_do_not_depend_on_the_pieces_in_which_bytes_arrive() {
        let kinds = [(HEADERS, 40), (CONTINUATION, 7), (DATA, 0), (DATA, 200), (6, 8), (HEADERS, 0), (DATA, 1)];
        let bytes: Vec<u8> =
            [PREFACE.to_vec()].into_iter().chain(kinds.map(|(kind, length)| frame(kind, length))).flatten().collect();
        for piece in 1..=bytes.len() {
            assert_eq!(counted(&bytes, piece), (201, 47, 2), "in pieces of {piece}");
        }
    }
}
