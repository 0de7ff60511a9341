//! GraphQL over WebSocket: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::{net::TcpListener, time::Duration};

use dermagraph::{
    app::{Application, Config},
    http::socket::SocketConfig,
};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        http::Response,
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};
use tokio_util::sync::CancellationToken;

use crate::support::{TestApp, on_both_databases, shown_errors};

const QUERY: &str = "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }";

/// The sockets of a service.
pub struct Sockets {
    address: String,
    shutdown: CancellationToken,
}

impl Sockets {
    async fn on(app: &TestApp, sockets: SocketConfig) -> Self {
        let config = Config { sockets, ..Config::default() };
        let application = Application::build(&app.store, TcpListener::bind("127.0.0.1:0").unwrap(), config).await.unwrap();
        let (address, shutdown) = (application.address().to_string(), application.stopping());
        actix_web::rt::spawn(application.run_until_stopped());
        Self { address, shutdown }
    }

    async fn of(app: &TestApp) -> Self {
        Self::on(app, SocketConfig::default()).await
    }

    /// Returns the sockets of the service itself.
    pub fn at(app: &TestApp) -> Self {
        Self { address: app.address.trim_start_matches("http://").to_owned(), shutdown: app.stopping.clone() }
    }

    /// Tries to open a socket with these headers.
    async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Socket, Response<Option<Vec<u8>>>> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tungstenite::Error::Http(response)) => Err(*response),
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Returns an open socket on which no message was sent yet.
    pub async fn socket(&self) -> Socket {
        let Ok(socket) = self.open(&[("sec-websocket-protocol", "other, graphql-transport-ws")]).await else {
            panic!("the socket was not opened");
        };
        socket
    }

    /// Returns a socket whose client is admitted.
    async fn ready(&self) -> Socket {
        let mut socket = self.socket().await;
        socket.send_json(json!({"type": "connection_init"})).await;
        assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
        socket
    }
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub async fn send_json(&mut self, message: Json) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Json) {
        self.send_json(json!({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})).await;
    }

    pub async fn receive(&mut self) -> Json {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// Returns code and reason of the close frame, which must be the only frame.
    pub async fn close_frame(mut self) -> (u16, String) {
        match self.0.next().await {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("no close frame: {other:?}"),
        }
    }
}

