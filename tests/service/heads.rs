//! The heads of requests are bounded, and their bytes count as memory of the client.

use std::time::Duration;

use dermagraph::{access::AccessConfig, app::Config, http::HttpConfig, schema::Limits};
use serde_json::json;

use crate::support::TestApp;

/// A client without memory for its long heads is refused, and is charged a point for each refusal.
#[actix_web::test]
async fn refused_heads_are_charged() {
    // A client may reserve a quarter: less than the head of its request.
    let limits = Limits { reserved_bytes: 16 * 1024, ..Limits::default() };
    let access = AccessConfig { rate_limit: 10, ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { access, limits, ..Config::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..11 {
        let request = app.client().post(format!("{}/graphql", app.address)).header("x-long", "a".repeat(8 * 1024));
        statuses.push(request.json(&json!({"query": "{ __typename }"})).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [&[503; 10][..], &[429]].concat());
}

#[actix_web::test]
async fn long_heads_count_as_memory_of_their_client() {
    third_head_is_refused(&format!("X-Long: {}\r\n", "a".repeat(25 * 1024))).await;
}

#[actix_web::test]
async fn fields_of_a_head_count_as_memory_of_their_client() {
    third_head_is_refused(&(0..80).map(|at| format!("{at}:\r\n")).collect::<Vec<_>>().concat()).await;
}

/// Checks that a client has memory for two requests with these fields whose bodies do not arrive, and not for a third one.
async fn third_head_is_refused(fields: &str) {
    // A client may reserve a quarter: 64 KiB.
    let limits = Limits { reserved_bytes: 256 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let address = app.address.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n{fields}\r\n"
    );
    let refused = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut waiting = Vec::new();
        for _ in 0..20 {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            let mut first = [0; 12];
            if stream.read_exact(&mut first).is_ok() {
                return (waiting.len(), String::from_utf8_lossy(&first).into_owned());
            }
            waiting.push(stream);
        }
        (waiting.len(), String::new())
    });
    assert_eq!(refused.await.unwrap(), (2, "HTTP/1.1 503".to_owned()));
}

#[actix_web::test]
async fn the_long_head_of_a_delayed_health_check_counts_as_memory() {
    // A client may reserve a quarter: 64 KiB.
    let limits = Limits { reserved_bytes: 256 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let check = |padding: usize| {
        let request = app.client().get(format!("{}/health/live", app.address)).header("x-long", "a".repeat(padding));
        async { request.send().await.unwrap().status() }
    };
    // Further health checks are delayed.
    for _ in 0..600 {
        assert_eq!(check(0).await, 200);
    }
    let statuses = futures_util::future::join_all((0..20).map(|_| check(25 * 1024))).await;
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert!(served < 20 && statuses.iter().all(|status| [200, 503].contains(&status.as_u16())), "{statuses:?}");
}

#[actix_web::test]
async fn a_host_has_a_maximum_length() {
    let app = TestApp::sqlite().await;
    let status = async |host: String| {
        app.client().get(format!("{}/sitemap.xml", app.address)).header("host", host).send().await.unwrap().status()
    };
    // The dots at the end are ignored.
    assert_eq!(status(format!("{:.<261}", "localhost")).await, 200);
    for host in [format!("{:.<262}", "localhost"), "a".repeat(300), format!("localhost:{:0>300}", 80)] {
        assert_eq!(status(host).await, 400);
    }
}

/// Incomplete heads count against the network of the client: on HTTP/1.1, and on HTTP/2 as frames without `END_HEADERS`.
#[actix_web::test]
async fn incomplete_heads_count_as_memory_of_their_network() {
    use std::io::{Read as _, Write as _};
    // A network may reserve a quarter: 64 KiB.
    let limits = Limits { reserved_bytes: 256 * 1024, ..Limits::default() };
    let http = HttpConfig { http2: true, ..HttpConfig::default() };
    let app = TestApp::sqlite_set(Config { limits, http, ..Config::default() }).await;
    let address = app.address.trim_start_matches("http://").to_owned();
    let one = format!("GET /graphql HTTP/1.1\r\nHost: {address}\r\nX-Long: {}", "a".repeat(40 * 1024)).into_bytes();
    let frame = |kind: u8, length: usize| [&[0, 0x3c, 0, kind, 0, 0, 0, 0, 1][..], &vec![0; length]].concat();
    let (settings, head) = ([0, 0, 0, 4, 0, 0, 0, 0, 0], frame(1, 0x3c00));
    let two = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..], &head, &frame(9, 0x3c00), &frame(9, 0x3c00)].concat();
    for (head, last) in [(one, "HTTP/1.1 503"), (two, "")] {
        let address = address.clone();
        let ended = tokio::task::spawn_blocking(move || {
            let mut open = Vec::new();
            loop {
                let mut stream = std::net::TcpStream::connect(&address).unwrap();
                stream.write_all(&head).unwrap();
                stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
                let mut received = Vec::new();
                match stream.read_to_end(&mut received) {
                    Err(failure) if failure.kind() == std::io::ErrorKind::WouldBlock && open.len() < 10 => open.push(stream),
                    _ => return (open.len(), String::from_utf8_lossy(&received).into_owned()),
                }
            }
        });
        let (open, received) = ended.await.unwrap();
        assert_eq!(open, 1, "{received}");
        assert!(received.starts_with(last), "{received}");
    }
}
