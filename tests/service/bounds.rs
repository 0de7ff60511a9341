//! Everything that a client can make the service store or process, in addition to the operations that it runs, is
//! bounded and charged.

use std::{net::TcpListener, pin::pin, time::Duration};

use actix_web::web::Bytes;
use dermagraph::{access::AccessConfig, app::Config, library::DocumentFile, schema::Limits, store::DatabaseUrl};
use futures_util::{Stream, StreamExt as _};
use reqwest::Response;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    resources::{limited, post},
    support::{TestApp, publish, starter_documents},
};

/// Subscribes by server-sent events. Returns the first event, and the stream, which ends the subscription when it is
/// dropped.
async fn subscribe(app: &TestApp, body: &Json) -> (String, impl Stream<Item = reqwest::Result<Bytes>> + Unpin + use<>) {
    let request = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
    let mut events = Box::pin(request.json(body).send().await.unwrap().bytes_stream());
    let first = events.next().await.unwrap().unwrap();
    (String::from_utf8(first.to_vec()).unwrap(), events)
}

#[actix_web::test]
async fn subscriptions_are_limited_by_reserved_memory() {
    // A client may use a quarter: four subscriptions of 4 KiB with plans of less than 1 KiB.
    let limits = Limits { reserved_bytes: 4 * 20 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let subscribe = async || subscribe(&app, &json!({"query": "subscription { library { revision } }"})).await;
    let mut running = Vec::new();
    for _ in 0..4 {
        let (first, events) = subscribe().await;
        assert!(first.contains(r#""revision":1"#), "{first}");
        running.push(events);
    }
    let (refused, _) = subscribe().await;
    assert!(refused.contains("OVERLOADED"), "{refused}");
    running.pop();
    let again = async {
        while !subscribe().await.0.contains(r#""revision":1"#) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("an ended subscription releases its memory");
}

#[actix_web::test]
async fn a_subscription_reserves_memory_for_its_variables() {
    // A client may reserve a quarter: 128 KiB, for the body of the request as well.
    let limits = Limits { reserved_bytes: 512 * 1024, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let subscribe = async |bytes: usize| {
        let query = "subscription { library { revision } }";
        subscribe(&app, &json!({"query": query, "variables": {"unused": "x".repeat(bytes)}})).await
    };
    let (first, _running) = subscribe(50 * 1024).await;
    assert!(first.contains(r#""revision":1"#), "{first}");
    let (second, _) = subscribe(50 * 1024).await;
    assert!(second.contains("OVERLOADED"), "{second}");
    let (short, _) = subscribe(10).await;
    assert!(short.contains(r#""revision":1"#), "{short}");
}

/// A body that is decompressed is charged by its decompressed length: also if it is too long, or broken at its end.
#[actix_web::test]
async fn decompressed_bytes_are_charged_if_the_body_is_refused() {
    let gzip = |body: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut writer, body).unwrap();
        writer.finish().unwrap()
    };
    let mut broken = gzip(&vec![b' '; 1_000_000]);
    let end = broken.len() - 8;
    broken[end] ^= 1;
    // A point covers 64 KiB.
    for (name, body, status) in [("too long", gzip(&vec![b' '; 8 << 20]), 413), ("a wrong checksum", broken, 400)] {
        let app = limited(100).await;
        let request = app.client().post(format!("{}/graphql", app.address));
        let request = request.header("content-type", "application/json").header("content-encoding", "gzip").body(body);
        assert_eq!(request.send().await.unwrap().status(), status, "{name}");
        let left = remaining(&post(&app, &json!({"query": "{ __typename }"})).await);
        assert!((80..=84).contains(&left), "{name}: {left} points are left");
    }
}

/// Returns how many points of its budget the client has left.
fn remaining(response: &Response) -> u32 {
    let header = response.headers()["ratelimit"].to_str().unwrap();
    header.split(';').find_map(|part| part.strip_prefix("r=")).unwrap().parse().unwrap()
}

#[actix_web::test]
async fn every_byte_of_a_body_is_charged_also_if_the_request_does_not_end() {
    let app = limited(1000).await;
    let address = app.address.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let body = r#"{"query": "{ nothing }"}"#;
    // A point covers 64 KiB; some of the bytes may arrive with the head.
    let long = "a".repeat(10 * 64 * 1024);
    let cases = [
        ("an extension of the last chunk", format!("{:x}\r\n{body}\r\n0;{long}\r\n\r\n", body.len()), 7),
        ("an extension without an end, which ends the connection", format!("5;{long}{long}{long}"), 12),
        ("a chunk that the client does not finish", format!("fffff\r\n{long}"), 7),
    ];
    for (name, text, least) in cases {
        let before = remaining(&post(&app, &json!({"query": "{ library { revision } }"})).await);
        let (address, request) = (address.clone(), format!("{head}{text}"));
        tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let _ = stream.write_all(request.as_bytes());
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        })
        .await
        .unwrap();
        let after = remaining(&post(&app, &json!({"query": "{ library { revision } }"})).await);
        assert!(before - after >= least, "{name}: {before} points before, {after} after");
    }
}

#[actix_web::test]
async fn connections_to_the_metrics_are_limited() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let app = TestApp::sqlite_set(Config { metrics: Some(listener), ..Config::default() }).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    let mut metrics = pin!(app.client().get(format!("http://{address}/metrics")).send());
    assert!(timeout(Duration::from_millis(500), metrics.as_mut()).await.is_err(), "it waits for another connection to end");
    drop(open);
    assert_eq!(metrics.await.unwrap().status(), 200);
}

#[actix_web::test]
async fn an_operation_that_gets_no_permit_is_refunded() {
    let access = AccessConfig { rate_limit: 10_000, ..AccessConfig::default() };
    let limits = Limits { expensive: 0, queue_timeout: Duration::from_millis(10), ..Limits::default() };
    let app = TestApp::sqlite_set(Config { access, limits, ..Config::default() }).await;
    let expensive = "{ procedures(first: 100) { nodes { outcomes(first: 30) { nodes { condition { name } } } } } }";
    // Without refunds, the budget would be empty after the first.
    for _ in 0..5 {
        let refused = post(&app, &json!({"query": expensive})).await;
        assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (503, true));
    }
    let response = post(&app, &json!({"query": "{ __typename }"})).await;
    let budget = response.headers()["ratelimit"].to_str().unwrap();
    let left: u32 = budget.split("r=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    assert!((9900..10_000).contains(&left), "one point for each request: {budget}");
}

#[actix_web::test]
async fn a_plan_with_many_copies_of_a_filter_is_refused() {
    let app = TestApp::sqlite().await;
    // Each field needs the values of the filter again.
    let response = async |fields: usize| {
        let fields: Vec<String> = (0..fields).map(|at| format!("a{at}: aggregate {{ count }}")).collect();
        let query =
            format!("query ($w: TreatmentOutcomeWhere) {{ treatmentOutcomes(where: $w) {{ {} }} }}", fields.join(" "));
        let slugs: Vec<String> = (0..1000).map(|at| format!("no-outcome-has-this-slug-{at}")).collect();
        let conditions = vec![json!({"slug": {"in": slugs}}); 15];
        let body: Json =
            post(&app, &json!({"query": query, "variables": {"w": {"or": conditions}}})).await.json().await.unwrap();
        body
    };
    assert_eq!(response(2).await["data"]["treatmentOutcomes"]["a0"], json!({"count": 0}));
    let refused = response(900).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("The plan of this operation needs more than 4 MiB of memory"), "{message}");
}

/// Returns the document of microneedling with a description of this many words.
fn with_description(words: usize) -> Vec<DocumentFile> {
    let mut files = starter_documents();
    let file = files.iter_mut().find(|file| file.name.ends_with("microneedling.yaml")).unwrap();
    file.text = file.text.replacen("description: >-\n", &format!("description: >-\n  {}\n", "needles ".repeat(words)), 1);
    files
}

#[actix_web::test]
async fn many_copies_of_a_long_value_are_too_long() {
    let app = TestApp::sqlite().await;
    let mut files = with_description(2400);
    let file = files.iter_mut().find(|file| file.name.ends_with("microneedling.yaml")).unwrap();
    let start = "    The small, controlled injuries";
    file.text = file.text.replacen(start, &format!("    {}\n{start}", "needles ".repeat(2400)), 1);
    publish(&app, &files).await;
    for (open, field, close) in [("", "description", ""), ("mechanism {", "summary", "}")] {
        let response = async |copies: usize| {
            let fields: Vec<String> = (0..copies).map(|at| format!("a{at}: {field}")).collect();
            let fields = fields.join(" ");
            app.query(&format!("{{ procedure(by: {{slug: \"microneedling\"}}) {{ {open} {fields} {close} }} }}")).await
        };
        assert_eq!(response(2).await.get("errors"), None);
        let body = response(900).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], "RESPONSE_TOO_LARGE", "{open}");
        assert_eq!(body["data"], json!({"procedure": null}));
    }
}

/// Stores a description of this many words for microneedling, as many long texts together. No content document can have it.
async fn store_description(app: &TestApp, words: usize) {
    let (db, description) = (app.store.writer(), "needles ".repeat(words));
    let update = "UPDATE procedure SET summary = ? WHERE slug = 'microneedling'";
    let update = Statement::from_sql_and_values(db.get_database_backend(), update, [description.into()]);
    db.execute_raw(update).await.unwrap();
}

#[actix_web::test]
async fn a_page_reads_at_most_a_mebibyte() {
    // Without a response cache, because the description is stored without a publication.
    let limits = Limits { responses: 0, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let page = async || {
        let request = app.client().get(format!("{}/explore/procedures/microneedling", app.address));
        let response = request.header("accept", "text/html").send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    store_description(&app, 100_000).await;
    let (status, text) = page().await;
    assert!(status == 200 && text.len() > 800_000, "{status} {}", text.len());
    store_description(&app, 150_000).await;
    let (status, text) = page().await;
    assert!(status == 500 && text.contains("too long to be shown"), "{status} {}", text.len());
}

#[actix_web::test]
async fn a_slow_client_receives_a_response_that_needs_all_its_memory() {
    /// What the client may reserve: a quarter.
    const SHARE: usize = 5 << 20;
    let limits = Limits { reserved_bytes: 4 * SHARE as u64, responses: 0, ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    // The rest of the share is less than the memory for the bytes of a response that the kernel does not accept.
    let bytes = SHARE - 64 * 1024;
    store_description(&app, bytes / "needles ".len()).await;
    let address = app.address.trim_start_matches("http://");
    let body = r#"{"query": "{ procedure(by: {slug: \"microneedling\"}) { description } }"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let mut client = socket.connect(address.parse().unwrap()).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut response = vec![client.read_u8().await.unwrap()];
    // The service writes until the kernel accepts no more.
    sleep(Duration::from_millis(300)).await;
    client.read_to_end(&mut response).await.unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&response[..100.min(response.len())]));
    assert!(response.len() > bytes, "{} bytes", response.len());
}

#[actix_web::test]
async fn the_data_of_a_page_counts_as_memory_of_its_client() {
    // A client may reserve a quarter: enough for one copy of the long description, but not for its response and the data
    // that is parsed from it.
    let limits = Limits { reserved_bytes: 6 << 20, queue_timeout: Duration::from_millis(10), ..Limits::default() };
    let app = TestApp::sqlite_set(Config { limits, ..Config::default() }).await;
    let status = async |path: &str| {
        let request = app.client().get(format!("{}{path}", app.address)).header("accept", "text/html");
        request.send().await.unwrap().status().as_u16()
    };
    store_description(&app, 100_000).await;
    assert_eq!(status("/explore/procedures/microneedling").await, 503);
    assert_eq!(status("/explore/sources").await, 200, "a short page");
}

#[actix_web::test]
async fn the_parameters_of_a_page_have_a_maximum_length() {
    let app = TestApp::sqlite().await;
    for page in ["explore/outcomes", "explore/compare", "reference"] {
        for (bytes, status) in [(16 * 1024, 200), (16 * 1024 + 1, 400)] {
            let parameters = format!("unknown={}", "x".repeat(bytes - "unknown=".len()));
            let response = app.client().get(format!("{}/{page}?{parameters}", app.address)).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "/{page} with {bytes} bytes");
        }
    }
}

#[actix_web::test]
async fn the_write_ahead_log_is_used_again() {
    let app = TestApp::sqlite().await;
    let DatabaseUrl::Sqlite(path) = &app.url else { panic!("it is not SQLite") };
    let log = std::path::PathBuf::from(format!("{}-wal", path.display()));
    let mut written = 0;
    for number in 0..16 {
        let mut files = starter_documents();
        let sources = files.iter_mut().find(|file| file.name.ends_with("sources.yaml")).unwrap();
        for at in 0..50 {
            let note = format!("{number} needles ").repeat(1700);
            let source =
                format!("{{slug: long-{at}, kind: EDITORIAL_BRIEF, title: Needles {at}, extentRead: FULL, note: {note}}}");
            sources.text.extend(["  - ", &source, "\n"]);
        }
        written += sources.text.len();
        publish(&app, &files).await;
        let revision = app.data("{ library { revision } }").await;
        assert_eq!(revision["library"]["revision"], json!(number + 2));
    }
    let length = std::fs::metadata(&log).unwrap().len();
    assert!(written > 12 << 20 && length < 8 << 20, "{length} bytes of {written}");
}
