//! Tests that heads and bodies of HTTP/1.1 are distinguished as Actix does it.

use actix_http::{
    ServiceConfig,
    h1::{Codec, Message, MessageType},
};
use actix_web::rt::System;
use bytes::BytesMut;
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use tokio_util::codec::Decoder as _;

use super::{
    super::http1::{MessagePart, MessageParts},
    *,
};

/// What Actix reads.
#[derive(Default)]
struct Read {
    /// For each byte, whether it belongs to a head. After a request that Actix refuses, there are none.
    is_head: Vec<bool>,
    /// The number of requests that it accepts.
    requests: usize,
}

impl Read {
    /// Adds bytes that Actix reads as a head, or as empty lines before it.
    fn add_head(&mut self, bytes: &[u8]) {
        let empty = bytes.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        self.is_head.extend((0..bytes.len()).map(|at| at >= empty));
    }
}

/// Returns the configuration that Actix needs to read requests.
fn config() -> ServiceConfig {
    // The configuration spawns a task, which is not needed.
    System::new().block_on(async { ServiceConfig::default() })
}

/// Divides bytes into pieces. The lengths are used in turn.
fn pieces<'a>(bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    for length in lengths.iter().cycle() {
        let (piece, others) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = others;
        if rest.is_empty() {
            break;
        }
    }
    pieces
}

/// Lets Actix read bytes that arrive in pieces.
fn read_by_actix(config: &ServiceConfig, bytes: &[u8], pieces: &[&[u8]]) -> Read {
    let (mut codec, mut buffer) = (Codec::new(config.clone()), BytesMut::new());
    let (mut read, mut arrived) = (Read::default(), 0);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        arrived += piece.len();
        loop {
            let (start, in_body) = (arrived - buffer.len(), codec.message_type() != MessageType::None);
            let decoded = codec.decode(&mut buffer);
            let taken = &bytes[start..arrived - buffer.len()];
            match decoded {
                Ok(Some(Message::Item(_))) => {
                    read.requests += 1;
                    read.add_head(taken);
                }
                Ok(Some(Message::Chunk(_))) => read.is_head.resize(start + taken.len(), false),
                Ok(None) => {
                    read.is_head.resize(start + taken.len(), false);
                    break;
                }
                Err(_) => {
                    if !in_body {
                        read.add_head(&bytes[start..end_of_head(&bytes[..arrived], start)]);
                    }
                    return read;
                }
            }
        }
    }
    // The rest is an incomplete head.
    read.add_head(&buffer);
    read
}

/// Returns the position after the head that begins at `start`, or after the bytes if it is incomplete.
fn end_of_head(bytes: &[u8], start: usize) -> usize {
    let is_end = |end: &usize| bytes[start..*end].ends_with(b"\n\n") || bytes[start..*end].ends_with(b"\n\r\n");
    let first = start + bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
    (first + 1..=bytes.len()).find(is_end).unwrap_or(bytes.len())
}

/// Returns for each byte whether it is found to belong to a head. The bytes arrive in pieces.
fn found(pieces: &[&[u8]]) -> Vec<bool> {
    let (mut parts, mut is_head) = (MessageParts::default(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        while let Some((part, length)) = parts.next(rest) {
            is_head.resize(is_head.len() + length, matches!(part, MessagePart::Head { .. }));
            rest = &rest[length..];
        }
    }
    is_head
}

/// Checks that [`MessageParts`] finds the same heads as Actix: each byte belongs to a head either for both or for
/// neither. Returns the number of requests that Actix accepts.
fn check(config: &ServiceConfig, text: &str, lengths: &[usize]) -> usize {
    let pieces = pieces(text.as_bytes(), lengths);
    let (read, found) = (read_by_actix(config, text.as_bytes(), &pieces), found(&pieces));
    assert_eq!(found.len(), text.len());
    for (at, (is_head, is_found)) in read.is_head.iter().zip(&found).enumerate() {
        assert_eq!(is_found, is_head, "byte {at} of {text:?} in pieces of {lengths:?}");
    }
    read.requests
}

/// Returns a request with these fields and this body.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n{body}")
}

/// Returns a request with a chunked body.
fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}

/// Trailers that have a line feed as the first byte, and that look like a head.
const TRAILERS: &str = "0\r\n\nG / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n";

/// Checks requests, each of which is followed by another one. The number is how many requests Actix accepts.
fn check_each(requests: &[(String, usize)]) {
    let config = config();
    for (request, accepted) in requests {
        let text = format!("{request}{GET}");
        for length in [1, 2, 3, 7, text.len()] {
            assert_eq!(check(&config, &text, &[length]), *accepted, "{request:?}");
        }
        for at in 1..text.len() {
            assert_eq!(check(&config, &text, &[at, text.len()]), *accepted, "{request:?} at {at}");
        }
    }
}

