//! Attacks from public advisories about similar servers and libraries, each with its source.

use std::time::Duration;

use crate::{
    attack::{Attack, Conduct, Reads, same},
    documents::unique,
    frames::{
        END_HEADERS, END_STREAM, HANDSHAKE, WIDE, field, frame, get, get_block, get_fields, greeting, indexed, kind,
        opening, opening_before_acknowledgement, reset, socket, window,
    },
    http2::{next_streams, pour},
    lab,
    requests::{CHEAP, many, nested, of_procedures, path},
};

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_the_attacks_of_advisories() {
    lab::withstands("public advisories", &[graphql(), http2(), sockets()].into_iter().flatten().collect::<Vec<_>>());
}

fn graphql() -> Vec<Attack> {
    let inner = many(40, |_| "...on Procedure{outcomes{totalCount}}".to_owned());
    let inline = of_procedures(1, &many(40, |_| format!("...on Procedure{{{inner}}}")));
    let fan_out = |levels: usize| {
        let each = |at: usize| format!("fragment F{at} on Procedure{{...F{0} name ...F{0}}}", at + 1);
        format!("{} {} fragment F{levels} on Procedure{{name}}", of_procedures(1, "...F0"), many(levels, each))
    };
    let overlapping = (0..9).fold("name".to_owned(), |inner, _| format!("parent{{{inner}}}parent{{{inner}}}"));
    let types = many(40, |at| format!("a{at}:types{{fields{{type{{fields{{name}}}}}}}}"));
    vec![
        // A simple check compares every pair of fields with the same response key.
        unique(
            "CVE-2026-40476 (webonyx/graphql-php): one field 3,000 times, with fields of its own",
            of_procedures(1, &"outcomes{totalCount}".repeat(1600)),
        ),
        // The faulty check did not store which pairs it had compared if they were in nested inline fragments.
        unique("GHSA-fc86-6rv6-2jpm (webonyx/graphql-php): inline fragments in inline fragments", inline),
        // Each fragment spreads the next one twice, so each level doubles the work.
        unique("CVE-2026-34573 (parse-server): fragments that fan out", fan_out(28)),
        unique(
            "CVE-2023-26144 (graphql-js): overlapping fields that double with each level",
            of_procedures(1, &overlapping),
        ),
        // The faulty lexer read a document of directives to its end before it refused the document.
        unique(
            "CVE-2022-37734 (graphql-java), birkir/prime#543: directives that do not exist",
            format!("query{{__typename{}}}", "@aa".repeat(80_000)),
        ),
        unique(
            "CVE-2024-47614 (async-graphql): one directive 5,000 times",
            of_procedures(1, &format!("name{}", "@include(if:true)".repeat(2900))),
        ),
        // The faulty limit on normalised fields did not count the fields of introspection.
        unique("CVE-2024-40094 (graphql-java): introspection in breadth", format!("{{__schema{{{types}}}}}")),
        unique(
            "dolevf/DVGA: introspection in a circle",
            format!("{{__schema{{types{{{}}}}}}}", nested("fields{type{", "name", "}}", 13)),
        ),
    ]
}

fn http2() -> Vec<Attack> {
    let begun = [opening(&[]), frame(kind::HEADERS, END_STREAM, 1, &get_block("/graphql"))].concat();
    // Letters with the shortest Huffman code of HPACK, five bits, so that there are more letters to decode than bytes (RFC
    // 7541, appendix B, `0`).
    let huffman = [vec![0, 1, b'x', 0xff, 0x81, 0x7d], vec![0; 16_000]].concat();
    let cheap = path(CHEAP);
    let (first, second) = (cheap.clone(), cheap.clone());
    let empty_name = [get_fields("/health/live"), indexed("", "").repeat(4000)].concat();
    let large = path("{procedures(first:100){nodes{name description slug}}}");
    let tables = [get_fields("/health/live"), [0x3f, 0xe1, 0x1f].repeat(100), indexed("x", &"x".repeat(4000))].concat();
    vec![
        // The server must decode the headers of a request that it has refused, too.
        pour(
            "CVE-2023-45288 (golang.org/x/net): Huffman letters after the limit",
            10,
            begun,
            same(frame(kind::CONTINUATION, 0, 1, &huffman)),
        ),
        pour(
            "CVE-2019-9516 (nginx and others): headers without names",
            10,
            opening(&[]),
            next_streams(move |stream| frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &empty_name)),
        ),
        // The flow-control windows of HTTP/2 are open, and the TCP window is closed.
        Attack::new(
            "CVE-2019-9517 (httpd and others): windows open, TCP window closed, flood of requests",
            Conduct::hold(10, same([opening(&[WIDE]), window(0, 0x7fff_0000)].concat()))
                .then(next_streams(move |stream| get(stream, &large)), Duration::ZERO)
                .reads(Reads::Nothing),
        )
        .on(&["--http2"]),
        // The client reads nothing, so the resets that the server must send are queued.
        Attack::new(
            "RUSTSEC-2024-0003 (hyperium/h2#737): streams that must be reset, resets not read",
            Conduct::hold(10, same(opening(&[])))
                .then(
                    next_streams(|stream| frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &[0x82, 0x82])),
                    Duration::ZERO,
                )
                .reads(Reads::Nothing),
        )
        .on(&["--http2"]),
        pour(
            "CVE-2023-26964 (hyperium/hyper#2877): streams opened and reset 20,000 times",
            5,
            opening(&[]),
            next_streams(move |stream| [get(stream, &first), reset(stream)].concat()),
        ),
        pour(
            "hyperium/h2#906: RST_STREAM on streams that are reset",
            5,
            opening(&[]),
            next_streams(move |stream| [get(stream, &second), reset(stream).repeat(3)].concat()),
        ),
        pour(
            "CVE-2016-1544 (nghttp2): the header table filled and resized",
            10,
            opening_before_acknowledgement(&[]),
            next_streams(move |stream| {
                frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &[&tables[..], &field("y", "z")].concat())
            }),
        ),
    ]
}

fn sockets() -> Vec<Attack> {
    let headers = "h: x\r\n".repeat(2000);
    let many_headers = HANDSHAKE.replace("\r\n\r\n", &format!("\r\n{headers}\r\n"));
    let deflate = HANDSHAKE.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    // A raw DEFLATE stream of a mebibyte of spaces, flagged as compressed (RFC 7692).
    let raw = socket(0xc1, &[0xed, 0xc1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a].repeat(1000));
    let names = HANDSHAKE.replace("graphql-transport-ws", &format!("{}graphql-transport-ws", "a,".repeat(20_000)));
    vec![
        Attack::new("CVE-2024-37890 (websockets/ws): a handshake with 2,000 headers", Conduct::hold(50, same(many_headers))),
        Attack::new(
            "tornadoweb/tornado#2391: frames compressed without leave",
            Conduct::hold(50, same([deflate.into_bytes(), raw].concat())),
        ),
        Attack::new("CVE-2021-32640 (websockets/ws): 20,000 subprotocols", Conduct::hold(50, same(names))),
        Attack::new(
            "ChilliCream/graphql-platform#10354: the largest message, again and again",
            Conduct::hold(20, same(greeting())).then(same(socket(0x81, &[b' '; 1 << 20])), Duration::ZERO),
        ),
    ]
}
