//! Responses to heads that cannot be read. No request begins, so the application does not respond. Actix or the byte stream
//! of the connection writes the response. This module adds a request id to it, as `observe` does to other responses.

use memchr::{memchr, memmem};

use crate::http::observe::request_id::{self, RequestId};

/// A response of Actix to such a head is shorter than this number of bytes.
const MAX_RESPONSE: usize = 200;

/// How the responses of Actix to such heads begin.
const STATUS_LINES: [&[u8]; 2] = [b"HTTP/1.1 400 ", b"HTTP/1.1 431 "];

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// Finds the response of Actix to a head that it cannot read, in bytes that Actix writes. Returns the index of the
/// beginning of the response; `None` if there is none. Actix closes the connection after such a response, so nothing
/// follows it.
pub fn find(bytes: &[u8]) -> Option<usize> {
    let first = bytes.len().saturating_sub(MAX_RESPONSE);
    let last = bytes[first..].strip_suffix(END)?;
    let response = memmem::rfind(last, b"HTTP/1.1 ")?;
    let head = &last[response..];
    let is_own = STATUS_LINES.iter().any(|line| head.starts_with(line)) && memmem::find(head, END).is_none();
    (is_own && memmem::find(head, request_id::HEADER.as_str().as_bytes()).is_none()).then_some(first + response)
}

/// Adds a request id to a response, after its first line.
pub fn with_id(response: &[u8], id: &RequestId) -> Vec<u8> {
    let (line, rest) = response.split_at(memchr(b'\n', response).map_or(response.len(), |end| end + 1));
    [line, format!("{}: {id}\r\n", request_id::HEADER).as_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn only_a_response_of_actix_at_the_end_is_found() {
        let own = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let other = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        let long = "x".repeat(100_000);
        assert_eq!(find(own.as_bytes()), Some(0));
        assert_eq!(find(format!("{other}{own}").as_bytes()), Some(other.len()));
        assert_eq!(find(format!("{long}{own}").as_bytes()), Some(long.len()));
        for bytes in [
            other.to_owned(),
            format!("{own}{other}"),
            format!("{own}{long}"),
            format!("{own}x\r\n\r\n"),
            own.replace("connection", "x-request-id: 1\r\nconnection"),
            own.replace("400 Bad Request", "401 Unauthorized"),
            own[..own.len() - 1].to_owned(),
            String::new(),
        ] {
            assert_eq!(find(bytes.as_bytes()), None, "{:?}", &bytes[..bytes.len().min(150)]);
        }
    }
}
