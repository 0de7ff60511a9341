//! Splits the bytes of an HTTP/1.1 connection into heads and bodies (RFC 9112, 6 and 7.1). Actix interprets them.
//!
//! This module and Actix must find the same heads. A request is *ambiguous* if its bytes do not say where its body ends:
//! for example if its head has two lengths. Actix refuses such a request, and reads nothing after it. Here, all bytes
//! after its first error count as a head. So each byte that Actix reads as a byte of a head counts as one here, too.

use std::mem;

use memchr::memchr;

use super::{
    chunk_framing::ChunkFraming,
    upgrade_offers::{UPGRADE, is, value, without_empty_lines},
};
use crate::strict;

const CONTENT_LENGTH: &[u8] = b"content-length:";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding:";

/// Maximum bytes of a line that are stored. Redundant bytes ([`is_redundant`]) are not stored. So fewer bytes than this
/// maximum are stored of a valid `Content-Length`, `Transfer-Encoding: chunked` or `Upgrade: websocket` line.
const MAX_LINE: usize = 64;

/// The part of a request that bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePart {
    /// The empty lines that may precede a head (RFC 9112, 2.2).
    EmptyLines,
    /// A head, or a piece of it.
    Head {
        /// Whether the first byte of the head is in the piece.
        begins: bool,
        /// Whether the last byte of the head is in the piece.
        ends: bool,
        /// The number of lines whose end is in the piece.
        lines: u64,
    },
    /// A body, with the framing of its chunks.
    Body {
        /// The number of bytes of the framing.
        framing: u64,
    },
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    /// A head, or an empty line before it.
    #[default]
    Head,
    /// A body that is not chunked.
    Body,
    /// A chunked body.
    Chunks(ChunkFraming),
    /// A head, because a request was ambiguous.
    Ambiguous,
}

/// What a head says about its body.
#[derive(Clone, Copy, Debug, Default)]
struct BodyFields {
    length: Option<u64>,
    is_chunked: bool,
    /// Whether the method is `CONNECT`.
    is_connect: bool,
    /// Whether the client offers to continue with a WebSocket.
    is_socket: bool,
}

/// The position in the requests of a connection up to which bytes have arrived.
#[derive(Debug, Default)]
pub struct MessageParts {
    position: Position,
    /// Bytes of a body or a chunk that have not arrived yet. While the size of a chunk arrives, its value so far.
    left: u64,
    /// The beginning of a line of a head whose end has not arrived yet: its first [`MAX_LINE`] bytes that are not redundant.
    line: Vec<u8>,
    /// Whether a whole line of the current head has arrived.
    has_line: bool,
    /// What the lines of the current head say about its body.
    fields: BodyFields,
}

impl MessageParts {
    /// Returns the part that `bytes` begin with, and how many of them belong to it; `None` if there are no bytes. The next
    /// call expects the bytes after these.
    pub fn next(&mut self, bytes: &[u8]) -> Option<(MessagePart, usize)> {
        let first = *bytes.first()?;
        Some(match self.position {
            Position::Head if !self.is_in_head() && b"\r\n".contains(&first) => {
                (MessagePart::EmptyLines, bytes.len() - without_empty_lines(bytes).len())
            }
            Position::Head => {
                let begins = !self.is_in_head();
                let (length, lines) = self.read_head(bytes);
                (MessagePart::Head { begins, ends: !self.is_in_head(), lines }, length)
            }
            Position::Body | Position::Chunks(_) => {
                let (length, framing) = self.read_body(bytes);
                (MessagePart::Body { framing }, length)
            }
            Position::Ambiguous => (MessagePart::Head { begins: false, ends: false, lines: 0 }, bytes.len()),
        })
    }

    /// Reports whether a head or a chunked body has begun and is not complete, or a request was ambiguous. Returns false for
    /// an incomplete body that is not chunked. If the request ends before such a body has arrived, Actix closes the
    /// connection.
    pub fn is_in_request(&self) -> bool {
        self.is_in_head() || self.is_in_chunks()
    }

