//! Clients that are slow, numerous, disconnected, or send random bytes, and a server that is stopped while they are
//! connected.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    random::Random,
    server::Server,
    wire::{self, Outcome, assert_allowed, connect, query, receive},
};

/// Maximum time of a slow request: ten seconds, which is the timeout of heads and of bodies, and a tolerance for an
/// overloaded machine.
const SLOW: Duration = Duration::from_secs(16);
const LARGE: &str = "{ procedures(first: 100) { nodes { name outcomes(first: 30) { nodes { expectedEffect citations { nodes { title } } } } } } }";

#[test]
fn slow_clients_are_disconnected_and_do_not_delay_others() {
    let server = Server::start();
    let post = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let slow = vec![
        ("a head byte by byte", String::new(), "GET /graphql HTTP/1.1\r\nX: "),
        ("headers one by one", "GET /graphql HTTP/1.1\r\nHost: localhost\r\n".to_owned(), "A: b\r\n"),
        ("a head that stops", "GET /graphql HTTP/1.1\r\nHo".to_owned(), ""),
        ("a body byte by byte", format!("{post}Content-Length: 100000\r\n\r\n"), "    "),
        ("a body that stops", format!("{post}Content-Length: 1000\r\n\r\n{{"), ""),
        (
            "a body for an address that takes none",
            "POST /elsewhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n".to_owned(),
            "    ",
        ),
        ("HTTP/2 that stops in its preface", "PRI * HTTP/2".to_owned(), ""),
        ("HTTP/2 that stops after its preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), ""),
        ("nothing at all", String::new(), ""),
    ];
    assert_closed(&server, &slow);
    server.ends_well();
}

/// Sends these slow requests at the same time, each a start followed by repeated pieces, and checks that the server closes
/// each connection.
fn assert_closed(server: &Server, slow: &[(&str, String, &str)]) {
    let address = server.address;
    thread::scope(|scope| {
        let running: Vec<_> = slow
            .iter()
            .map(|(name, start, piece)| scope.spawn(move || (name, drip(address, start.as_bytes(), piece.as_bytes()))))
            .collect();
        for _ in 0..20 {
            server.still_responds();
            thread::sleep(Duration::from_millis(250));
        }
        let mut endless: Vec<&str> = Vec::new();
        for sender in running {
            let (name, took) = sender.join().unwrap();
            println!("{name}: ended after {took:?}");
            endless.extend((took >= SLOW).then_some(name));
        }
        assert!(endless.is_empty(), "not ended after {SLOW:?}: {endless:?}");
    });
}

/// Sends the piece repeatedly, at ten bytes per second, and returns the time after which the server closed the connection.
fn drip(address: SocketAddr, start: &[u8], piece: &[u8]) -> Duration {
    let started = Instant::now();
    let mut stream = connect(address);
    let _ = stream.write_all(start);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut bytes = piece.iter().cycle();
    while started.elapsed() < SLOW {
        let is_gone = bytes.next().is_some_and(|byte| stream.write_all(&[*byte]).is_err());
        match stream.read(&mut [0; 4096]) {
            Ok(0) => break,
            Err(failure) if is_gone || failure.kind() == std::io::ErrorKind::ConnectionReset => break,
            _ => {}
        }
    }
    started.elapsed()
}

#[test]
fn floods_of_clients_leave_the_server_as_it_was() {
    let mut server = Server::start();
    for round in 0..3 {
        idle(&server);
        never_reading(&server);
        gone(&server);
        sending_at_random(&server, round);
        server.still_responds();
        if round == 0 {
            server.mark_warm();
        }
    }
    server.ends_well();
}

/// 500 connections that send nothing, or only the start of a request.
fn idle(server: &Server) {
    let open: Vec<TcpStream> = (0..500)
        .map(|at| {
            let mut stream = connect(server.address);
            stream.write_all(&b"POST /graphql HTTP/1.1\r\nHost"[..at % 28]).unwrap();
            stream
        })
        .collect();
    (0..10).for_each(|_| server.still_responds());
    drop(open);
}

/// Clients that request many long responses at once, and read none.
fn never_reading(server: &Server) {
    let requests = query(LARGE, &json!({})).repeat(20);
    let open: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = connect(server.address);
            stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
            let _ = stream.write_all(&requests);
            stream
        })
        .collect();
    (0..5).for_each(|_| server.still_responds());
    println!("{} KiB with 20 clients that read nothing", server.memory());
    drop(open);
}

/// Clients that disconnect before their response.
fn gone(server: &Server) {
    for at in 0..200 {
        let mut stream = connect(server.address);
        stream.write_all(&query(&format!("{LARGE} #{at}"), &json!({}))).unwrap();
        if at % 2 == 0 {
            thread::sleep(Duration::from_millis(3));
        }
    }
    server.still_responds();
}

/// Random bytes, and requests with randomly changed bytes.
fn sending_at_random(server: &Server, seed: u64) {
    let mut random = Random(seed);
    let request = query("query($a: String!) { procedure(by: {slug: $a}) { name } }", &json!({"a": "x"}));
    for _ in 0..100 {
        let noise = random.below(4000);
        let mut bytes = if random.once_in(2) { random.bytes(noise) } else { request.clone() };
        for _ in 0..random.below(4) {
            let at = random.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.bits().to_le_bytes()[0];
            }
        }
        let mut stream = connect(server.address);
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        if let Outcome::Responded(response) = receive(&mut stream) {
            assert_allowed("at random", &bytes, &response);
        }
    }
}

#[test]
fn a_proxy_that_does_not_report_its_clients_is_logged_once() {
    let server = Server::start_with(&["--client-header", "X-Forwarded-For"]);
    let get = |fields: &str| {
        let request = format!("GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
        assert!(matches!(wire::exchange(server.address, request.as_bytes()), Outcome::Responded(_)), "{fields}");
    };
    let reported = "X-Forwarded-For: 192.0.2.1\r\n";
    // A refused origin is logged, so everything that was logged before it has arrived with it.
    let logged_until = |origin: &str| {
        get(&format!("{reported}Origin: {origin}\r\n"));
        server.log_with(origin).matches("a request has no client address in this header").count()
    };
    get(reported);
    assert_eq!(logged_until("https://first.example"), 0);
    for fields in ["", "X-Forwarded-For: unknown\r\n", ""] {
        get(fields);
    }
    assert_eq!(logged_until("https://second.example"), 1);
    server.ends_well();
}

#[test]
fn a_server_that_receives_a_signal_finishes_its_requests() {
    let mut server = Server::start();
    let address = server.address;
    let mut idle: Vec<TcpStream> = (0..20).map(|_| connect(address)).collect();
    for stream in &mut idle {
        stream.write_all(b"GET /graphql HTTP/1.1\r\n").unwrap();
    }
    thread::scope(|scope| {
        for lane in 0..4 {
            scope.spawn(move || query_until_it_ends(address, lane));
        }
        thread::sleep(Duration::from_millis(500));
        server.terminate();
        let status = server.ended_within(Duration::from_secs(15));
        assert!(status.success(), "{status:?}");
    });
    server.logged_no_failure();
}

fn query_until_it_ends(address: SocketAddr, lane: usize) {
    for at in 0.. {
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        if stream.write_all(&query(&format!("{LARGE} #{lane}.{at}"), &json!({}))).is_err() {
            return;
        }
        if let Outcome::Responded(response) = wire::receive(&mut stream) {
            assert!(response.json().is_some(), "a response is truncated: {response:?}");
        }
    }
}
