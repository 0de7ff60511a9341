//! Upgrades that the service does not make.
//!
//! A client may offer to go on in another protocol, and a server may ignore that (RFC 9110, 7.8). Actix takes every
//! `Connection: upgrade` for the end of HTTP on the connection and closes it after the response. That is each request of Java's
//! `HttpClient`, which offers `h2c` by default. Actix decides by the bytes of the head, so the offer is taken out of them: `upgrade`
//! in `Connection` becomes a word of the same length that means nothing.

use memchr::{memchr_iter, memmem};

/// Longest head that is looked at, in bytes. Heads with an offer are far shorter.
const MAX_HEAD: usize = 16 * 1024;

const CONNECTION: &[u8] = b"connection:";
const UPGRADE: &[u8] = b"upgrade:";

/// The word, as long as `upgrade`, that stands in its place.
const NOTHING: &[u8] = b"ignored";

/// Takes an offer to upgrade out of a head, unless it is one for a WebSocket. A head that comes in several pieces stays as it is.
pub fn ignore(bytes: &mut [u8]) {
    let Some(end) = memmem::find(&bytes[..bytes.len().min(MAX_HEAD)], b"\r\n\r\n") else { return };
    let head = &mut bytes[..end];
    let (mut is_offered, mut is_socket) = (false, false);
    // Only the first letter of most lines is looked at.
    for line_feed in memchr_iter(b'\n', head) {
        let line = &head[line_feed + 1..];
        match line.first() {
            Some(b'c' | b'C') => is_offered |= values(line, CONNECTION).any(|value| is(value, b"upgrade")),
            Some(b'u' | b'U') => is_socket |= values(line, UPGRADE).any(|value| is(value, b"websocket")),
            _ => {}
        }
    }
    if is_offered && !is_socket {
        remove(head);
    }
}

fn remove(head: &mut [u8]) {
    for line in head.split_mut(|byte| *byte == b'\n').filter(|line| has_name(line, CONNECTION)) {
        let options = line[CONNECTION.len()..].split_mut(|byte| *byte == b',');
        for option in options.filter(|option| is(option, b"upgrade")) {
            let blank = option.len() - option.trim_ascii_start().len();
            option[blank..blank + NOTHING.len()].copy_from_slice(NOTHING);
        }
    }
}

/// The values of the first line, if it has this name, colon included.
fn values<'a>(lines: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let line = if has_name(lines, name) { &lines[name.len()..] } else { &[] };
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    line[..end].split(|byte| *byte == b',')
}

fn has_name(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

fn is(value: &[u8], word: &[u8]) -> bool {
    value.trim_ascii().eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(head: &str) -> String {
        let mut bytes = head.as_bytes().to_vec();
        ignore(&mut bytes);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn an_offer_of_another_protocol_is_taken_out() {
        let head =
            "POST / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: x\r\nUpgrade: h2c\r\n\r\nconnection: upgrade";
        let rest =
            "POST / HTTP/1.1\r\nConnection: ignored, HTTP2-Settings\r\nHost: x\r\nUpgrade: h2c\r\n\r\nconnection: upgrade";
        assert_eq!(ignored(head), rest);
        let two = "GET / HTTP/1.1\r\nupgrade:TLS/1.0\r\nconnection:keep-alive,  UPGRADE \r\nConnection: upgrade\r\n\r\n";
        let rest = "GET / HTTP/1.1\r\nupgrade:TLS/1.0\r\nconnection:keep-alive,  ignored \r\nConnection: ignored\r\n\r\n";
        assert_eq!(ignored(two), rest);
        // Some proxies say so on every request.
        assert_eq!(
            ignored("GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n"),
            "GET / HTTP/1.1\r\nConnection: ignored\r\n\r\n"
        );
    }

    #[test]
    fn an_offer_of_a_socket_and_everything_else_stay() {
        for head in [
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: upgraded\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
            "\r\n\r\n",
            "",
            "\n",
        ] {
            assert_eq!(ignored(head), head);
        }
    }
}