    /// Reports whether a chunked body has begun and is not complete.
    pub fn is_in_chunks(&self) -> bool {
        matches!(self.position, Position::Chunks(_))
    }

    /// Reports whether a head has begun and is not complete, or a request was ambiguous.
    fn is_in_head(&self) -> bool {
        match self.position {
            Position::Head => self.has_line || !self.line.is_empty(),
            Position::Body | Position::Chunks(_) => false,
            Position::Ambiguous => true,
        }
    }

    /// Reads a body with the framing of its chunks, or as much of it as has arrived. Returns the number of its bytes, and
    /// the number of bytes of the framing.
    fn read_body(&mut self, bytes: &[u8]) -> (usize, u64) {
        let (mut length, mut framing_length) = (0, 0);
        while let Some(byte) = bytes.get(length) {
            match self.position {
                Position::Body | Position::Chunks(ChunkFraming::Data) => length += self.read_data(&bytes[length..]),
                Position::Chunks(framing) => {
                    self.position = match framing.after(*byte, &mut self.left) {
                        Some(ChunkFraming::End) => Position::Head,
                        Some(next) => Position::Chunks(next),
                        None => Position::Ambiguous,
                    };
                    length += 1;
                    framing_length += 1;
                }
                Position::Head | Position::Ambiguous => break,
            }
        }
        (length, framing_length)
    }

    /// Reads bytes of a body or a chunk. Returns their number.
    fn read_data(&mut self, bytes: &[u8]) -> usize {
        let length = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.left -= length as u64;
        if self.left == 0 {
            let is_chunk = self.position != Position::Body;
            self.position = if is_chunk { Position::Chunks(ChunkFraming::DataCr) } else { Position::Head };
        }
        length
    }

    /// Reads lines up to the end of a head, or as much of them as has arrived. Returns the number of their bytes, and the
    /// number of lines that have ended.
    fn read_head(&mut self, bytes: &[u8]) -> (usize, u64) {
        let (mut length, mut lines) = (0, 0);
        while let Some(end) = memchr(b'\n', &bytes[length..]) {
            let line = &bytes[length..length + end];
            length += end + 1;
            lines += 1;
            if self.line.is_empty() {
                self.end_line(line);
            } else {
                self.store(line);
                let line = mem::take(&mut self.line);
                self.end_line(&line);
            }
            if !self.has_line || self.position == Position::Ambiguous {
                return (length, lines);
            }
        }
        self.store(&bytes[length..]);
        (bytes.len(), lines)
    }

    /// Stores a part of a line.
    fn store(&mut self, part: &[u8]) {
        for &byte in part {
            if self.line.len() == MAX_LINE {
                return;
            }
            if !is_redundant(&self.line, byte) {
                self.line.push(byte);
            }
        }
    }

    /// Continues after a line of a head. `line` is the line without its line feed.
    fn end_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.has_line = false;
            (self.position, self.left) = mem::take(&mut self.fields).body();
        } else if self.has_line {
            if !self.fields.read(line) {
                self.position = Position::Ambiguous;
            }
        } else {
            self.has_line = true;
            self.fields.is_connect = line.starts_with(b"CONNECT ");
        }
    }
}

impl BodyFields {
    /// Reads a field. Returns false if the head is ambiguous. For speed, only the first letter of most lines is examined.
    fn read(&mut self, line: &[u8]) -> bool {
        let is_first = self.length.is_none() && !self.is_chunked;
        match line.first() {
            Some(b'c' | b'C') => value(line, CONTENT_LENGTH).is_none_or(|length| {
                self.length = std::str::from_utf8(length.trim_ascii()).ok().and_then(strict::number);
                is_first && self.length.is_some()
            }),
            Some(b't' | b'T') => value(line, TRANSFER_ENCODING).is_none_or(|coding| {
                self.is_chunked = true;
                is_first && is(coding, b"chunked")
            }),
            Some(b'u' | b'U') => {
                self.is_socket |= value(line, UPGRADE).is_some_and(|protocol| is(protocol, b"websocket"));
                true
            }
            _ => true,
        }
    }

