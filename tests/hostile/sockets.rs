//! Malformed handshakes and frames of sockets and of HTTP/2.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    cases::{Case, Expected::Any, try_all},
    server::Server,
    wire::{Outcome, connect, exchange, post_with, receive},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A valid handshake.
const HANDSHAKE: &str = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";

#[test]
fn handshakes_of_every_wrong_shape_are_refused() {
    let server = Server::start();
    let changed = |from: &str, to: &str| {
        assert!(HANDSHAKE.contains(from), "{from}");
        Case::new(format!("{from} -> {to}"), HANDSHAKE.replace(from, to), Any)
    };
    let cases = [
        changed("GET", "POST"),
        changed("Version: 13", "Version: 12"),
        changed("Version: 13", "Version: 13, 14"),
        changed("Sec-WebSocket-Version: 13\r\n", ""),
        changed("dGhlIHNhbXBsZSBub25jZQ==", ""),
        changed("dGhlIHNhbXBsZSBub25jZQ==", "short"),
        changed("dGhlIHNhbXBsZSBub25jZQ==", "\u{1}\u{2}"),
        changed("dGhlIHNhbXBsZSBub25jZQ==", &"A".repeat(20_000)),
        changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        changed("graphql-transport-ws", "graphql-ws"),
        changed("graphql-transport-ws", &"a,".repeat(5000)),
        changed("Sec-WebSocket-Protocol: graphql-transport-ws\r\n", ""),
        changed("Connection: Upgrade", "Connection: close"),
        changed("Upgrade: websocket", "Upgrade: h2c"),
        changed("HTTP/1.1", "HTTP/1.0"),
        changed("/graphql", "/playground"),
        changed("Host: localhost", "Host: localhost\r\nOrigin: https://elsewhere.example"),
        changed("Host: localhost", "Host: localhost\r\nContent-Length: 100"),
        changed("Host: localhost", "Host: localhost\r\nTransfer-Encoding: chunked"),
    ];
    try_all(server.address, &cases);
    server.ends_well();
}

/// A frame with this first byte and a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let head = if payload.len() < 126 { vec![first, 0x80 | length[1]] } else { vec![first, 0xfe, length[0], length[1]] };
    [&head, &[0; 4][..], payload].concat()
}

