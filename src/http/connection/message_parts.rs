//! Splits the bytes of an HTTP/1.1 connection into heads and bodies (RFC 9112, 6 and 7.1), by the same rules as Actix. Actix
//! interprets them, and refuses what breaks the rules.

use std::mem;

use memchr::memchr;

const CONTENT_LENGTH: &[u8] = b"content-length:";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding:";

/// Bytes of a line that are stored until its end arrives. Only the declaration of a body and the size of a chunk are read,
/// and these are shorter.
const MAX_STORED: usize = 256;

/// The part of a request that bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A head.
    Head,
    /// A body with the framing of its chunks, or the empty lines that may precede a head (RFC 9112, 2.2).
    Other,
}

/// The body of a request, by its head.
#[derive(Clone, Copy, Debug, Default)]
enum Body {
    /// It has none.
    #[default]
    None,
    /// It has this number of bytes.
    Sized(u64),
    /// It consists of chunks.
    Chunked,
}

/// What the current line belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lines {
    #[default]
    Head,
    ChunkSize,
    Trailers,
}

/// The position in the requests of a connection up to which bytes have arrived.
#[derive(Debug, Default)]
pub struct MessageParts {
    /// Bytes of a body or a chunk that have not arrived yet. Lines follow them.
    left: u64,
    lines: Lines,
    /// The beginning of a line whose end has not arrived yet.
    line: Vec<u8>,
    /// Whether a whole line of the current head has arrived.
    has_line: bool,
    /// The body that the lines of the current head declare.
    body: Body,
}

impl MessageParts {
    /// Returns the part that `bytes` begin with, and how many of them belong to it; `None` if there are no bytes. The next
    /// call expects the bytes after these.
    pub fn next(&mut self, bytes: &[u8]) -> Option<(Part, usize)> {
        if bytes.is_empty() {
            return None;
        }
        if self.left > 0 {
            let length = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            self.left -= length as u64;
            return Some((Part::Other, length));
        }
        if self.lines != Lines::Head {
            return Some((Part::Other, self.read_line(bytes)));
        }
        let empty = bytes.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        if empty > 0 && !self.is_in_request() {
            return Some((Part::Other, empty));
        }
        let mut length = self.read_line(bytes);
        while self.has_line && length < bytes.len() {
            length += self.read_line(&bytes[length..]);
        }
        Some((Part::Head, length))
    }

    /// Reports whether the next bytes belong to a body.
    pub fn is_in_body(&self) -> bool {
        self.left > 0 || self.lines != Lines::Head
    }

    /// Reports whether a head or a chunked body has begun and is not complete. For any other incomplete body it returns
    /// false: if its request is over, Actix closes the connection.
    pub fn is_in_request(&self) -> bool {
        match self.lines {
            Lines::Head => self.has_line || !self.line.is_empty(),
            Lines::ChunkSize | Lines::Trailers => true,
        }
    }

    /// Reads a line, or as much of it as has arrived. Returns the number of its bytes.
    fn read_line(&mut self, bytes: &[u8]) -> usize {
        let end = memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if end.is_some() && self.line.is_empty() {
            self.end_line(part);
        } else {
            let stored = part.len().min(MAX_STORED - self.line.len());
            self.line.extend_from_slice(&part[..stored]);
            if end.is_some() {
                let line = mem::take(&mut self.line);
                self.end_line(&line);
            }
        }
        part.len() + usize::from(end.is_some())
    }

    /// Continues after a line. `line` is the line without its line feed.
    fn end_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.lines {
            Lines::Head if line.is_empty() => {
                self.has_line = false;
                match mem::take(&mut self.body) {
                    Body::None => {}
                    Body::Sized(length) => self.left = length,
                    Body::Chunked => self.lines = Lines::ChunkSize,
                }
            }
            Lines::Head => {
                self.has_line = true;
                self.body = declared_body(line).unwrap_or(self.body);
            }
            Lines::ChunkSize => match chunk_size(line) {
                0 => self.lines = Lines::Trailers,
                // An empty line follows the bytes of a chunk.
                size => self.left = size.saturating_add(2),
            },
            Lines::Trailers if line.is_empty() => self.lines = Lines::Head,
            Lines::Trailers => {}
        }
    }
}

/// Returns the body that a line of a head declares; `None` if it declares none. For speed, only the first letter of most
/// lines is examined.
fn declared_body(line: &[u8]) -> Option<Body> {
    match line.first()? {
        b'c' | b'C' => {
            let length = value(line, CONTENT_LENGTH)?;
            std::str::from_utf8(length).ok()?.parse().ok().map(Body::Sized)
        }
        b't' | b'T' => value(line, TRANSFER_ENCODING).map(|_| Body::Chunked),
        _ => None,
    }
}

/// Returns the value of a line if it has this name. `name` includes the colon.
fn value<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// Returns the size of a chunk. Actix refuses a line without a size, so anything may follow it.
fn chunk_size(line: &[u8]) -> u64 {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let digits = std::str::from_utf8(&line[..end]).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the bytes of heads, and the position at the end. The bytes arrive in pieces of this length.
    fn heads(bytes: &str, piece: usize) -> (String, MessageParts) {
        let (mut parts, mut heads) = (MessageParts::default(), Vec::new());
        for mut piece in bytes.as_bytes().chunks(piece) {
            while let Some((part, length)) = parts.next(piece) {
                let (bytes, rest) = piece.split_at(length);
                heads.extend_from_slice(if part == Part::Head { bytes } else { b"" });
                piece = rest;
            }
        }
        (String::from_utf8(heads).unwrap(), parts)
    }

    #[test]
    fn heads_and_bodies_are_distinguished_however_they_arrive() {
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
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""),
        ];
        let bytes: String = requests.iter().flat_map(|(head, body)| [*head, *body]).collect();
        let expected: String = requests.iter().map(|(head, _)| *head).collect();
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
