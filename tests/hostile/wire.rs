//! Bytes over TCP that no client library would send.

use std::{
    collections::HashSet,
    fmt,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value as Json;

/// Timeout of a whole response, before the sending side is closed.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Timeout after the sending side is closed. Debug builds are slow, and machines are shared.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest part of a request that a response may repeat.
const MAX_ECHO: usize = 200;

/// The outcome of a request.
#[derive(Debug)]
pub enum Outcome {
    /// It sent a response.
    Responded(Response),
    /// It closed the connection without a response.
    Closed,
    /// It sent nothing and did not close the connection.
    Silent,
}

/// A response, or the first of several.
pub struct Response {
    /// Status code.
    pub status: u16,
    /// All received bytes, including the head.
    pub raw: Vec<u8>,
    body_at: usize,
}

impl Response {
    fn read(raw: &[u8]) -> Option<Self> {
        let body_at = raw.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        let status = std::str::from_utf8(raw.get(9..12)?).ok()?.parse().ok()?;
        Some(Self { status, raw: raw.to_vec(), body_at })
    }

    /// Head in lowercase letters.
    pub fn head(&self) -> String {
        String::from_utf8_lossy(&self.raw[..self.body_at]).to_lowercase()
    }

    /// The value of a header; `None` if it is missing.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()))
    }

    /// Body without the bytes that follow it.
    pub fn body(&self) -> &[u8] {
        let rest = &self.raw[self.body_at..];
        let length = self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(usize::MAX);
        &rest[..rest.len().min(length)]
    }

    /// Body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }

    /// Body as JSON; `None` if it is not JSON.
    pub fn json(&self) -> Option<Json> {
        serde_json::from_slice(self.body()).ok()
    }

    fn is_whole(&self) -> bool {
        match self.header("content-length") {
            Some(length) => self.body().len() >= length.parse().unwrap_or(usize::MAX),
            None if self.header("transfer-encoding").is_some() => self.body().ends_with(b"0\r\n\r\n"),
            None => self.status == 101 || self.status == 204,
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let shown = &self.raw[..self.raw.len().min(2000)];
        write!(formatter, "{}", String::from_utf8_lossy(shown))
    }
}

/// A connection with timeouts for reads and writes.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10)).expect("the server accepts connections");
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends bytes on a connection of their own, and reads the response.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Outcome {
    let mut stream = connect(address);
    // A client that is refused early may find the connection closed while it is still sending.
    let _ = stream.write_all(bytes);
    receive(&mut stream)
}

/// Reads one response.
pub fn receive(stream: &mut TcpStream) -> Outcome {
    let mut raw = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let (mut closing, started) = (false, Instant::now());
    stream.set_read_timeout(Some(RESPONSE_TIMEOUT)).unwrap();
    let ended = loop {
        match stream.read(&mut piece) {
            Ok(0) => break true,
            Ok(length) => {
                raw.extend_from_slice(&piece[..length]);
                if Response::read(&raw).is_some_and(|response| response.is_whole()) {
                    break false;
                }
            }
            Err(failure) if matches!(failure.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if !closing {
                    closing = stream.shutdown(Shutdown::Write).is_ok();
                }
                if started.elapsed() > CLOSE_TIMEOUT {
                    break false;
                }
            }
            Err(_) => break true,
        }
    };
    match Response::read(&raw) {
        Some(response) => Outcome::Responded(response),
        None if ended => Outcome::Closed,
        None => Outcome::Silent,
    }
}

/// A request with this body, as a well-behaved client sends it.
pub fn post(body: &[u8]) -> Vec<u8> {
    post_with("Content-Type: application/json\r\n", body)
}

/// A request with this body and these header lines.
pub fn post_with(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A request with this document and these variables.
pub fn query(document: &str, variables: &Json) -> Vec<u8> {
    post(serde_json::json!({"query": document, "variables": variables}).to_string().as_bytes())
}

/// Panics if a response is never allowed, whatever the request: an internal error, a malformed one, or one that repeats a
/// long part of the request.
pub fn assert_allowed(name: &str, sent: &[u8], response: &Response) {
    assert!(response.status < 500 || response.status == 503, "{name}: {response:?}");
    if response.body().is_empty() {
        return;
    }
    let json = response.json();
    let errors = json.iter().flat_map(|json| json.as_array().map_or(std::slice::from_ref(json), Vec::as_slice));
    let errors: Vec<&Json> = errors.filter_map(|entry| entry["errors"].as_array()).flatten().collect();
    for error in &errors {
        assert!(error["extensions"]["code"].is_string(), "{name}: an error without a code: {error}");
        assert_ne!(error["extensions"]["code"], "INTERNAL", "{name}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() < 1000), "{name}: {error}");
    }
    let is_json = response.header("content-type").is_some_and(|kind| kind.contains("json"));
    assert!(!is_json || json.is_some() || response.header("content-encoding").is_some(), "{name}: not JSON: {response:?}");
    assert!(!(is_json && response.status >= 400 && errors.is_empty()), "{name}: a refusal without errors: {response:?}");
    if (response.status >= 400 || !errors.is_empty())
        && let Some(piece) = echo(sent, response.body())
    {
        panic!("{name}: the response repeats {}", String::from_utf8_lossy(piece));
    }
}

/// Returns a part of the request of length [`MAX_ECHO`] that the response repeats; `None` if there is none.
fn echo<'a>(sent: &[u8], back: &'a [u8]) -> Option<&'a [u8]> {
    // Every repeated part of that length contains one of these.
    let half = MAX_ECHO / 2;
    let pieces: HashSet<&[u8]> = sent.chunks_exact(half).collect();
    let found = back.windows(MAX_ECHO).filter(|piece| piece.windows(half).any(|window| pieces.contains(window)));
    found.into_iter().find(|piece| sent.windows(MAX_ECHO).any(|window| window == *piece))
}
