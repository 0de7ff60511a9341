//! Connections that are numerous, idle, slow to read, or half open, over HTTP/1.1.

use std::time::Duration;

use crate::{
    attack::{Attack, Conduct, Reads, same},
    lab,
    requests::{get, query},
};

/// Connections of a flood.
const FLOOD: usize = 2000;

/// Documents of event streams, and of responses that fit into a buffer.
const PAGE: &str = "{procedures(first:100){nodes{name description slug}}}";

fn stream(document: &str) -> Vec<u8> {
    let headers = "Content-Type: application/json\r\nAccept: text/event-stream\r\n";
    crate::requests::post_with(headers, serde_json::json!({"query": document}).to_string().as_bytes())
}

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_connections() {
    lab::withstands("connections", &[idle(), unread(), streams()].into_iter().flatten().collect::<Vec<_>>());
}

pub fn idle() -> Vec<Attack> {
    // After 600 health checks, further ones are delayed.
    let head = format!(
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nX: {}\r\n\r\n",
        "x".repeat(120_000)
    );
    let long_check = [head.into_bytes(), vec![b' '; 100_000]].concat();
    let second = [get("/health/live"), b"GET /hea".to_vec()].concat();
    let fields = (0..90).map(|at| format!("{at}:\r\n")).collect::<Vec<_>>().concat();
    let checks = format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").repeat(30);
    vec![
        Attack::new("2,000 connections that send nothing", Conduct::hold(FLOOD, same(""))).ends(10),
        Attack::new("2,000 connections from as many addresses", Conduct::hold(FLOOD, same("")).spread()).ends(10),
        Attack::new("2,000 heads that stop", Conduct::hold(FLOOD, same("GET /graphql HTTP/1.1\r\nHo"))).ends(10),
        Attack::new("2,000 connections idle after a request", Conduct::hold(FLOOD, same(get("/health/live")))).ends(80),
        Attack::new("1,000 second heads that stop", Conduct::hold(1000, same(second.clone()))).ends(80),
        Attack::new(
            "1,000 second heads a byte a second",
            Conduct::hold(1000, same(second)).then(same("x"), Duration::from_secs(1)),
        )
        .ends(80),
        Attack::new("long heads and bodies of delayed health checks", Conduct::hold(1800, same(long_check))),
        Attack::new("delayed health checks with many short fields, pipelined", Conduct::hold(1000, same(checks))),
        Attack::new("connect and disconnect", Conduct::churn(200, same(""))),
        Attack::new("request and disconnect", Conduct::churn(100, same(query(PAGE)))),
        Attack::new("a preface of HTTP/2 that stops", Conduct::hold(1000, same("PRI * HTTP/2"))).on(&["--http2"]).ends(10),
        Attack::new("one letter with HTTP/2 on", Conduct::hold(1000, same("P"))).on(&["--http2"]).ends(10),
        Attack::new("nothing with HTTP/2 on", Conduct::hold(1000, same(""))).on(&["--http2"]).ends(10),
    ]
}

pub fn unread() -> Vec<Attack> {
    let pages = query(PAGE);
    vec![
        Attack::new("responses read at a byte a second", Conduct::hold(500, same(pages.repeat(10))).reads(Reads::Slowly))
            .ends(130),
        Attack::new("responses not read", Conduct::hold(500, same(pages.repeat(10))).reads(Reads::Nothing)).ends(70),
        Attack::new(
            "a flood of requests, responses not read",
            Conduct::hold(20, same("")).then(same(pages.repeat(10)), Duration::ZERO).reads(Reads::Nothing),
        ),
        // Each is a redirect without a body.
        Attack::new(
            "redirects that are pipelined, not read",
            Conduct::hold(20, same("")).then(same(get("/playground/").repeat(400)), Duration::ZERO).reads(Reads::Nothing),
        ),
        Attack::new(
            "the playground, not read",
            Conduct::hold(300, same(get("/playground").repeat(20))).reads(Reads::Nothing),
        ),
    ]
}

fn streams() -> Vec<Attack> {
    let subscription = stream("subscription{library{revision}}");
    let fat = stream(&format!("subscription{{library{{{}}}}}", "revision ".repeat(9900)));
    vec![
        Attack::new("1,200 event streams", Conduct::hold(1200, same(subscription))),
        Attack::new("200 event streams of a large document", Conduct::hold(200, same(fat))),
        Attack::new(
            "event streams of long responses, not read",
            Conduct::hold(300, same(stream(&crate::documents::aliases(300)))).reads(Reads::Nothing),
        ),
    ]
}
