//! Bodies: JSON with wrong types in every position, text that is not JSON, and harmful compressed bodies.

use serde_json::json;

use crate::{
    cases::{
        Case,
        Expected::{Any, Refused, Reported},
        try_all,
    },
    compression,
    server::Server,
    wire::{post, post_with},
};

#[test]
fn bodies_of_every_wrong_shape_are_refused() {
    let mut server = Server::start();
    let cases = [texts(), members(), nested(), batches(), types(), compressions()].concat();
    try_all(server.address, &cases);
    server.mark_warm();
    try_all(server.address, &cases);
    server.ends_well();
}

fn reported(name: &str, body: impl AsRef<[u8]>) -> Case {
    Case::new(name, post(body.as_ref()), Reported)
}

/// Bodies that are not JSON, or not an object.
fn texts() -> Vec<Case> {
    let texts: [&[u8]; 33] = [
        b"",
        b" ",
        b"null",
        b"true",
        b"0",
        b"-",
        b"\"query\"",
        b"{",
        b"}",
        b"{]",
        b"{}",
        b"{\"query\"}",
        b"{\"query\":}",
        b"{\"query\":\"{a}\",}",
        b"{'query':'{a}'}",
        b"{query:\"{a}\"}",
        b"{\"query\":\"{a}\"} x",
        b"{\"query\":\"{a}\"}{\"query\":\"{a}\"}",
        b"// x\n{}",
        b"NaN",
        b"Infinity",
        b"{\"query\":NaN}",
        b"{\"query\":01}",
        b"{\"query\":\"\n\"}",
        b"{\"query\":\"\xff\xfe\"}",
        b"\xef\xbb\xbf{\"query\":\"{a}\"}",
        b"{\0\"\0q\0\"\0",
        b"\xff\xfe{\0}\0",
        b"\x00\x00\x00{",
        b"{\"query\":\"\\ud800\"}",
        b"{\"query\":\"\\u00\"}",
        b"{\"query\":\"\\x41\"}",
        b"query={__typename}",
    ];
    texts.iter().map(|text| reported(&format!("body {}", text.escape_ascii()), text)).collect()
}

