//! Refuses names of header fields on which Actix panics.
//!
//! Actix accepts heads of up to 128 KiB, but panics on a name of more than 65,535 bytes, because the type of a name cannot
//! store it. In a longer name, byte 65,536 is replaced by a space, so that Actix refuses the head. Only the lines of heads
//! are searched; [`MessageParts`](super::message_parts::MessageParts) finds them. The bytes of bodies are not changed.

use memchr::{memchr, memchr2, memrchr};

/// Maximum bytes of a name (`http::header::HeaderName`).
const MAX_NAME: usize = u16::MAX as usize;

/// The line of a head that is arriving on an HTTP/1.1 connection.
#[derive(Debug, Default)]
pub struct Line {
    /// The number of its bytes, counted while all of them may belong to a name.
    length: usize,
    /// Whether the line has a byte that cannot be part of a name.
    name_has_ended: bool,
}

impl Line {
    /// Puts a space into each name that is too long. `bytes` follow the bytes of the previous call.
    pub fn refuse_long_names(&mut self, bytes: &mut [u8]) {
        let mut rest = bytes;
        if self.length + rest.len() <= MAX_NAME
            && let Some(end) = memrchr(b'\n', rest)
        {
            // All complete lines are short.
            *self = Self::default();
            rest = &mut rest[end + 1..];
        }
        while !rest.is_empty() {
            let end = memchr(b'\n', rest);
            let (line, others) = rest.split_at_mut(end.unwrap_or(rest.len()));
            self.extend(line);
            let Some((_, others)) = others.split_first_mut() else { return };
            *self = Self::default();
            rest = others;
        }
    }

    fn extend(&mut self, part: &mut [u8]) {
        let allowed = MAX_NAME - self.length;
        let name = &part[..part.len().min(allowed + 1)];
        self.name_has_ended = self.name_has_ended || memchr2(b':', b' ', name).is_some();
        if self.name_has_ended {
            return;
        }
        if let Some(next) = part.get_mut(allowed) {
            *next = b' ';
            self.name_has_ended = true;
            return;
        }
        self.length += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, MAX_NAME};

    /// Returns the bytes after they arrived in pieces of this length.
    fn arrived(text: &str, piece: usize) -> String {
        let (mut line, mut bytes) = (Line::default(), text.as_bytes().to_vec());
        for piece in bytes.chunks_mut(piece) {
            line.refuse_long_names(piece);
        }
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_name_that_is_too_long_gets_a_space_however_it_arrives() {
        let name = "n".repeat(MAX_NAME + 1);
        for piece in [1, 7, 1000, MAX_NAME - 1, MAX_NAME + 1, usize::MAX / 2] {
            for (before, after) in [("", ": x\r\n\r\n"), ("GET / HTTP/1.1\r\nA: b\r\n", "n: x\r\n"), ("\n", "")] {
                let bytes = format!("{before}{name}{after}");
                let refused = format!("{before}{} {after}", &name[1..]);
                assert_eq!(arrived(&bytes, piece), refused, "{piece} {before:?}");
            }
        }
    }

    #[test]
    fn other_lines_are_not_changed() {
        let (name, value) = ("n".repeat(MAX_NAME), "v".repeat(3 * MAX_NAME));
        for piece in [1, 7, 1000, MAX_NAME - 1, MAX_NAME + 1, usize::MAX / 2] {
            for bytes in [
                format!("GET / HTTP/1.1\r\n{name}: x\r\n\r\n"),
                format!("GET / HTTP/1.1\r\nA: {value}\r\n{name}:{value}\r\n"),
                format!("{name}\n").repeat(3),
            ] {
                assert_eq!(arrived(&bytes, piece), bytes, "{piece}");
            }
        }
    }
}