pub fn close_frame(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

/// Status and code of a refusal.
fn refusal(opened: Result<Socket, Response<Option<Vec<u8>>>>) -> (StatusCode, Json) {
    let Err(response) = opened else { panic!("it was opened") };
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let body: Json = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    (response.status(), body["errors"][0]["extensions"]["code"].clone())
}

on_both_databases! {
    async fn a_query_runs_over_a_socket(app: &TestApp) {
        let mut socket = Sockets::of(app).await.ready().await;
        // The id is free as soon as the operation is complete.
        for _ in 0..2 {
            socket.subscribe("1", QUERY, json!({"slug": "microneedling"})).await;
            let data = json!({"procedure": {"name": "Microneedling"}});
            assert_eq!(socket.receive().await, json!({"id": "1", "type": "next", "payload": {"data": data}}));
            assert_eq!(socket.receive().await, json!({"id": "1", "type": "complete"}));
        }
    }
}

on_both_databases! {
    async fn an_invalid_document_is_an_error_message_and_not_a_response(app: &TestApp) {
        let mut socket = Sockets::of(app).await.ready().await;
        socket.subscribe("\"1\"", "{ nothing }", json!({})).await;
        let message = socket.receive().await;
        assert_eq!((&message["id"], &message["type"]), (&json!("\"1\""), &json!("error")), "{message}");
        assert_eq!(shown_errors(&json!({"errors": message["payload"]}))[0]["code"], "VALIDATION");
        socket.subscribe("1", "{ procedures(first: 1000) { totalCount } }", json!({})).await;
        let message = socket.receive().await;
        assert_eq!(message["type"], "next", "it was run, and one field failed: {message}");
        assert_eq!(shown_errors(&message["payload"])[0]["code"], "BAD_PAGE");
        assert_eq!(socket.receive().await, json!({"id": "1", "type": "complete"}));
    }
}

on_both_databases! {
    async fn many_operations_run_at_once(app: &TestApp) {
        let mut socket = Sockets::of(app).await.ready().await;
        for id in 0..20 {
            socket.subscribe(&id.to_string(), "{ library { revision } }", json!({})).await;
        }
        let mut complete = std::collections::BTreeSet::new();
        while complete.len() < 20 {
            let message = socket.receive().await;
            if message["type"] == "complete" {
                complete.insert(message["id"].to_string());
            }
        }
    }
}

#[actix_web::test]
async fn pongs_have_the_payload_of_their_ping() {
    let app = TestApp::sqlite().await;
    let mut socket = Sockets::of(&app).await.socket().await;
    socket.send_json(json!({"type": "ping"})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
    socket.send_json(json!({"type": "pong", "payload": {"any": 1}})).await;
    socket.send(Message::text(r#" {"payload": {"n": 1.10, "at": "here"}, "type": "ping"}"#)).await;
    assert_eq!(
        socket.0.next().await.unwrap().unwrap(),
        Message::text(r#"{"type":"pong","payload":{"n": 1.10, "at": "here"}}"#)
    );
    socket.send(Message::Ping("frame".into())).await;
    assert_eq!(socket.0.next().await.unwrap().unwrap(), Message::Pong("frame".into()));
}

#[actix_web::test]
async fn malformed_messages_close_the_socket() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let subscribe =
        r#"The payload of "subscribe" must be a GraphQL request: a string "query", objects "variables" and "extensions""#;
    for (message, reason) in [
        ("", r#"A message must be a JSON object with a string "type""#),
        ("hello", r#"A message must be a JSON object with a string "type""#),
        (r#"["ping", null, null]"#, r#"A message must be a JSON object with a string "type""#),
        (r#"{"type": 1}"#, r#"A message must be a JSON object with a string "type""#),
        (r#"{"type": "connection_ack"}"#, "There is no message of this type"),
        (r#"{"type": "start"}"#, "There is no message of this type"),
        (r#"{"type": "ping", "payload": "text"}"#, r#""payload" is not an object"#),
        (r#"{"type": "complete"}"#, "The id of an operation must be a string of 1 to 128 bytes"),
        (
            r#"{"type": "subscribe", "id": "", "payload": {"query": "{ x }"}}"#,
            "The id of an operation must be a string of 1 to 128 bytes",
        ),
        (r#"{"type": "subscribe", "id": "1"}"#, r#""subscribe" needs a payload"#),
        (r#"{"type": "subscribe", "id": "1", "payload": {}}"#, subscribe),
        (r#"{"type": "subscribe", "id": "1", "payload": {"query": "{ x }", "variables": []}}"#, subscribe),
    ] {
        let mut socket = sockets.ready().await;
        socket.send(Message::text(message)).await;
        assert_eq!(socket.close_frame().await, close_frame(4400, reason), "{message}");
    }
    let mut socket = sockets.ready().await;
    socket.send(Message::binary(r#"{"type": "ping"}"#)).await;
    assert_eq!(socket.close_frame().await, close_frame(4400, "Messages are JSON in text frames, not in binary ones"));
}

#[actix_web::test]
async fn the_connection_is_acknowledged_before_anything_else_and_once() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let mut early = sockets.socket().await;
    early.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(early.close_frame().await, close_frame(4401, "Unauthorized"));
    let mut twice = sockets.ready().await;
    twice.send_json(json!({"type": "connection_init"})).await;
    assert_eq!(twice.close_frame().await, close_frame(4429, "Too many initialisation requests"));
    let config = SocketConfig { init_timeout: Duration::from_millis(20), ..SocketConfig::default() };
    let hasty = Sockets::on(&app, config).await;
    assert_eq!(hasty.socket().await.close_frame().await, close_frame(4408, "Connection initialisation timeout"));
}

#[actix_web::test]
async fn the_subprotocol_must_be_offered() {
    let app = TestApp::sqlite().await;
    let Ok(socket) = Sockets::of(&app).await.open(&[]).await else { panic!("it was not opened") };
    assert_eq!(socket.close_frame().await, close_frame(4406, "Subprotocol not acceptable"));
}

#[actix_web::test]
async fn a_message_may_have_several_frames_up_to_a_mebibyte() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let mut socket = sockets.socket().await;
    let text = json!({"type": "connection_init", "payload": {"filling": "x".repeat(900_000)}}).to_string();
    let (first, last) = text.split_at(400_000);
    let piece = |text: &str, code, last| Message::Frame(Frame::message(text.to_owned(), OpCode::Data(code), last));
    socket.send(piece(first, Data::Text, false)).await;
    // A control frame is allowed between the frames of a message.
    socket.send(Message::Ping("x".into())).await;
    socket.send(piece(last, Data::Continue, true)).await;
    assert_eq!(socket.0.next().await.unwrap().unwrap(), Message::Pong("x".into()));
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    let long = "x".repeat(1024 * 1024);
    let too_big = close_frame(1009, "The message is longer than 1 MiB");
    socket.send(piece(&long, Data::Text, false)).await;
    socket.send(piece("x", Data::Continue, false)).await;
    assert_eq!(socket.close_frame().await, too_big);
    let mut whole = sockets.socket().await;
    // The service may have closed before all of it was sent.
    _ = whole.0.send(Message::text(format!("{long}x"))).await;
    assert_eq!(whole.close_frame().await, too_big);
}

#[actix_web::test]
async fn frames_that_break_the_protocol_close_the_socket() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let broken = close_frame(1002, "The frames violate the WebSocket protocol");
    let not_text = close_frame(1007, "The message is not UTF-8");
    for (frame, expected) in [
        (Frame::message("x", OpCode::Data(Data::Continue), true), broken.clone()),
        (Frame::message("x", OpCode::Data(Data::Reserved(3)), true), broken),
        (Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true), not_text),
    ] {
        let mut socket = sockets.socket().await;
        socket.send(Message::Frame(frame.clone())).await;
        assert_eq!(socket.close_frame().await, expected, "{frame:?}");
    }
}

#[actix_web::test]
async fn a_web_page_of_another_host_cannot_open_a_socket() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let opened = sockets.open(&[("origin", "https://evil.example"), ("sec-websocket-protocol", "graphql-transport-ws")]);
    assert_eq!(refusal(opened.await), (StatusCode::FORBIDDEN, json!("CROSS_SITE")));
    let own = format!("http://{}", sockets.address);
    assert!(sockets.open(&[("origin", &own), ("sec-websocket-protocol", "graphql-transport-ws")]).await.is_ok());
    let wrong = sockets.open(&[("sec-websocket-version", "12")]).await;
    assert_eq!(refusal(wrong), (StatusCode::UPGRADE_REQUIRED, json!("BAD_HANDSHAKE")));
}

#[actix_web::test]
async fn the_number_of_sockets_is_limited() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::on(&app, SocketConfig { max_sockets: 1, ..SocketConfig::default() }).await;
    let mut first = sockets.ready().await;
    assert_eq!(refusal(sockets.open(&[]).await), (StatusCode::SERVICE_UNAVAILABLE, json!("TOO_MANY_SOCKETS")));
    first.0.close(None).await.unwrap();
    assert_eq!(first.close_frame().await.0, 1000);
    sockets.ready().await;
}

#[actix_web::test]
async fn a_handshake_that_is_refused_ends_its_connection() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    for body in ["Transfer-Encoding: chunked", "Content-Length: 100", "X: y"] {
        let mut connection = TcpStream::connect(&sockets.address).await.unwrap();
        let head = format!(
            "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{body}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut response = String::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), connection.read_to_string(&mut response)).await;
        assert!(ended.is_ok_and(|read| read.is_ok()), "{body}: it stays open");
        assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("BAD_HANDSHAKE"), "{body}: {response}");
    }
}

#[actix_web::test]
async fn waiting_sockets_do_not_block_other_clients() {
    let app = TestApp::sqlite().await;
    let config = SocketConfig { max_sockets: 100, init_timeout: Duration::from_secs(30), ..SocketConfig::default() };
    let sockets = Sockets::on(&app, config).await;
    let mut waiting = Vec::new();
    for _ in 0..64 {
        waiting.push(sockets.socket().await);
    }
    assert_eq!(refusal(sockets.open(&[]).await), (StatusCode::SERVICE_UNAVAILABLE, json!("TOO_MANY_SOCKETS")));
    // After `connection_init`, a socket no longer counts as waiting; one address may use a quarter of all.
    let mut ready = Vec::new();
    for _ in 0..25 {
        let mut socket = waiting.pop().unwrap();
        socket.send_json(json!({"type": "connection_init"})).await;
        assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
        ready.push(socket);
        waiting.push(sockets.socket().await);
    }
    let mut more = waiting.pop().unwrap();
    more.send_json(json!({"type": "connection_init"})).await;
    assert_eq!(more.close_frame().await, close_frame(1013, "Try again later"));
}

#[actix_web::test]
async fn a_new_socket_replaces_the_one_that_has_waited_longest() {
    let app = TestApp::sqlite().await;
    let config = SocketConfig { max_sockets: 2, init_timeout: Duration::from_secs(30), ..SocketConfig::default() };
    let sockets = Sockets::on(&app, config).await;
    let (oldest, mut second, third) = (sockets.socket().await, sockets.socket().await, sockets.socket().await);
    assert_eq!(oldest.close_frame().await, close_frame(1013, "Try again later"));
    second.send_json(json!({"type": "connection_init"})).await;
    assert_eq!(second.receive().await, json!({"type": "connection_ack"}));
    drop(third);
}

#[actix_web::test]
async fn a_silent_client_is_disconnected() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::on(&app, SocketConfig { ping_interval: Duration::from_secs(1), ..SocketConfig::default() }).await;
    let mut awake = sockets.ready().await;
    // Reading sends the replies.
    for _ in 0..3 {
        assert_eq!(awake.0.next().await.unwrap().unwrap(), Message::Ping("".into()));
    }
    let mut asleep = sockets.ready().await.0.into_inner();
    let mut bytes = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut asleep, &mut bytes).await.unwrap();
    assert_eq!(bytes, [0x89, 0], "one ping, and then the end");
}

#[actix_web::test]
async fn a_service_that_stops_closes_its_sockets() {
    let app = TestApp::sqlite().await;
    let sockets = Sockets::of(&app).await;
    let (waiting, ready) = (sockets.socket().await, sockets.ready().await);
    sockets.shutdown.cancel();
    for socket in [waiting, ready] {
        assert_eq!(socket.close_frame().await, close_frame(1001, "The service is stopping"));
    }
}