/// Every member of a request, with values of each wrong type.
fn members() -> Vec<Case> {
    let long = json!("x".repeat(100_000)).to_string();
    let digits = "9".repeat(400);
    let values = [
        "true",
        "0",
        "-1.5",
        "1e999",
        "\"\"",
        "\"x\"",
        "[]",
        "[1]",
        "[[[]]]",
        "{\"a\":1}",
        "\"\\u0000\"",
        "\"\\udc00\\ud800\"",
        "\"{ __proto__ }\"",
        long.as_str(),
        digits.as_str(),
        "{\"__proto__\":{\"polluted\":true},\"constructor\":null}",
    ];
    let members = ["query", "variables", "operationName", "extensions", "documentId"];
    let mut cases = Vec::new();
    for member in members {
        for value in values {
            let rest = if member == "query" { String::new() } else { r#""query":"query($a:Int!){__typename}","#.to_owned() };
            let name: String = format!("{member}: {value}").chars().take(80).collect();
            cases.push(reported(&name, format!("{{{rest}\"{member}\":{value}}}")));
        }
    }
    for persisted in [
        json!(1),
        json!([]),
        json!({}),
        json!({"version": 2, "sha256Hash": "0".repeat(64)}),
        json!({"version": 1}),
        json!({"version": 1, "sha256Hash": "é".repeat(32)}),
        json!({"version": 1, "sha256Hash": "0".repeat(100_000)}),
        json!({"version": 1e300, "sha256Hash": "0".repeat(64)}),
        json!({"version": "1", "sha256Hash": null}),
        json!({"version": 1, "sha256Hash": "0".repeat(64)}),
    ] {
        let body = json!({"query": "{ __typename }", "extensions": {"persistedQuery": persisted}}).to_string();
        cases.push(reported(&format!("persistedQuery {body:.80}"), body));
    }
    for (name, body) in [
        ("a member twice", r#"{"query":"{a}","query":"{b}"}"#.to_owned()),
        (
            "variables twice",
            r#"{"query":"query($a:Int!){__typename}","variables":{"a":1},"variables":{"a":"x"}}"#.to_owned(),
        ),
        ("a variable twice", r#"{"query":"query($a:Int!){__typename}","variables":{"a":1,"a":"x"}}"#.to_owned()),
        ("members of other requests", r#"{"Query":"{ __typename }","mutation":"x","id":1}"#.to_owned()),
        (
            "100,000 members",
            format!(
                "{{{}\"query\":1}}",
                (0..50_000).map(|at| format!("\"m{at}\":0")).chain([String::new()]).collect::<Vec<_>>().join(",")
            ),
        ),
    ] {
        cases.push(reported(name, body));
    }
    cases
}

/// Nesting that would overflow the stack of a recursive parser.
fn nested() -> Vec<Case> {
    let (lists, objects) = ("[".repeat(100_000), "{\"a\":".repeat(100_000));
    let closed = format!("{lists}{}", "]".repeat(100_000));
    vec![
        reported("100,000 lists without end", &lists),
        reported("100,000 lists", &closed),
        reported("100,000 objects", &objects),
        reported("variables of 100,000 lists", format!("{{\"query\":\"{{a}}\",\"variables\":{{\"a\":{closed}}}}}")),
        reported("extensions of 100,000 objects", format!("{{\"query\":\"{{a}}\",\"extensions\":{objects}")),
        reported("a batch in 100,000 batches", format!("{lists}{{\"query\":\"{{a}}\"}}")),
    ]
}

fn batches() -> Vec<Case> {
    let entry = r#"{"query":"{a}"}"#;
    let of = |times: usize, entry: &str| format!("[{}]", vec![entry; times].join(","));
    vec![
        reported("an empty batch", "[]"),
        reported("a batch of batches", "[[],[[]]]"),
        reported("a batch of nulls", "[null,null]"),
        reported("a batch of numbers", "[1,2]"),
        reported("a batch too long", of(11, entry)),
        reported("100,000 entries", of(60_000, "{}")),
        reported("a batch of errors", of(10, entry)),
        reported("a batch with a subscription", r#"[{"query":"subscription{a}"}]"#),
    ]
}

/// Other media types.
fn types() -> Vec<Case> {
    let body = br#"{"query":"{ __typename }"}"#;
    let long = "application/json;".repeat(1000);
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=",
        "application/json, text/plain",
        "json",
        "application/jsonx",
        "*/*",
        "\u{fffd}",
        "application /json",
        "application/json/x",
    ]
    .iter()
    .map(|kind| Case::new(format!("Content-Type: {kind}"), post_with(&format!("Content-Type: {kind}\r\n"), body), Reported))
    .chain([
        Case::new("no type", post_with("", body), Reported),
        Case::new("a long type", post_with(&format!("Content-Type: {long}\r\n"), body), Any),
        Case::new("two types", post_with("Content-Type: text/plain\r\nContent-Type: application/json\r\n", body), Reported),
    ])
    .collect()
}

/// Bodies with malformed compression, and compressed bodies that are much longer when decompressed.
fn compressions() -> Vec<Case> {
    let with = |coding: &str, body: &[u8]| {
        post_with(&format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n"), body)
    };
    let mut cases = Vec::new();
    for coding in ["gzip", "deflate", "br", "zstd"] {
        cases.push(Case::new(format!("{coding}: not compressed"), with(coding, br#"{"query":"{ __typename }"}"#), Reported));
        cases.push(Case::new(format!("{coding}: NUL bytes"), with(coding, &[0; 10_000]), Reported));
        cases.push(Case::new(format!("{coding}: high bytes"), with(coding, &[0xff; 10_000]), Reported));
        cases.push(Case::new(format!("{coding}: nothing"), with(coding, b""), Reported));
    }
    for (name, coding, body) in compression::bombs() {
        cases.push(Case::new(name, with(coding, &body), Reported));
        cases.push(Case::new(format!("half of {name}"), with(coding, &body[..body.len() / 2]), Reported));
    }
    for coding in ["compress", "gzip, gzip", "gzip, br", "GZIP ", "x", "\"gzip\"", "identity, identity", ",,,"] {
        cases.push(Case::new(format!("Content-Encoding: {coding}"), with(coding, &compression::gzip(b"x")), Refused));
    }
    cases
}