#[test]
fn fields_that_determine_the_body_are_read_as_actix_does_it() {
    check_each(&[
        (post("Content-Length: 5\r\n", "hello"), 2),
        (post("Content-Length:\t 005 \r\n", "\n\r\n\r\n"), 2),
        (post("Content-Length: 0\r\n", ""), 2),
        (post("Content-Length: +5\r\n", "hello"), 0),
        (post("Content-Length:\r\n", ""), 0),
        (post("Content-Length: 5, 5\r\n", "hello"), 0),
        (post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 0),
        (post("Content-Length: 18446744073709551616\r\n", "hello"), 0),
        (post("Content-Length: 18446744073709551615\r\n", "hello"), 1),
        (post("Content-Length : 5\r\n", "hello"), 0),
        (post("Content-Length:\r\n 5\r\n", "hello"), 0),
        (post("X-Content-Length: 5\r\n", ""), 2),
        (post("Transfer-Encoding:\tCHUNKED \r\n", "0\r\n\r\n"), 2),
        (post("Transfer-Encoding: identity\r\n", ""), 0),
        (post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 0),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 0),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 0),
        (post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 0),
        ("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 2),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 0),
        // Everything that follows is the body.
        (post("Upgrade: websocket\r\n", ""), 1),
        (post("Content-Length: 5\r\nUpgrade: WebSocket \r\n", "hello"), 1),
        (post("Upgrade: h2c, websocket\r\n", ""), 2),
        (post("Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 2),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 1),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".to_owned(), 1),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 2),
    ]);
}

#[test]
fn chunks_and_trailers_are_read_as_actix_does_it() {
    check_each(&[
        (chunked("5\r\nhello\r\n0\r\n\r\n"), 2),
        (chunked("5 \t;a=\"b\"\r\nhello\r\n00;c\r\nA: b\r\n\r\n"), 2),
        (chunked(&format!("{}5\r\nhello\r\n0\r\n\r\n", "0".repeat(300))), 2),
        (chunked("10000000000000000\r\nhello"), 1),
        (chunked("\r\n0\r\n\r\n"), 1),
        (chunked("0\n\r\n"), 1),
        (chunked("5 5\r\nhello\r\n0\r\n\r\n"), 1),
        (chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 1),
        (chunked("5\r\nhello5\r\nhello\r\n0\r\n\r\n"), 1),
        (chunked("5\r\nhello\n0\r\n\r\n"), 1),
        (chunked(TRAILERS), 2),
        (chunked("0\r\n\n\r\n\r\n"), 2),
        (chunked("0\r\nA: b\n\n\r\n\r\n"), 2),
        (chunked("0\r\nA\rb\r\n\r\n"), 1),
        (chunked("0\r\n\rb\r\n\r\n"), 1),
    ]);
}

#[test]
fn long_lines_are_read_as_actix_does_it() {
    let (blanks, zeros) = (" \t".repeat(150), "0".repeat(300));
    check_each(&[
        (post(&format!("Content-Length:{blanks}5{blanks}\r\n"), "hello"), 2),
        (post(&format!("Content-Length: {zeros}5\r\n"), "hello"), 2),
        (post(&format!("Content-Length:{zeros}\r\n"), ""), 2),
        (post(&format!("Content-Length: 5{zeros}\r\n"), "hello"), 0),
        (post(&format!("Content-Length: 5{blanks}5\r\n"), "hello"), 0),
        (post(&format!("Content-Length: {zeros} 5\r\n"), "hello"), 0),
        (post(&format!("Transfer-Encoding:{blanks}chunked{blanks}\r\n"), "0\r\n\r\n"), 2),
        (post(&format!("Transfer-Encoding: chunked{blanks},\r\n"), "0\r\n\r\n"), 0),
        (post(&format!("Upgrade:{blanks}websocket{blanks}\r\n"), ""), 1),
        (post(&format!("Upgrade: websocket{blanks}, h2c\r\n"), ""), 2),
        (post(&format!("Cookie:{blanks}5\r\nX:{zeros}\r\n"), ""), 2),
    ]);
}

/// Requests with bodies of all kinds. Some break the rules.
fn requests() -> impl Strategy<Value = String> {
    let bare = select(vec![GET, "GET / HTTP/1.0\n\n", "\r\n\nGET / HTTP/1.1\nHost: x\nX: \r\n\r\n"]).prop_map(str::to_owned);
    let field = select(vec!["Content-Length: ", "content-length:0", "Content-Length:\t  000", "X: 1\nCONTENT-LENGTH:\t"]);
    let sized = (field, "[a0\r\n: ]{0,12}|GET / HTTP/1\\.1\r\n\r\n")
        .prop_map(|(field, body)| post(&format!("{field}{}\r\n", body.len()), &body));
    let odd = select(vec![
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: identity\r\n",
        "Content-Length : 2\r\n",
        "Upgrade: websocket\r\n",
    ])
    .prop_map(|fields| post(fields, "0\r\n\r\n"));
    prop_oneof![2 => bare, 3 => sized, 6 => chunks(), 1 => odd]
}