    /// Returns the position after the head, and the number of bytes of the body.
    fn body(self) -> (Position, u64) {
        match self.length {
            _ if self.is_chunked => (Position::Chunks(ChunkFraming::SizeFirst), 0),
            // To Actix, everything that follows is the body.
            _ if self.is_socket => (Position::Body, u64::MAX),
            None | Some(0) if self.is_connect => (Position::Body, u64::MAX),
            None | Some(0) => (Position::Head, 0),
            Some(length) => (Position::Body, length),
        }
    }
}

/// Reports whether `byte` is redundant after `line`, the beginning of a line: a blank after a blank, or a zero after the
/// first zero of a number. Actix ignores blanks around a value, and zeros before a length.
fn is_redundant(line: &[u8], byte: u8) -> bool {
    match line {
        [.., b' ' | b'\t'] => matches!(byte, b' ' | b'\t'),
        [.., b':' | b' ' | b'\t', b'0'] => byte == b'0',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the heads, each in angle brackets, and the position at the end. The bytes arrive in pieces of this length.
    fn heads(bytes: &str, piece: usize) -> (String, MessageParts) {
        let (mut parts, mut heads) = (MessageParts::default(), Vec::<u8>::new());
        for mut piece in bytes.as_bytes().chunks(piece) {
            while let Some((part, length)) = parts.next(piece) {
                let (bytes, rest) = piece.split_at(length);
                if let MessagePart::Head { begins, ends, .. } = part {
                    heads.extend(begins.then_some(b'<'));
                    heads.extend_from_slice(bytes);
                    heads.extend(ends.then_some(b'>'));
                }
                piece = rest;
            }
        }
        (String::from_utf8(heads).unwrap(), parts)
    }

    #[test]
    fn heads_and_bodies_are_distinguished_however_they_arrive() {
        let (blanks, zeros) = (" \t".repeat(MAX_LINE), "0".repeat(MAX_LINE));
        let long = format!("POST / HTTP/1.1\r\nContent-Length:{blanks}{zeros}10{blanks}\r\nX: {zeros}\r\n\r\n");
        let requests = [
            ("", "\r\n\n"),
            ("GET / HTTP/1.1\r\nHost: x\r\nX-Content-Length: 9\r\n\r\n", ""),
            ("POST / HTTP/1.1\nHost: x\nCONTENT-length:  6 \n\n", "\n\nGET "),
            (
                "POST / HTTP/1.1\r\ntransfer-ENCODING: Chunked\r\nHost: x\n\r\n",
                "3 ;a=b\r\n\n\n9\r\n0A\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
            ),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "\r\n"),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nHost: x\r\n\r\n", "5"),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n",
                "1\r\n\n\r\n0\r\n\nA: b\r\nGET / HTTP/1.1\n\n\r\n\r\n",
            ),
            (long.as_str(), "0123456789"),
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""),
        ];
        let bytes: String = requests.iter().flat_map(|(head, body)| [*head, *body]).collect();
        let heads_only = requests.iter().map(|(head, _)| *head).filter(|head| !head.is_empty());
        let expected = heads_only.map(|head| format!("<{head}>")).collect::<Vec<_>>().concat();
        for piece in 1..=bytes.len() {
            assert_eq!(heads(&bytes, piece).0, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_request_that_has_begun_is_incomplete_until_its_last_byte() {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n1\r\na\r\n0\r\n\r\n";
        for request in ["GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", chunked] {
            for before in ["", "\r\n", "GET / HTTP/1.1\nHost: x\n\n"] {
                let bytes = [before, request].concat();
                let is_in_request = |end: usize| heads(&bytes[..end], 1).1.is_in_request();
                assert!(!is_in_request(before.len()) && !is_in_request(bytes.len()), "{bytes:?}");
                assert!((before.len() + 1..bytes.len()).all(is_in_request), "{bytes:?}");
            }
        }
        let (_, in_body) = heads("POST / HTTP/1.1\r\nContent-Length: 3\r\nHost: x\r\n\r\nab", 1);
        assert!(!in_body.is_in_request());
    }
}
