//! Where the frames of HTTP/2 begin and end in the bytes that come (RFC 9113, 4.1), and of which kind they are. What they say is for `h2`.

use super::preface::PREFACE;

/// Bytes in front of the payload of each frame.
pub const HEADER: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;

/// What bytes are part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The payload of a `DATA` frame.
    Body,
    /// The last byte of the header of a `HEADERS` frame.
    HeadBegins,
    /// The payload of a `HEADERS` or a `CONTINUATION` frame.
    Head,
    /// Anything else.
    Other,
}

/// A place in the bytes of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    /// The header of a frame, as far as it came.
    header: [u8; HEADER],
    came: usize,
    /// What the payload is part of, and how much of it is still to come.
    part: Part,
    left: usize,
}

impl Frames {
    /// The beginning of a connection: its preface, and then frames.
    pub fn new() -> Self {
        Self { header: [0; HEADER], came: 0, part: Part::Other, left: PREFACE.len() }
    }

    /// Takes as many of the bytes as are part of the same; how many, and of what. `None` when there are no bytes.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<(Part, usize)> {
        if self.left > 0 {
            let taken = bytes.split_off(..self.left.min(bytes.len()))?.len();
            self.left -= taken;
            return (taken > 0).then_some((self.part, taken));
        }
        self.header[self.came] = *bytes.split_off_first()?;
        self.came += 1;
        if self.came < HEADER {
            return Some((Part::Other, 1));
        }
        self.came = 0;
        let [high, middle, low, kind, ..] = self.header;
        self.left = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(usize::MAX);
        self.part = match kind {
            DATA => Part::Body,
            HEADERS | CONTINUATION => Part::Head,
            _ => Part::Other,
        };
        Some((if kind == HEADERS { Part::HeadBegins } else { Part::Other }, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: usize) -> Vec<u8> {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], &vec![kind; length[3].into()]].concat()
    }

    /// Bytes of the body and of heads, and the number of heads, when the bytes come in such pieces.
    fn counted(bytes: &[u8], piece: usize) -> (usize, usize, usize) {
        let (mut frames, mut counted, mut all) = (Frames::new(), (0, 0, 0), 0);
        for mut piece in bytes.chunks(piece) {
            while let Some((part, taken)) = frames.next(&mut piece) {
                all += taken;
                match part {
                    Part::Body => counted.0 += taken,
                    Part::Head => counted.1 += taken,
                    Part::HeadBegins => counted.2 += 1,
                    Part::Other => {}
                }
            }
        }
        assert_eq!(all, bytes.len());
        counted
    }

    #[test]
    fn frames_are_told_apart_in_whatever_pieces_they_come() {
        let kinds = [(HEADERS, 40), (CONTINUATION, 7), (DATA, 0), (DATA, 200), (6, 8), (HEADERS, 0), (DATA, 1)];
        let bytes: Vec<u8> =
            [PREFACE.to_vec()].into_iter().chain(kinds.map(|(kind, length)| frame(kind, length))).flatten().collect();
        for piece in 1..=bytes.len() {
            assert_eq!(counted(&bytes, piece), (201, 47, 2), "in pieces of {piece}");
        }
    }
}
