//! Attacks over `WebSocket` with handwritten bytes: frames, handshakes, subscriptions.

use std::time::Duration;

use serde_json::json;

use crate::{
    attack::{Attack, Conduct, NUMBER, Piece, Reads, numbered, same},
    documents::aliases,
    frames::{HANDSHAKE, greeting, message, socket, socket_head, subscribe},
    lab,
};

const ROLE: &[&str] = &["--require-role", "reader"];

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_sockets() {
    lab::withstands("sockets", &[frames(), handshakes(), operations()].into_iter().flatten().collect::<Vec<_>>());
}

fn pour(name: &'static str, connections: usize, start: Vec<u8>, piece: Piece) -> Attack {
    Attack::new(name, Conduct::hold(connections, same(start)).then(piece, Duration::ZERO))
}

fn frames() -> Vec<Attack> {
    let huge = [HANDSHAKE.as_bytes(), &socket_head(0x81, 1 << 40)].concat();
    let begun = [greeting(), socket(0x01, b"{")].concat();
    let bytes = || same(" ".repeat(1 << 20));
    vec![
        pour("a frame that declares 2^40 bytes", 4, huge.clone(), bytes()),
        pour("the same without a credential", 4, huge, bytes()).on(ROLE),
        pour("a frame of 2^40 bytes after the greeting", 4, [greeting(), socket_head(0x81, 1 << 40)].concat(), bytes()),
        pour("a message in pieces without an end", 10, begun.clone(), same(socket(0x00, &[b' '; 10_000]))),
        pour("a message in empty pieces without an end", 10, begun.clone(), same(socket(0x00, b"").repeat(100))),
        pour("a message in pieces of a byte", 10, begun, same(socket(0x00, b" ").repeat(100))),
        pour("a flood of pings", 10, greeting(), same(socket(0x89, &[b'x'; 125]).repeat(100))),
        Attack::new(
            "a flood of pings, not read",
            Conduct::hold(20, same(greeting()))
                .then(same(socket(0x89, &[b'x'; 125]).repeat(100)), Duration::ZERO)
                .reads(Reads::Nothing),
        ),
        pour("a flood of pongs", 10, greeting(), same(socket(0x8a, b"").repeat(100))),
        pour(
            "deeply nested messages",
            10,
            greeting(),
            same(socket(0x81, format!("{{\"a\":{}", "[".repeat(60_000)).as_bytes())),
        ),
        pour("a flood of pings of the protocol", 10, greeting(), same(message(&json!({"type": "ping"})).repeat(200))),
        Attack::new(
            "frames a byte at a time",
            Conduct::hold(300, same(greeting())).then(same([0x81]), Duration::from_millis(300)),
        ),
    ]
}

pub fn handshakes() -> Vec<Attack> {
    vec![
        Attack::new("1,100 handshakes, and nothing more", Conduct::hold(1100, same(HANDSHAKE))).on(ROLE).ends(10),
        Attack::new("incomplete handshakes", Conduct::hold(1100, same(&HANDSHAKE[..100]))).ends(10),
        Attack::new("1,200 sockets that send nothing", Conduct::hold(1200, same(greeting()))),
        Attack::new("a flood of handshakes", Conduct::churn(100, same(HANDSHAKE))),
        Attack::new("a flood of greetings", Conduct::churn(100, same(greeting()))),
        Attack::new(
            "sockets that send a close and stay",
            Conduct::hold(500, same([greeting(), socket(0x88, b"\x03\xe8")].concat())),
        ),
    ]
}

fn operations() -> Vec<Attack> {
    let fat = format!("subscription{{library{{{}}}}}", "revision ".repeat(9900));
    let unique = numbered(subscribe(NUMBER, &format!("{fat}#{NUMBER}")));
    let thin = "subscription{library{revision}}";
    let filled = || [greeting(), (0..100).flat_map(|at| subscribe(&at.to_string(), thin)).collect()].concat();
    let complete = message(&json!({"type": "complete", "id": NUMBER}));
    let churn = numbered([subscribe(NUMBER, thin), complete].concat());
    let long = numbered(subscribe(NUMBER, &aliases(200)));
    let different = format!(
        "{{procedures(first:20,where:{{slug:{{ne:\"x{NUMBER}\"}}}}){{nodes{{name outcomes(first:2){{nodes{{grade}}}}}}}}}}"
    );
    let large = format!("{{procedures(first:1){{nodes{{{}}}}}}}", "name ".repeat(9900));
    vec![
        Attack::new(
            "long subscriptions, each different",
            Conduct::hold(5, same(greeting())).then(unique, Duration::from_millis(20)),
        ),
        Attack::new("100 subscriptions on each of 300 sockets", Conduct::hold(300, same(filled()))),
        pour("subscribe and complete", 10, greeting(), churn),
        pour("ids of 60 KB", 5, greeting(), numbered(subscribe(&format!("{NUMBER:x>60000}"), thin))),
        Attack::new(
            "long responses, not read",
            Conduct::hold(50, same(greeting())).then(long, Duration::from_millis(50)).reads(Reads::Nothing),
        ),
        pour("different queries on each of 250 sockets", 250, greeting(), numbered(subscribe(NUMBER, &different))),
        pour("large documents", 10, greeting(), numbered(subscribe(NUMBER, &format!("{large}#{NUMBER}")))),
    ]
}