/// Requests with chunked bodies. Some break the rules.
fn chunks() -> impl Strategy<Value = String> {
    let zeros = select(vec!["", "", "", "0", "00000000000000000000"]);
    let extension = select(vec!["", "", "", " ", "\t ", ";a=b", " ;\"\u{e9}\"", ";", ";a\n"]);
    let data = prop_oneof![3 => "[a0\r\n: ]{1,20}", 1 => Just(GET.to_owned())];
    let chunk = (zeros, data, extension)
        .prop_map(|(zeros, data, extension)| format!("{zeros}{:x}{extension}\r\n{data}\r\n", data.len()));
    let last = select(vec!["0\r\n", "0\r\n", "0000 \r\n", "0;a\r\n", "0\n"]);
    let trailer = select(vec![
        "A: b\r\n",
        "\n\r\n",
        "\nG / HTTP/1.1\r\n",
        "Content-Length: 99\r\n",
        "GET / HTTP/1.1\nHost: x\n\n\r\n",
        "\n\n\n\r\n",
        "A\rb\r\n",
    ]);
    (vec(chunk, 0..4), last, vec(trailer, 0..3), select(vec!["\r\n", "\r\n", "\r\n", "\n"]))
        .prop_map(|(chunks, last, trailers, end)| chunked(&format!("{}{last}{}{end}", chunks.concat(), trailers.concat())))
}

#[test]
fn heads_are_found_as_actix_finds_them_in_random_requests() {
    let config = config();
    let changes = vec((any::<Index>(), select(b"\r\n:; 05aGX".to_vec())), 0..3);
    let requests = (vec(requests(), 1..6), changes).prop_map(|(requests, changes)| {
        let mut characters: Vec<char> = requests.concat().chars().collect();
        for (at, byte) in changes {
            let at = at.index(characters.len());
            characters[at] = char::from(byte);
        }
        characters.into_iter().collect::<String>()
    });
    let settings = Config { failure_persistence: None, ..Config::with_cases(3_000) };
    let held = TestRunner::new(settings).run(&(requests, vec(1..40_usize, 1..6)), |(text, lengths)| {
        check(&config, &text, &lengths);
        Ok(())
    });
    held.unwrap_or_else(|failure| panic!("{failure}"));
}

#[actix_web::test]
async fn a_long_name_after_unusual_framing_is_refused() {
    let service = Service::start(long_limits());
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\n{}: y\r\n\r\n", "n".repeat(70_000));
    let (blanks, zeros) = (" ".repeat(300), "0".repeat(300));
    let requests = [
        (chunked(TRAILERS), "0 bytes"),
        (chunked(&format!("{zeros}5\r\nhello\r\n0\r\n\r\n")), "5 bytes"),
        (post(&format!("Content-Length:{blanks}5\r\n"), "hello"), "5 bytes"),
        (post(&format!("Transfer-Encoding:{blanks}chunked\r\n"), "5\r\nhello\r\n0\r\n\r\n"), "5 bytes"),
    ];
    for (at, (request, response)) in requests.iter().enumerate() {
        let mut client = service.connect().await;
        let (first, second) = request.split_at(request.len() / 2);
        client.send(first).await;
        // The pieces arrive one after the other.
        tokio::time::sleep(Duration::from_millis(5)).await;
        client.send(second).await;
        client.read_until(response).await;
        client.send(&long).await;
        client.read_all().await;
        // A panic would not be counted.
        service.counts(&format!("dermagraph_requests_total{{status=\"400\"}} {}", at + 1)).await;
    }
}

#[actix_web::test]
async fn an_incomplete_head_after_unusual_trailers_ends_the_connection() {
    let service = Service::start(ConnectionLimits { head_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await;
    client.send(chunked(TRAILERS) + "GET / HTTP/1.1\r\nX: ").await;
    let received = String::from_utf8_lossy(&client.read_all().await).into_owned();
    assert!(received.contains("0 bytes") && received.contains("HTTP/1.1 408 "), "{received}");
}

#[actix_web::test]
async fn the_rest_of_a_refused_chunked_body_reserves_no_memory() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("POST /refused HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.read_until("401").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    for _ in 0..8 {
        client.send(&chunk).await;
        assert_eq!(service.accounts.reserved(), 0);
    }
    client.send(["0\r\n\r\n", GET].concat()).await;
    client.read_until("hello").await;
}
