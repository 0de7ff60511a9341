//! Heads of requests: request lines, headers, lengths, methods, targets.

use crate::{
    cases::{
        Case,
        Expected::{Any, Refused, Reported},
        try_all,
    },
    server::Server,
    wire::{Outcome, exchange},
};

const METHODS: [&str; 12] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "get"];
const PATHS: [&str; 20] = [
    "/",
    "/?q=melasma",
    "/?search=%00",
    "/explore",
    "/explore/procedures/microneedling",
    "/explore/conditions/%ff",
    "/site/site.css",
    "/llms.txt",
    "/docs/errors.md",
    "/graphql",
    "/graphql/",
    "/playground",
    "/playground/",
    "/playground/basic/page.js",
    "/playground-basic",
    "/favicon.ico",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/elsewhere",
];

#[test]
fn heads_of_every_wrong_shape_are_refused() {
    let mut server = Server::start();
    let cases = [lines(), headers(), lengths(), chunks(), methods(), parameters(), paths()].concat();
    try_all(server.address, &cases);
    server.mark_warm();
    try_all(server.address, &cases);
    server.ends_well();
}

#[test]
fn no_request_is_smuggled_behind_a_body() {
    let server = Server::start();
    let hidden = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let shapes = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
        ("Content-Length: 0\r\nContent-Length: 44", ""),
        ("Content-Length: 0, 44", ""),
        ("Content-Length: +0", ""),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
        ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
        ("Transfer-Encoding: identity, chunked, identity", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked", "0\r\n\r\n"),
        ("X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"),
        ("Transfer-Encoding:\n chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
    ];
    for (headers, body) in shapes {
        let request = format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}{hidden}");
        if let Outcome::Responded(response) = exchange(server.address, request.as_bytes()) {
            let all = String::from_utf8_lossy(&response.raw).into_owned();
            assert!(!all.contains(r#""status":"live""#), "{headers:?}: {all}");
        }
    }
    server.ends_well();
}

fn refused(name: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::new(name, bytes, Refused)
}

/// Request lines, and bytes that are not HTTP.
fn lines() -> Vec<Case> {
    let line = |line: &str| format!("{line}\r\nHost: localhost\r\n\r\n");
    let mut cases: Vec<Case> = [
        "GET",
        "GET /health/live",
        "GET /health/live HTTP/9.9",
        "GET /health/live HTTP/1.1 more",
        "GET /health/live HTTP/1.1\0",
        "GET /health/live HTP/1.1",
        "/health/live GET HTTP/1.1",
        "GET /gra phql HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "G\0T / HTTP/1.1",
        "GET  HTTP/1.1",
        "GET http://[::1 HTTP/1.1",
        "GET :// HTTP/1.1",
        "G(T / HTTP/1.1",
    ]
    .iter()
    .map(|first| refused(&format!("{first:?}"), line(first)))
    .collect();
    let unusual =
        ["GET //// HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT x:80 HTTP/1.1", "GET http://elsewhere/graphql HTTP/1.1"];
    cases.extend(unusual.iter().map(|first| Case::new(*first, line(first), Any)));
    cases.push(Case::new("bare line feeds", "GET /health/live HTTP/1.1\nHost: localhost\n\n", Any));
    cases.push(Case::new("HTTP/1.0", "GET /health/live HTTP/1.0\r\n\r\n", Any));
    for (name, bytes) in [
        ("nothing", b"".to_vec()),
        ("empty lines", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("carriage returns", b"GET / HTTP/1.1\rHost: localhost\r\r".to_vec()),
        ("a mark of byte order", b"\xef\xbb\xbfGET / HTTP/1.1\r\n\r\n".to_vec()),
        ("NUL bytes", vec![0; 4096]),
        ("high bytes", vec![0xff; 4096]),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        ("SMTP", b"EHLO x\r\nMAIL FROM:<x>\r\n".to_vec()),
        ("a long method", format!("{} / HTTP/1.1\r\n\r\n", "G".repeat(70_000)).into_bytes()),
        ("a long target", line(&format!("GET /{} HTTP/1.1", "x".repeat(300_000))).into_bytes()),
        ("a target with invalid UTF-8", b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a line without end", vec![b'x'; 2_000_000]),
    ] {
        cases.push(refused(name, bytes));
    }
    cases
}

fn headers() -> Vec<Case> {
    let with = |headers: &[u8]| [b"GET /graphql HTTP/1.1\r\nHost: localhost\r\n", headers, b"\r\n\r\n"].concat();
    let many = |times: usize| (0..times).map(|at| format!("X-{at}: y")).collect::<Vec<_>>().join("\r\n");
    vec![
        refused("a header without colon", with(b"nonsense")),
        refused("a header without name", with(b": x")),
        refused("a space before the colon", with(b"Accept : */*")),
        refused("a NUL in a value", with(b"X: a\0b")),
        refused("a NUL in a name", with(b"X\0: a")),
        refused("a folded header", with(b"X: a\r\n b")),
        refused("a name with high bytes", with(b"\xff\xfe: a")),
        refused("a value with high bytes", with(b"Accept: \xff\xfe")),
        refused("1,000 headers", with(many(1000).as_bytes())),
        refused("100,000 headers", with(many(100_000).as_bytes())),
        refused("a value of 1 MiB", with(format!("X: {}", "y".repeat(1 << 20)).as_bytes())),
        refused("a name of 1 MiB", with(format!("{}: y", "X".repeat(1 << 20)).as_bytes())),
        refused("two hosts", with(b"Host: y")),
        refused("no host", "GET /graphql HTTP/1.1\r\n\r\n"),
        refused("a host that is none", "GET /graphql HTTP/1.1\r\nHost: a b\"<>\r\n\r\n"),
        refused("an unknown expectation", with(b"Expect: 200-ok")),
        refused("a foreign origin", with(b"Origin: https://elsewhere.example\r\nSec-Fetch-Site: cross-site")),
        refused("an origin that is none", with(b"Origin: \xff\xfe")),
        refused("an unknown media type", with(b"Accept: image/png")),
        refused("10,000 media types", with(format!("Accept: {}", "a/b,".repeat(10_000)).as_bytes())),
        refused("10,000 codings", with(format!("Accept-Encoding: {}", "gzip;q=0.5,".repeat(10_000)).as_bytes())),
        refused("an invalid range", with(b"Range: bytes=9999999999999999999-0")),
        refused("an invalid token", with(b"Authorization: Bearer \"';--")),
        refused("a token of 50 KB", with(format!("Authorization: Bearer {}", "x".repeat(50_000)).as_bytes())),
        refused("credentials of another kind", with(b"Authorization: Basic AAAA")),
        refused("a request id that is none", with(b"X-Request-Id: <script>")),
        refused("a request id of 10 KB", with(format!("X-Request-Id: {}", "x".repeat(10_000)).as_bytes())),
        refused(
            "an upgrade to an unknown protocol",
            with(b"Connection: upgrade\r\nUpgrade: h2c, nonsense\r\nHTTP2-Settings: ===="),
        ),
    ]
}

fn lengths() -> Vec<Case> {
    let body = r#"{"query":"{ __typename }"}"#;
    let values = [
        "-1",
        "+26",
        "26x",
        "0x1a",
        "2e1",
        "26, 26",
        "26, 27",
        "26 26",
        "",
        "twenty",
        "\"26\"",
        "18446744073709551616",
        "99999999999999999999999999999999",
        "1.0",
        "٢٦",
    ];
    let with = |headers: &str| {
        format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}")
    };
    let mut cases: Vec<Case> = values
        .iter()
        .map(|value| refused(&format!("Content-Length: {value:?}"), with(&format!("Content-Length: {value}"))))
        .collect();
    cases.push(refused("two lengths", with("Content-Length: 26\r\nContent-Length: 27")));
    cases.push(refused("length and chunks", with("Content-Length: 26\r\nTransfer-Encoding: chunked")));
    cases.push(refused("a length too large", with("Content-Length: 1048577")));
    cases.push(refused("a length of 18 exabytes", with("Content-Length: 18446744073709551615")));
    cases.push(refused("a body that ends early", with("Content-Length: 1000")));
    cases.push(refused("a body without length", with("X: y")));
    cases
}

fn chunks() -> Vec<Case> {
    let head =
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let with = |body: &[u8]| [head.as_bytes(), body].concat();
    let small = |times: usize| [b"1\r\n \r\n".repeat(times), b"0\r\n\r\n".to_vec()].concat();
    let mut cases = vec![
        refused("a size that is none", with(b"zz\r\n{}\r\n0\r\n\r\n")),
        refused("a negative size", with(b"-1\r\n{}\r\n0\r\n\r\n")),
        refused("a size beyond 64 bits", with(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        refused("the largest size", with(b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        refused("a chunk longer than its size", with(b"1\r\n{}}}}}\r\n0\r\n\r\n")),
        refused("no size", with(b"\r\n{}\r\n0\r\n\r\n")),
        refused("a chunk that ends early", with(b"ff\r\n{}")),
        refused("no last chunk", with(b"2\r\n{}\r\n")),
        refused("NUL bytes for sizes", with(&[0; 1000])),
        refused("an extension without end", with(&[b"2;x=".as_slice(), &[b'y'; 200_000]].concat())),
        refused("a size of 100,000 zeros", with(&[b'0'; 100_000])),
        refused("200,000 chunks of a byte", with(&small(200_000))),
        refused(
            "chunks beyond the limit",
            with(&[b"200000\r\n".as_slice(), &[b' '; 0x0020_0000], b"\r\n0\r\n\r\n"].concat()),
        ),
        Case::new("trailers", with(&[b"0\r\n".as_slice(), &b"X: y\r\n".repeat(50_000), b"\r\n"].concat()), Any),
    ];
    for value in
        ["gzip", "identity", "xchunked", "chunked, chunked", "chunked, identity", "gzip, chunked", "\u{b}chunked", ""]
    {
        let head = head.replace(": chunked", &format!(": {value}"));
        cases.push(refused(&format!("Transfer-Encoding: {value:?}"), format!("{head}2\r\n{{}}\r\n0\r\n\r\n")));
    }
    cases
}

fn methods() -> Vec<Case> {
    let case = |method: &str, path: &str| {
        Case::new(format!("{method} {path}"), format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"), Any)
    };
    METHODS.iter().flat_map(|method| PATHS.iter().map(move |path| case(method, path))).collect()
}

/// Query strings of `GET /graphql`.
fn parameters() -> Vec<Case> {
    let long = format!("query={}", "%7B".repeat(10_000));
    let many = "x=y&".repeat(10_000);
    [
        "",
        "query",
        "query=",
        "query=%",
        "query=%4",
        "query=%zz",
        "query=%ff%fe",
        "query=%00",
        "=",
        "&&&&",
        "query[]=a",
        "query[a]=b",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables=[",
        "query={__typename}&variables=1",
        "query={__typename}&variables=[]",
        "query={__typename}&variables={}&variables={}",
        "query={__typename}&extensions=x",
        "query={__typename}&extensions=null&documentId=",
        "documentId=x&query={__typename}",
        "documentId=../../etc/passwd",
        "documentId=sha256:zz",
        "operationName=x",
        "query={__typename}&operationName=x",
        "query=%ed%a0%80",
        "query=+++",
        "QUERY={__typename}",
        "query=subscription{libraryChanged{revision}}",
        "query=mutation{x}",
        "variables=%7B%7D",
        "query=query($a:Int){__typename}&variables=%7B%22a%22:1e999%7D",
        long.as_str(),
        many.as_str(),
    ]
    .iter()
    .map(|text| {
        let name: String = text.chars().take(80).collect();
        let expected = if text.contains("null&documentId=") { Any } else { Reported };
        Case::new(format!("GET ?{name}"), format!("GET /graphql?{text} HTTP/1.1\r\nHost: localhost\r\n\r\n"), expected)
    })
    .collect()
}

/// Paths that lead out of the folder of the playground.
fn paths() -> Vec<Case> {
    let ups = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "%252e%252e%252f",
        "..%5c",
        "..\\",
        "....//",
        "..;/",
        "%c0%ae%c0%ae/",
        "..%00/",
        "./../",
        "basic/../../",
        "%2f",
        "//",
        "%ff/",
    ];
    let files = ["Cargo.toml", "etc/passwd", "graphql/x"];
    let case = |up: &str, file: &str| {
        let path = format!("/playground/{}{file}", up.repeat(8));
        refused(&path, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    };
    ups.iter().flat_map(|up| files.iter().map(move |file| case(up, file))).collect()
}
