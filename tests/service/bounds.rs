//! Everything that a client can make the service store or process, in addition to the operations that it runs, is
//! bounded and charged.

use std::{net::TcpListener, pin::pin, time::Duration};

use actix_web::web::Bytes;
use dermagraph::{
    access::AccessConfig, app::Config, http::HttpConfig, library::DocumentFile, schema::Limits, store::DatabaseUrl,
};
use futures_util::{Stream, StreamExt as _};
use reqwest::Response;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value as Json, json};
use tokio::{net::TcpStream, time::timeout};

use crate::{
    resources::{limited, post},
    support::{TestApp, publish, starter_documents},
};

/// Subscribes by server-sent events. Returns the first event, and the stream, which ends the subscription when it is dropped.
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
async fn the_data_of_a_page_counts_as_memory_of_its_client() {
    // A client may reserve a quarter: enough for one copy of the long description, but not for its response and the data that
    // is parsed from it.
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
