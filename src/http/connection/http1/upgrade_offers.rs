//! Ignores offers to upgrade to a protocol other than WebSocket.
//!
//! A client may offer to continue in another protocol, and a server may ignore the offer (RFC 9110, 7.8). Actix closes the
//! connection after the response to every request with `Connection: upgrade`. Java's `HttpClient` sends that with each
//! request, because it offers `h2c` by default. Actix parses the bytes of the head, so the offer is removed from them:
//! `upgrade` in `Connection` is replaced by a word of the same length that has no meaning. A head that arrives in several
//! pieces is withheld from Actix until it is complete, also if it begins while a request runs.

use memchr::{memchr, memchr_iter, memmem};

/// Longest head that is withheld and searched, in bytes. Actix refuses longer ones.
const MAX_HEAD: usize = 128 * 1024;

const CONNECTION: &[u8] = b"connection:";
/// The name of the field that offers other protocols.
pub const UPGRADE: &[u8] = b"upgrade:";

/// The replacement of `upgrade`, which has the same length.
const REPLACEMENT: &[u8] = b"ignored";

/// The search for the end of a head that arrives in several pieces. It reads each byte once, however small the pieces are;
/// Actix would parse the head from its beginning for each piece.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadSearch {
    /// Number of bytes of the empty lines that may precede a head (RFC 9112, 2.2).
    start: usize,
    /// Number of bytes that were searched.
    searched: usize,
    /// Whether the first line has arrived, and is the first line of a request.
    has_line: bool,
}

impl HeadSearch {
    /// Reports whether further bytes of the head have to arrive before it is delivered. `bytes` begin with the bytes of the
    /// previous call.
    pub fn awaits_rest(&mut self, bytes: &[u8]) -> bool {
        if !self.has_line && self.searched == self.start {
            self.start += bytes[self.start..].len() - without_empty_lines(&bytes[self.start..]).len();
        }
        let new = self.searched.max(self.start);
        self.searched = bytes.len();
        // The end of the head may begin in the last two bytes of the previous call.
        let end = &bytes[new.saturating_sub(2).max(self.start)..];
        bytes.len() < MAX_HEAD && self.may_be_head(bytes, new) && end_of_fields(end).is_none()
    }

    /// Reports whether the first line may be the first line of a request. Bytes of another protocol are delivered without
    /// waiting for more, so that Actix refuses them immediately.
    fn may_be_head(&mut self, bytes: &[u8], new: usize) -> bool {
        if self.has_line {
            return true;
        }
        let Some(end) = memchr(b'\n', &bytes[new..]) else {
            return bytes.get(self.start).is_none_or(u8::is_ascii_alphabetic);
        };
        let line = bytes[self.start..new + end].trim_ascii_end();
        self.has_line = line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0");
        self.has_line
    }
}

/// Returns the position of the line feed before the empty line that ends a head; `None` if there is no such line. A line may
/// end with a line feed alone (RFC 9112, 2.2).
fn end_of_fields(bytes: &[u8]) -> Option<usize> {
    let end = memmem::find(bytes, b"\n\r\n");
    let before = end.map_or(bytes, |end| &bytes[..=end]);
    memmem::find(before, b"\n\n").or(end)
}

/// Returns bytes without the empty lines that may precede a head (RFC 9112, 2.2).
pub fn without_empty_lines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// Removes an offer to upgrade from a complete head, unless it is for a WebSocket.
pub fn remove_offer(bytes: &mut [u8]) {
    let start = bytes.len() - without_empty_lines(bytes).len();
    let bytes = &mut bytes[start..];
    let Some(end) = end_of_fields(&bytes[..bytes.len().min(MAX_HEAD)]) else { return };
    let head = &mut bytes[..end];
    let (mut is_offered, mut is_socket) = (false, false);
    // For speed, only the first letter of most lines is examined.
    for line_feed in memchr_iter(b'\n', head) {
        let line = &head[line_feed + 1..];
        match line.first() {
            Some(b'c' | b'C') => is_offered |= values(line, CONNECTION).any(|value| is(value, b"upgrade")),
            Some(b'u' | b'U') => is_socket |= values(line, UPGRADE).any(|value| is(value, b"websocket")),
            _ => {}
        }
    }
    if is_offered && !is_socket {
        replace(head);
    }
}

