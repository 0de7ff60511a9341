//! Running the service: health, request ids, metrics, stopping, settings.

use std::{
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

use dermagraph::{
    access::{AccessConfig, Role},
    app::Config,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::support::{TestApp, on_both_databases, program, sqlite};

async fn health(app: &TestApp, which: &str) -> (u16, String) {
    let response = app.client().get(format!("{}/health/{which}", app.address)).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.text().await.unwrap())
}

/// Above 600 requests per minute, a client waits for the responses.
#[actix_web::test]
async fn health_checks_of_one_client_are_paced() {
    let app = TestApp::sqlite().await;
    let started = Instant::now();
    for _ in 0..630 {
        assert_eq!(health(&app, "live").await.0, 200);
    }
    assert!(started.elapsed() > Duration::from_millis(2900), "{:?}", started.elapsed());
}

on_both_databases! {
    async fn health_reports_the_process_and_the_database(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        assert_eq!(health(app, "live").await, (200, r#"{"status":"live"}"#.to_owned()));
        assert_eq!(health(app, "ready").await, (200, r#"{"status":"ready"}"#.to_owned()));
        app.store.writer().execute_unprepared("ALTER TABLE revision RENAME TO elsewhere").await.unwrap();
        // The result of a check of the database is used for a second.
        let started = std::time::Instant::now();
        let unready = loop {
            let found = health(app, "ready").await;
            if found.0 != 200 || started.elapsed() > std::time::Duration::from_secs(10) {
                break found;
            }
        };
        assert_eq!(unready, (503, r#"{"status":"database"}"#.to_owned()));
        assert_eq!(health(app, "live").await.0, 200);
    }
}

on_both_databases! {
    async fn every_response_has_the_id_of_its_request(app: &TestApp) {
        let id = async |path: &str, given: &str| {
            let request = app.client().get(format!("{}{path}", app.address)).header("x-request-id", given);
            request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
        };
        for path in ["/", "/graphql", "/graphql?query={__typename}", "/health/live", "/elsewhere"] {
            assert_eq!(id(path, "trace-1:a.B_2").await, "trace-1:a.B_2", "{path}");
            let made = id(path, "<script>").await;
            assert!(made.len() == 16 && made != id(path, "").await, "{path}: {made}");
        }
    }
}

#[actix_web::test]
async fn refusals_of_event_streams_and_of_the_playground_are_recorded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/metrics", listener.local_addr().unwrap());
    let access = AccessConfig { playground_role: Some(Role::Admin), ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { metrics: Some(listener), access, ..Config::default() }).await;
    let stream = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
    assert_eq!(stream.json(&json!({"query": "{ nothing }"})).send().await.unwrap().status(), 200);
    let playground = app.client().get(format!("{}/playground", app.address));
    assert_eq!(playground.send().await.unwrap().status(), 401);
    let text = app.client().get(&address).send().await.unwrap().text().await.unwrap();
    for line in [
        r#"dermagraph_refused_total{code="VALIDATION"} 1"#,
        r#"dermagraph_refused_total{code="UNAUTHENTICATED"} 1"#,
        "dermagraph_request_seconds_count 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[actix_web::test]
async fn metrics_are_served_on_an_address_of_their_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/metrics", listener.local_addr().unwrap());
    let app = TestApp::sqlite_set(Config { metrics: Some(listener), ..Config::default() }).await;
    app.data("query WithAName { library { revision } }").await;
    app.query("{ nothing }").await;
    app.query("{ procedures(first: 1000) { totalCount } }").await;
    app.client().get(format!("{}/graphql", app.address)).send().await.unwrap();
    app.client().get(format!("{}/elsewhere", app.address)).send().await.unwrap();
    let text = app.client().get(&address).send().await.unwrap().text().await.unwrap();
    for line in [
        r#"dermagraph_requests_total{status="200"} 3"#,
        r#"dermagraph_requests_total{status="400"} 1"#,
        r#"dermagraph_requests_total{status="404"} 1"#,
        r#"dermagraph_operations_total{kind="query"} 2"#,
        r#"dermagraph_operation_errors_total{code="BAD_PAGE"} 1"#,
        r#"dermagraph_refused_total{code="VALIDATION"} 1"#,
        r#"dermagraph_refused_total{code="BAD_REQUEST"} 1"#,
        r#"dermagraph_refused_total{code="NOT_FOUND"} 1"#,
        "dermagraph_operation_statements_sum 1",
        "dermagraph_operation_cost_count 2",
        "dermagraph_sockets 0",
        "dermagraph_publishing_running 0",
        "dermagraph_publishing_waiting 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("dermagraph_request_seconds_count 5"), "{text}");
    assert!(!text.contains("WithAName"), "names have no bound");
    let mut request = format!("{}/graphql", app.address.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = connect_async(request).await.unwrap();
    socket.send(Message::text("no JSON")).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());
    let text = app.client().get(&address).send().await.unwrap().text().await.unwrap();
    assert!(text.contains(r#"dermagraph_sockets_closed_total{code="4400"} 1"#), "{text}");
    let foreign = app.client().get(&address).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 421, "a page may have its name resolve to this address");
}

#[actix_web::test]
async fn running_requests_finish_when_the_service_stops() {
    let app = TestApp::sqlite().await;
    let body = json!({"query": "{ procedures(first: 100) { nodes { name outcomes { nodes { expectedEffect } } } } }"});
    let request = app.client().post(format!("{}/graphql", app.address)).json(&body);
    let (response, ()) = futures_util::future::join(request.send(), async {
        // The request is running when the service gets the signal to stop.
        tokio::task::yield_now().await;
    })
    .await;
    let response = response.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["errors"], json!(null));
    let address = app.address.clone();
    app.stop().await;
    assert!(reqwest::get(format!("{address}/health/live")).await.is_err(), "the port is closed");
}

#[cfg(unix)]
#[actix_web::test]
async fn a_signal_or_a_closed_terminal_ends_the_service_and_leaves_one_file() {
    for signal in ["TERM", "HUP", "INT"] {
        let (folder, url) = sqlite::starter().await;
        let serving = program::Node::start(&url).ready();
        assert_eq!(reqwest::get(serving.address().replace("/graphql", "/health/ready")).await.unwrap().status(), 200);
        assert_eq!(serving.end_by(signal).code(), Some(0), "{signal}");
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        assert_eq!(files.collect::<Vec<_>>(), ["test.db"], "{signal}");
    }
}

/// Starts the program, which must fail. Returns its standard error.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_dermagraph")).args(arguments).envs(variables.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn invalid_settings_are_refused_at_the_start_by_name() {
    for (flag, value) in [
        ("--cors-origin", "example.org"),
        ("--cors-origin", "https://example.org/path"),
        ("--batch-limit", "0"),
        ("--batch-limit", "101"),
        ("--batch-limit", "many"),
        ("--log-format", "xml"),
        ("--allowed-host", "*example.org"),
        ("--allowed-host", "https://example.org"),
    ] {
        let message = refused(&["serve", flag, value], &[]);
        assert!(message.contains(flag) && message.contains(value), "{message}");
    }
    let message = refused(&["serve"], &[("DERMAGRAPH_CORS_ORIGIN", "https://fine.example,nonsense")]);
    assert!(
        message.contains("--cors-origin") && message.contains("nonsense") && message.contains("SCHEME://HOST"),
        "{message}"
    );
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let message = refused(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--metrics-listen", "nowhere"], &[]);
    assert!(message.contains("--metrics-listen"), "{message}");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let in_use = other.local_addr().unwrap().to_string();
    let message = refused(&["serve", "--listen", &in_use, "--data-dir", data], &[]);
    assert!(message.contains(&format!("cannot listen on {in_use}: ")) && message.contains("with --listen"), "{message}");
}

/// Starts the program and sends it one request. `request` gets the address of the program and returns the response.
/// Returns the response, and the whole log of the program.
fn logged(request: impl FnOnce(&str) -> String) -> (String, String) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let folder = tempfile::tempdir().unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_dermagraph"))
        .args(["--listen", "127.0.0.1:0", "--log-format", "json", "--data-dir", folder.path().to_str().unwrap()])
        .env("DERMAGRAPH_LOG", "warn,dermagraph::request=info")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address =
        lines.find_map(|line| line.split_once("GraphQL     http://").map(|(_, address)| address.to_owned())).unwrap();
    let (host, _) = address.split_once('/').unwrap();
    let mut connection = std::net::TcpStream::connect(host).unwrap();
    connection.write_all(request(host).as_bytes()).unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    assert!(Command::new("kill").arg(service.id().to_string()).status().unwrap().success());
    let output = service.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (response, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_line_of_the_log_has_a_longest_length() {
    let (name, path) = ("n".repeat(120), "%C3%A4".repeat(1_000));
    let (response, log) = logged(|host| {
        let query = format!("query%20{name}%7B__typename%7D");
        format!(
            "GET /graphql?query={query} HTTP/1.1\r\nHost: {host}\r\n\r\n{} /{path} HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: {}\r\nConnection: close\r\n\r\n",
            "M".repeat(5_000),
            "i".repeat(5_000),
        )
    });
    assert!(response.contains(r#"{"data":{"__typename":"Query"}}"#), "{response}");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    for (line, cut) in [(lines[0], "n".repeat(64)), (lines[1], "M".repeat(100))] {
        assert!(line.contains(&format!("\"{cut}\"")) && line.len() < 1000, "{line}");
    }
}

#[test]
fn the_log_warns_once_about_a_refused_origin() {
    let (response, log) = logged(|host| {
        let head = |method: &str, origin: &str, more: &str| {
            format!(
                "{method} /graphql HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-site\r\n{more}\r\n"
            )
        };
        let page = "http://localhost:5173";
        let preflight = head("OPTIONS", page, "Access-Control-Request-Method: POST\r\n");
        [preflight, head("GET", page, ""), head("GET", "null", "Connection: close\r\n")].concat()
    });
    assert_eq!(response.matches("CROSS_SITE").count(), 2, "{response}");
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("--cors-origin")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains(r#""origin":"http://localhost:5173""#), "{log}");
}

#[test]
fn the_log_has_a_line_for_every_request_and_a_signal_ends_the_service() {
    let query = "query%20Named(%24slug%3AString!)%7Bprocedure(by%3A%7Bslug%3A%24slug%7D)%7Bname%7D%7D&variables=%7B%22slug%22%3A%22private%22%7D";
    let (response, log) = logged(|host| {
        format!(
            "GET /graphql?query={query} HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: here\r\nCookie: session=private\r\nConnection: close\r\n\r\n"
        )
    });
    assert!(response.ends_with(r#"{"data":{"procedure":null}}"#), "{response}");
    let mut line: serde_json::Value = serde_json::from_str(log.trim()).unwrap_or_else(|_| panic!("not one line: {log}"));
    assert!(!log.contains("private") && !log.contains("procedure"), "{log}");
    for measured in ["timestamp", "hash", "cost", "milliseconds"] {
        assert!(line.as_object_mut().unwrap().remove(measured).is_some(), "{measured}: {log}");
    }
    assert_eq!(
        line,
        json!({
            "level": "INFO", "target": "dermagraph::request", "request_id": "here", "method": "GET", "path": "/graphql", "status": 200,
            "operations": 1, "operation": "Named", "statements": 1, "bytes": 27,
        })
    );
}