#[test]
fn frames_of_every_wrong_shape_end_their_socket_alone() {
    let server = Server::start();
    let deep = format!(r#"{{"type":"connection_init","payload":{}"#, "[".repeat(60_000));
    let frames: Vec<(&str, Vec<u8>)> = vec![
        ("not masked", b"\x81\x02{}".to_vec()),
        ("reserved bits", frame(0xf1, b"{}")),
        ("a reserved kind", frame(0x83, b"{}")),
        ("a reserved control", frame(0x8b, b"")),
        ("a length of 2^63", [b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(), &[0; 100]].concat()),
        ("a length of 4 GiB", [b"\x81\xff\0\0\0\x01\0\0\0\0\0\0\0\0".as_slice(), &[b' '; 100_000]].concat()),
        ("a control in pieces", frame(0x09, b"x")),
        ("a control that is long", frame(0x89, &[b'x'; 200])),
        ("a close of one byte", frame(0x88, b"\x03")),
        ("a close with a code that is none", frame(0x88, b"\0\x05")),
        ("a close with invalid UTF-8", frame(0x88, b"\x03\xe8\xff")),
        ("a piece without a start", frame(0x80, b"{}")),
        ("two starts", [frame(0x01, b"{"), frame(0x01, b"}")].concat()),
        ("10,000 empty pieces", [frame(0x01, b""), frame(0x00, b"").repeat(10_000)].concat()),
        ("10,000 pings", frame(0x89, b"x").repeat(10_000)),
        ("invalid UTF-8", frame(0x81, b"\xff\xfe")),
        ("binary", frame(0x82, b"{}")),
        ("no JSON", frame(0x81, b"nonsense")),
        ("an unknown message", frame(0x81, br#"{"type":"nothing"}"#)),
        ("a subscription before the greeting", frame(0x81, br#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#)),
        ("two greetings", frame(0x81, br#"{"type":"connection_init"}"#).repeat(2)),
        ("deep JSON", frame(0x81, deep.as_bytes())),
        ("half a frame", b"\x81".to_vec()),
    ];
    let mut opened = 0;
    for (name, bytes) in &frames {
        let mut stream = connect(server.address);
        stream.write_all(HANDSHAKE.as_bytes()).unwrap();
        match receive(&mut stream) {
            Outcome::Responded(response) if response.status == 101 => opened += 1,
            Outcome::Responded(response) => {
                assert!((400..500).contains(&response.status), "{name}: {response:?}");
                continue;
            }
            other => panic!("{name}: {other:?}"),
        }
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        let mut back = Vec::new();
        let ended = stream.read_to_end(&mut back);
        assert!(
            !matches!(&ended, Err(failure) if failure.kind() == std::io::ErrorKind::WouldBlock),
            "{name}: it stays open"
        );
        server.still_responds();
    }
    println!("{opened} of {} sockets were opened", frames.len());
    server.ends_well();
}

/// A socket that is open.
fn socket(server: &Server) -> TcpStream {
    let mut stream = connect(server.address);
    stream.write_all(HANDSHAKE.as_bytes()).unwrap();
    assert!(matches!(receive(&mut stream), Outcome::Responded(response) if response.status == 101));
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// The code of the close frame that the server sends last, and all received bytes.
fn close_code(mut stream: TcpStream) -> Option<u16> {
    let mut back = Vec::new();
    // A server that closes while the client still sends may reset the connection.
    let _ = stream.read_to_end(&mut back);
    let at = back.windows(2).position(|head| head[0] == 0x88 && head[1] >= 2)?;
    Some(u16::from_be_bytes(back.get(at + 2..at + 4)?.try_into().unwrap()))
}

#[test]
fn frames_that_declare_too_much_are_refused_before_their_payload() {
    let server = Server::start();
    let mut before = 0;
    for time in 0..5 {
        if time == 1 {
            // The first socket fills caches, so that it does not count as growth.
            before = server.memory();
        }
        let mut stream = socket(&server);
        stream.write_all(b"\x81\xff\0\0\x01\0\0\0\0\0\0\0\0\0").unwrap();
        let (piece, started) = (vec![0; 64 * 1024], Instant::now());
        while started.elapsed() < Duration::from_secs(2) && stream.write_all(&piece).is_ok() {}
        assert_eq!(close_code(stream), Some(1009));
    }
    let after = server.memory();
    assert!(after < before + 16 * 1024, "{before} KiB grew to {after} KiB");
    server.ends_well();
}

#[test]
fn each_wrong_frame_has_the_code_of_the_standard() {
    let server = Server::start();
    let init = |payload: &str| frame(0x81, format!(r#"{{"type":"connection_init","payload":{payload}}}"#).as_bytes());
    let pieces = [b"\x01\xff\0\0\0\0\0\x0f\xff\xff\0\0\0\0".as_slice(), &vec![b'x'; 0xf_ffff], &frame(0x80, b"xy")];
    let frames: Vec<(&str, Vec<u8>, u16)> = vec![
        ("RSV1", frame(0xc1, b"{}"), 1002),
        ("RSV2", frame(0xa1, b"{}"), 1002),
        ("RSV3", frame(0x91, b"{}"), 1002),
        ("a length that is not minimal", b"\x81\xfe\0\x02\0\0\0\0{}".to_vec(), 1002),
        ("a close with a reason that is not UTF-8", frame(0x88, b"\x03\xe8\xff"), 1007),
        ("a message in pieces that is too long", pieces.concat(), 1009),
        ("20,000 empty pieces", [frame(0x01, b""), frame(0x00, b"").repeat(20_000)].concat(), 1008),
        ("a credential that is not text", init(r#"{"authorization":5}"#), 4403),
        ("two credentials", init(r#"{"authorization":"Bearer a","Authorization":"Bearer b"}"#), 4403),
    ];
    for (name, bytes, code) in frames {
        let mut stream = socket(&server);
        let _ = stream.write_all(&bytes);
        let started = Instant::now();
        // The client does not close.
        assert_eq!(close_code(stream), Some(code), "{name}");
        assert!(started.elapsed() < Duration::from_secs(10), "{name}: it stays open");
    }
    server.ends_well();
}

#[test]
fn a_message_that_is_never_complete_ends_its_socket() {
    let server = Server::start();
    let mut stream = socket(&server);
    stream.write_all(&[frame(0x81, br#"{"type":"connection_init"}"#), frame(0x01, b"x")].concat()).unwrap();
    let mut sender = stream.try_clone().unwrap();
    let drip = std::thread::spawn(move || {
        for _ in 0..60 {
            std::thread::sleep(Duration::from_millis(500));
            if sender.write_all(&[frame(0x00, b"x"), frame(0x8a, b"")].concat()).is_err() {
                break;
            }
        }
    });
    let started = Instant::now();
    assert_eq!(close_code(stream), Some(1008));
    assert!(started.elapsed() < Duration::from_secs(18), "it stays open");
    drip.join().unwrap();
    server.ends_well();
}

#[test]
fn an_upgrade_request_with_a_body_gets_a_response_at_once() {
    let server = Server::start();
    let upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Type: application/json\r\n";
    let started = Instant::now();
    match exchange(server.address, &post_with(upgrade, br#"{"query":"{__typename}"}"#)) {
        Outcome::Responded(response) => assert_eq!(response.status, 200, "{response:?}"),
        other => panic!("{other:?}"),
    }
    for body in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let handshake = HANDSHAKE.replace("Host: localhost", &format!("Host: localhost\r\n{body}"));
        match exchange(server.address, handshake.as_bytes()) {
            Outcome::Responded(response) => assert_eq!(response.status, 400, "{response:?}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    let twice = "Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Type: application/json\r\n";
    match exchange(server.address, &post_with(twice, br#"{"query":"{__typename}"}"#)) {
        Outcome::Responded(response) => assert_eq!(response.status, 401, "{response:?}"),
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    server.ends_well();
}

/// An HTTP/2 frame.
fn h2(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn http2_of_every_wrong_shape_is_ended() {
    let mut server = Server::start_with(&["--http2"]);
    let settings = [PREFACE, &h2(4, 0, 0, b"")].concat();
    let after = |frames: Vec<u8>| [settings.as_slice(), &frames].concat();
    // GET http / with an authority of one letter, by the static table of HPACK.
    let get = b"\x82\x86\x84\x41\x01x".as_slice();
    let streams = |times: u32, each: &dyn Fn(u32) -> Vec<u8>| after((0..times).flat_map(|at| each(at * 2 + 1)).collect());
    let kinds: Vec<(&str, Vec<u8>)> = vec![
        ("frames of no kind", after((10..=255).flat_map(|kind| h2(kind, 0xff, 1, b"x")).collect())),
        ("every kind on stream 0", after((0..10).flat_map(|kind| h2(kind, 0, 0, b"x")).collect())),
        ("a frame too long", after([b"\xff\xff\xff\0\0\0\0\0\x01".as_slice(), &[0; 100_000]].concat())),
        ("half a frame", after(b"\0\0\xff\x01".to_vec())),
        ("10,000 settings", after(h2(4, 0, 0, b"\0\x03\0\0\0\x01").repeat(10_000))),
        ("10,000 pings", after(h2(6, 0, 0, b"12345678").repeat(10_000))),
        ("a window beyond 31 bits", after([h2(8, 0, 0, b"\x7f\xff\xff\xff"), h2(8, 0, 0, b"\x7f\xff\xff\xff")].concat())),
        ("a window of nothing", after(h2(8, 0, 0, b"\0\0\0\0"))),
        ("headers that are none", after(h2(1, 5, 1, &[0xff; 1000]))),
        ("10,000 continuations", after([h2(1, 0, 1, get), h2(9, 0, 1, b"").repeat(10_000)].concat())),
        (
            "2,000 continuations of 8 KB",
            after([h2(1, 0, 1, get), h2(9, 0, 1, &b"\x40\x01a\x7f\x81\x3f".repeat(1_300)).repeat(500)].concat()),
        ),
        (
            "headers 50,000 times by the table",
            after(h2(1, 5, 1, &[b"\x82\x86\x84\x41\x01x\x40\x01a\x7d".as_slice(), &[b'y'; 125], &[0xbe; 15_000]].concat())),
        ),
        (
            "5,000 streams that are reset at once",
            streams(5_000, &|stream| [h2(1, 5, stream, get), h2(3, 0, stream, b"\0\0\0\x08")].concat()),
        ),
        ("5,000 streams at once", streams(5_000, &|stream| h2(1, 5, stream, get))),
        ("streams of even numbers", after(h2(1, 5, 2, get))),
        ("data without headers", after(h2(0, 1, 1, b"x"))),
        ("padding longer than its frame", after(h2(0, 8, 1, b"\xff"))),
        ("a stream that depends on itself", after([h2(1, 5, 1, get), h2(2, 0, 1, b"\0\0\0\x01\xff")].concat())),
        ("settings that are wrong", after(h2(4, 0, 0, b"\0\x04\xff\xff\xff\xff\0\x05\0\0\0\0"))),
        ("a farewell, and more", after([h2(7, 0, 0, &[0; 8]), h2(1, 5, 1, get)].concat())),
    ];
    for round in 0..2 {
        for (name, bytes) in &kinds {
            let before = server.cpu();
            let mut stream = connect(server.address);
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
            let ended = stream.read_to_end(&mut Vec::new());
            assert!(
                !matches!(&ended, Err(failure) if failure.kind() == std::io::ErrorKind::WouldBlock),
                "{name}: it stays open"
            );
            server.still_responds();
            println!("{:>9.0} ms of CPU  {name}", server.cpu().saturating_sub(before).as_secs_f64() * 1e3);
        }
        if round == 0 {
            server.mark_warm();
        }
    }
    server.ends_well();
}