fn replace(head: &mut [u8]) {
    for line in head.split_mut(|byte| *byte == b'\n').filter(|line| value(line, CONNECTION).is_some()) {
        let options = line[CONNECTION.len()..].split_mut(|byte| *byte == b',');
        for option in options.filter(|option| is(option, b"upgrade")) {
            let blank = option.len() - option.trim_ascii_start().len();
            option[blank..blank + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
        }
    }
}

/// Returns the values of the first line if it has this name; else one empty value.
fn values<'a>(lines: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let line = value(lines, name).unwrap_or_default();
    let end = memchr(b'\n', line).unwrap_or(line.len());
    line[..end].split(|byte| *byte == b',')
}

/// Returns the value of a line if it has this name. `name` is in lower case and includes the colon.
pub fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(value)
}

/// Reports whether a value is this word, in any case and with blanks around it.
pub fn is(value: &[u8], word: &[u8]) -> bool {
    value.trim_ascii().eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn without_offer(head: &str) -> String {
        let mut bytes = head.as_bytes().to_vec();
        remove_offer(&mut bytes);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn an_offer_of_another_protocol_is_removed() {
        let head =
            "POST / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: x\r\nUpgrade: h2c\r\n\r\nconnection: upgrade";
        let rest =
            "POST / HTTP/1.1\r\nConnection: ignored, HTTP2-Settings\r\nHost: x\r\nUpgrade: h2c\r\n\r\nconnection: upgrade";
        assert_eq!(without_offer(head), rest);
        let two = "GET / HTTP/1.1\r\nupgrade:TLS/1.0\r\nconnection:keep-alive,  UPGRADE \r\nConnection: upgrade\r\n\r\n";
        let rest = "GET / HTTP/1.1\r\nupgrade:TLS/1.0\r\nconnection:keep-alive,  ignored \r\nConnection: ignored\r\n\r\n";
        assert_eq!(without_offer(two), rest);
        let line_feeds = "POST / HTTP/1.1\nConnection: upgrade\n\nconnection: upgrade\r\n\r\n";
        let rest = "POST / HTTP/1.1\nConnection: ignored\n\nconnection: upgrade\r\n\r\n";
        assert_eq!(without_offer(line_feeds), rest, "the body is not changed");
        // Some proxies send this with every request.
        assert_eq!(
            without_offer("GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n"),
            "GET / HTTP/1.1\r\nConnection: ignored\r\n\r\n"
        );
    }

    #[test]
    fn the_beginning_of_a_head_awaits_its_rest() {
        let long = "a".repeat(MAX_HEAD);
        let beginnings = ["\r\n", "\r\nG", "G", "GET / HTTP/1.1\r\nConnection: Upg", "GET / HTTP/1.1\r\nA: b\r\n\r"];
        let others =
            ["SSH-2.0-x\r\n", "GET / HTTP/9.9\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\n\n", "\x16\x03\x01", &long];
        for (bytes, awaits) in beginnings.map(|bytes| (bytes, true)).into_iter().chain(others.map(|bytes| (bytes, false))) {
            assert_eq!(awaits_rest(bytes.as_bytes()), awaits, "{:?}", &bytes[..bytes.len().min(40)]);
            // The result is the same if the bytes arrive one by one, up to the byte that ends the wait.
            let mut search = HeadSearch::default();
            let waits = (1..=bytes.len()).all(|length| search.awaits_rest(&bytes.as_bytes()[..length]));
            assert_eq!(waits, awaits, "{:?} byte by byte", &bytes[..bytes.len().min(40)]);
        }
    }

    fn awaits_rest(bytes: &[u8]) -> bool {
        HeadSearch::default().awaits_rest(bytes)
    }

    #[test]
    fn each_byte_of_a_head_is_searched_once() {
        let head = format!("GET / HTTP/1.1\r\nX: {}\r\n", "y".repeat(MAX_HEAD - 100));
        let (mut search, started) = (HeadSearch::default(), Instant::now());
        for length in 1..=head.len() {
            assert!(search.awaits_rest(&head.as_bytes()[..length]));
        }
        // Searching all bytes again for each new byte would take more than a minute in a debug build.
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    #[test]
    fn an_offer_of_a_websocket_and_other_heads_are_not_changed() {
        for head in [
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: upgraded\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
            "\r\n\r\n",
            "",
            "\n",
        ] {
            assert_eq!(without_offer(head), head);
        }
    }
}
