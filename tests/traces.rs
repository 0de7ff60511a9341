//! Requests and their spans are exported to a trace collector.

#![cfg(feature = "otel")]
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
};

/// Receives one export. Returns the head and the body of its request.
fn collect(collector: &TcpListener) -> (String, Vec<u8>) {
    let (mut connection, _) = collector.accept().unwrap();
    let (mut head, mut length) = (String::new(), 0);
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    (head, body)
}

#[test]
fn a_request_is_a_span_with_spans_for_its_steps() {
    for (variable, path) in [("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces")] {
        exports_a_request(variable, path);
    }
}

/// Checks that a request is exported if this variable has the URL of the collector with this path.
fn exports_a_request(variable: &str, path: &str) {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_dermagraph"))
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path())
        .env(variable, format!("http://{}{path}", collector.local_addr().unwrap()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address =
        lines.find_map(|line| Some(line.split_once("GraphQL     http://")?.1.split('/').next()?.to_owned())).unwrap();
    let mut connection = TcpStream::connect(&address).unwrap();
    let query = "%7Bprocedure(by%3A%7Bslug%3A%22private%22%7D)%7Bname%7D%7D";
    write!(connection, "GET /graphql?query={query} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    assert!(response.ends_with(r#"{"data":{"procedure":null}}"#), "{response}");
    let exported = thread::spawn(move || collect(&collector));
    assert!(Command::new("kill").arg(service.id().to_string()).status().unwrap().success());
    let (head, body) = exported.join().unwrap();
    assert!(service.wait().unwrap().success());
    assert!(head.starts_with("POST /v1/traces "), "{head}");
    let holds = |text: &str| body.windows(text.len()).any(|piece| piece == text.as_bytes());
    for name in ["dermagraph", "request", "prepare", "execute"] {
        assert!(holds(name), "no {name} in {}", String::from_utf8_lossy(&body));
    }
    assert!(!holds("private"), "variables and documents stay here");
}
