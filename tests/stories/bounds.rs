//! What a client can make the service store or process, beside the operations that it runs, is bounded and charged.

use std::time::Duration;

use dermagraph::{access::AccessConfig, app::Config, schema::Limits};
use futures_util::StreamExt as _;
use reqwest::Response;
use serde_json::{Value as Json, json};

use crate::support::TestApp;

async fn post(app: &TestApp, body: &Json) -> Response {
    app.client().post(format!("{}/graphql", app.address)).json(body).send().await.unwrap()
}

#[actix_web::test]
async fn a_subscription_reserves_memory_for_its_variables() {
    // A client may reserve a quarter: 128 KiB, for the body of the request as well.
    let limits = Limits { held: 512 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let subscribe = async |bytes: usize| {
        let request = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
        let query = "subscription { library { revision } }";
        let request = request.json(&json!({"query": query, "variables": {"unused": "x".repeat(bytes)}}));
        let mut events = request.send().await.unwrap().bytes_stream();
        let first = events.next().await.unwrap().unwrap();
        (String::from_utf8(first.to_vec()).unwrap(), events)
    };
    let (first, _running) = subscribe(60 * 1024).await;
    assert!(first.contains(r#""revision":1"#), "{first}");
    let (second, _) = subscribe(60 * 1024).await;
    assert!(second.contains("OVERLOADED"), "{second}");
    let (short, _) = subscribe(10).await;
    assert!(short.contains(r#""revision":1"#), "{short}");
}

#[actix_web::test]
async fn the_framing_of_a_body_is_charged() {
    let access = AccessConfig { rate_limit: 1000, ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { access, ..Config::default() }).await;
    let remaining = |response: &Response| -> u32 {
        let header = response.headers()["ratelimit"].to_str().unwrap();
        header.split(';').find_map(|part| part.strip_prefix("r=")).unwrap().parse().unwrap()
    };
    let before = remaining(&post(&app, &json!({"query": "{ library { revision } }"})).await);
    // A body of some bytes, with an extension of its last chunk that is 10 points long; some of it may arrive with the head.
    let body = r#"{"query": "{ nothing }"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{body}\r\n0;{}\r\n\r\n",
        app.address.trim_start_matches("http://"),
        body.len(),
        "a".repeat(10 * 64 * 1024)
    );
    let address = app.address.trim_start_matches("http://").to_owned();
    tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    })
    .await
    .unwrap();
    let after = remaining(&post(&app, &json!({"query": "{ library { revision } }"})).await);
    assert!(before - after >= 7, "{before} points before, {after} after");
}

#[actix_web::test]
async fn long_heads_count_as_memory_of_their_client() {
    // A client may reserve a quarter: 64 KiB.
    let limits = Limits { held: 256 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let address = app.address.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 10\r\nX-Long: {}\r\n\r\n",
        "a".repeat(25 * 1024)
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
