//! Heads and bodies that are long, slow, malformed or compressed, over HTTP/1.1.

use std::time::Duration;

use crate::{
    attack::{Attack, Conduct, Piece, made, same},
    compression, lab,
    requests::post_with,
};

/// The head of a POST, without its end.
const POST: &str = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
/// Connections of an attack that sends little on each.
const MANY: usize = 300;
/// Pause of a slow sender.
const SLOW: Duration = Duration::from_millis(500);

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_malformed_bytes() {
    lab::withstands("bytes", &[heads(), bodies(), compressed()].into_iter().flatten().collect::<Vec<_>>());
}

fn drip(name: &'static str, opening: String, piece: &'static str) -> Attack {
    Attack::new(name, Conduct::hold(MANY, same(opening)).then(same(piece), SLOW))
}

/// An attack that sends pieces as fast as the server reads them.
fn pour(name: &'static str, connections: usize, opening: impl Into<Vec<u8>>, piece: Piece) -> Attack {
    Attack::new(name, Conduct::hold(connections, same(opening)).then(piece, Duration::ZERO))
}

pub fn heads() -> Vec<Attack> {
    let field = made(|number| format!("X-{number}: {}\r\n", "x".repeat(100)).into_bytes());
    vec![
        drip("a head a byte at a time", "GET /graphql HTTP/1.1\r\nX: ".to_owned(), "x").ends(10),
        drip("headers one at a time", "GET /graphql HTTP/1.1\r\nHost: localhost\r\n".to_owned(), "A: b\r\n").ends(10),
        pour("a header without an end", 20, "GET /graphql HTTP/1.1\r\nX: ", same("x".repeat(16_384))),
        pour("headers without an end", 20, "GET /graphql HTTP/1.1\r\nHost: localhost\r\n", field),
        pour("a target without an end", 20, "GET /", same("x".repeat(16_384))),
        pour("a method without an end", 20, "", same("A".repeat(16_384))),
        pour("empty lines before a head", 20, "", same("\r\n".repeat(8192))),
        Attack::new("heads that cannot be read", Conduct::hold(50, same("garbage\r\n\r\n"))),
        Attack::new(
            "a method of 60,000 letters",
            Conduct::requests(8, same(format!("{} /graphql HTTP/1.1\r\nHost: localhost\r\n\r\n", "A".repeat(60_000)))),
        ),
    ]
}

pub fn bodies() -> Vec<Attack> {
    let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    let expecting = format!("{POST}Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
    let begun = format!("{POST}Content-Length: 1048576\r\n\r\n{}", " ".repeat(1_000_000));
    vec![
        drip("a body a byte at a time", format!("{POST}Content-Length: 100000\r\n\r\n"), " ").ends(20),
        drip("a chunk a byte at a time", chunked.clone(), "1\r\n \r\n").ends(20),
        pour("chunks of one byte", 10, chunked.clone(), same("1\r\n \r\n".repeat(2000))),
        pour("a chunk extension without an end", 20, format!("{chunked}1;"), same("x".repeat(16_384))),
        pour("chunk extensions", 20, chunked.clone(), same(format!("1;{}\r\n \r\n", "x".repeat(10_000)))),
        pour(
            "trailers without an end",
            20,
            format!("{chunked}2\r\n{{}}\r\n0\r\n"),
            same(format!("X: {}\r\n", "x".repeat(1000))),
        ),
        pour("a body without an end", 20, chunked, same(format!("4000\r\n{}\r\n", " ".repeat(0x4000)))),
        Attack::new("a body that is announced and never sent", Conduct::hold(MANY, same(expecting))).ends(20),
        Attack::new("bodies that stop before their last byte", Conduct::hold(200, same(begun))).ends(20),
        pour(
            "a body that is refused and still sent",
            20,
            "POST /elsewhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n",
            same("x".repeat(16_384)),
        ),
    ]
}

fn compressed() -> Vec<Attack> {
    let bomb = |(name, coding, body): (&'static str, &'static str, Vec<u8>)| {
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
        Attack::new(name, Conduct::requests(20, same(post_with(&headers, &body))))
    };
    compression::bombs().into_iter().map(bomb).collect()
}
