//! Splits the bytes of an HTTP/2 connection into parts of frames (RFC 9113, 4.1). The crate `h2` interprets the frames.

use std::mem;

/// The first bytes of an HTTP/2 connection.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Length of a frame header, in bytes.
pub const HEADER: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const SETTINGS: u8 = 0x4;
const PUSH_PROMISE: u8 = 0x5;
const CONTINUATION: u8 = 0x9;

/// The flag of a `SETTINGS` frame that acknowledges the settings of the service.
const ACK: u8 = 0x1;
/// The flag of the last frame of a head.
const END_HEADERS: u8 = 0x4;
/// The flags of `HEADERS` frames whose payload does not begin with the header block, because it has padding or a priority.
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// The first byte of a header block that sets the length of the header table to zero (RFC 7541, 6.3).
const EMPTY_TABLE: u8 = 0x20;

/// The part of a frame that bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramePart {
    /// The payload of a `DATA` frame.
    Body,
    /// The last byte of the header of a `HEADERS` frame.
    HeadBegins,
    /// The payload of a `HEADERS` or a `CONTINUATION` frame.
    Head,
    /// The first byte of a `HEADERS` frame, if it sets the length of the header table to zero.
    TableOff,
    /// The last byte of the header of a frame that a client may never send (RFC 9113, 8.4).
    Forbidden,
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
    /// Whether the next byte is the first of a `HEADERS` frame, and of its header block.
    block_begins: bool,
    /// Whether the client has acknowledged the settings.
    has_acknowledged: bool,
}

impl FrameParts {
    /// Starts at the beginning of a connection, which is the preface. Frames follow.
    pub fn new() -> Self {
        Self {
            header: [0; HEADER],
            header_length: 0,
            part: FramePart::Other,
            left: PREFACE.len(),
            head_continues: false,
            block_begins: false,
            has_acknowledged: false,
        }
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
            if mem::take(&mut self.block_begins) && self.has_acknowledged && first == EMPTY_TABLE {
                self.left -= 1;
                return Some((FramePart::TableOff, 1));
            }
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
        // A priority can name the stream of its own frame as the one that it depends on. `h2` does not decode the block of
        // such a frame, so a block behind a priority does not count.
        self.block_begins = kind == HEADERS && flags & (PADDED | PRIORITY) == 0;
        self.has_acknowledged |= kind == SETTINGS && flags & ACK != 0;
        let part = match kind {
            HEADERS => FramePart::HeadBegins,
            PUSH_PROMISE => FramePart::Forbidden,
            _ => FramePart::Other,
        };
        Some((part, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: usize) -> Vec<u8> {
        with_flags(kind, 0, &vec![kind; length])
    }

    fn with_flags(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
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
                    FramePart::TableOff | FramePart::Forbidden | FramePart::Other => {}
                }
            }
        }
        assert_eq!(all, bytes.len());
        counted
    }

    /// Reports whether the table is off after frames. They arrive a byte at a time.
    fn turns_table_off(frames: &[Vec<u8>]) -> bool {
        let mut parts = FrameParts::new();
        let mut is_off = false;
        for byte in PREFACE.iter().chain(frames.concat().iter()) {
            is_off |= parts.next(&[*byte]).is_some_and(|(part, _)| part == FramePart::TableOff);
        }
        is_off
    }

    #[test]
    fn the_table_is_off_when_the_first_byte_of_a_block_says_so_after_the_acknowledgement() {
        let (ack, settings) = (with_flags(SETTINGS, ACK, &[]), with_flags(SETTINGS, 0, &[0; 6]));
        let head = |flags, payload: &[u8]| with_flags(HEADERS, flags, payload);
        assert!(turns_table_off(&[settings.clone(), ack.clone(), head(END_HEADERS, &[EMPTY_TABLE, 0x82])]));
        assert!(turns_table_off(&[ack.clone(), head(END_HEADERS, &[0x82]), head(0, &[EMPTY_TABLE])]));
        for (frames, case) in [
            (vec![settings, head(0, &[EMPTY_TABLE, 0x82])], "not acknowledged"),
            (vec![ack.clone(), head(0, &[0x82, EMPTY_TABLE])], "later in the block"),
            (vec![ack.clone(), head(0, &[0x3f, 0xe1, 0x1f, 0x82])], "another length"),
            (vec![ack.clone(), head(PRIORITY, &[0, 0, 0, 1, 16, EMPTY_TABLE])], "behind a priority"),
            (vec![ack.clone(), head(PRIORITY, &[EMPTY_TABLE, 0, 0, 0, 1, 0x82])], "in the priority"),
            (vec![ack.clone(), head(0, &[]), head(PADDED, &[EMPTY_TABLE])], "in a frame after an empty one"),
            (vec![ack.clone(), head(PADDED, &[1, EMPTY_TABLE])], "in the padding"),
            (vec![ack.clone(), head(0, &[]), with_flags(CONTINUATION, 0, &[EMPTY_TABLE])], "in a later frame"),
            (vec![ack, with_flags(DATA, 0, &[EMPTY_TABLE])], "in a body"),
        ] {
            assert!(!turns_table_off(&frames), "{case}");
        }
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
