//! Sockets of a service whose operations do not end.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, web};
use futures_util::{SinkExt as _, StreamExt as _, future::BoxFuture, stream};
use serde_json::{Value as Json, json};
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    access::{AccessProblem, Account, Accounts, Client, Limiter, MAX_RESERVED_BYTES, Principal, Reservation},
    http::{
        client::UnverifiedClient,
        gate::{AdmittedClient, ReadCharge},
        response::HttpRefusal,
        socket::{
            self, Backend, SocketConfig, Sockets,
            message::{self, ReadMessage},
        },
    },
    schema::{GraphqlRequest, OperationResponse, OperationResponses, Refusal, Response},
};

/// A backend for tests. The text of a document, such as `waits`, selects what its operation does. Clients with the
/// credential `word` are admitted.
struct Endless {
    running: watch::Sender<usize>,
    accounts: Arc<Accounts>,
    refusals: Arc<Mutex<Vec<String>>>,
}

struct Running(watch::Sender<usize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

fn result(body: String) -> OperationResponse {
    let response = Arc::new(Response::new(body, 0, 0));
    OperationResponse { response, statements: 0, reservation: None, read_in: None }
}

impl Backend for Endless {
    fn admit<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<AdmittedClient, AccessProblem>> {
        let is_admitted = client.address.is_loopback() && client.authorization.as_deref() == Some("word");
        let problem = || AccessProblem { code: AccessProblem::UNAUTHENTICATED, message: "It is not the word.".into() };
        let admitted = is_admitted.then(|| AdmittedClient::new(&self.accounts, Principal::ANONYMOUS, client));
        Box::pin(std::future::ready(admitted.ok_or_else(problem)))
    }

    fn charge<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<Account, HttpRefusal>> {
        let account = self.accounts.of(Client::of(&Principal::ANONYMOUS, client.address));
        let result = account.charge(1).map(|_| account).map_err(HttpRefusal::from);
        Box::pin(std::future::ready(result))
    }

    fn count_refusal(&self, code: &str) {
        self.refusals.lock().unwrap().push(code.to_owned());
    }

    fn count_close(&self, _code: u16) {}

    fn parse<'a>(
        &'a self,
        account: &'a Account,
        text: Arc<String>,
        with_request: bool,
    ) -> BoxFuture<'a, Result<(ReadMessage, Option<Reservation>), HttpRefusal>> {
        Box::pin(std::future::ready(message::parse(&text, account, with_request)))
    }

    fn begin<'a>(
        &'a self,
        _client: &'a AdmittedClient,
        _charge: ReadCharge,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<OperationResponses, Refusal>> {
        Box::pin(std::future::ready(self.run(&request)))
    }
}

impl Endless {
    fn run(&self, request: &GraphqlRequest) -> Result<OperationResponses, Refusal> {
        let results: OperationResponses = match request.document.as_deref() {
            Some("waits") => stream::iter([Ok(result("1".to_owned()))]).chain(stream::pending()).boxed(),
            Some("floods") => stream::repeat_with(|| Ok(result(format!("\"{}\"", "x".repeat(100_000))))).boxed(),
            Some("fails") => stream::iter([Ok(result("1".to_owned())), Err(Refusal::request(Vec::new()))]).boxed(),
            _ => return Err(Refusal::request(Vec::new())),
        };
        self.running.send_modify(|running| *running += 1);
        let running = Running(self.running.clone());
        Ok(results.map(move |result| (&running, result).1).boxed())
    }
}

/// A service with one connected client.
struct Scene {
    client: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sockets: Sockets,
    running: watch::Receiver<usize>,
    refusals: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn new(config: SocketConfig, headers: &[(&'static str, &'static str)]) -> Self {
        Self::of(Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES), config, headers).await
    }

    async fn of(accounts: Arc<Accounts>, config: SocketConfig, headers: &[(&'static str, &'static str)]) -> Self {
        let (running, refusals) = (watch::Sender::new(0), Arc::default());
        let backend = Endless { running: running.clone(), accounts, refusals: Arc::clone(&refusals) };
        let sockets = Sockets::new(Arc::new(backend), config, CancellationToken::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut request = format!("ws://{}/graphql", listener.local_addr().unwrap()).into_client_request().unwrap();
        let data = web::Data::new(sockets.clone());
        let app = move || App::new().app_data(data.clone()).route("/graphql", web::get().to(socket::open));
        actix_web::rt::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run());
        for (name, value) in [&[("sec-websocket-protocol", "graphql-transport-ws")], headers].concat() {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (client, _) = connect_async(request).await.unwrap();
        Self { client, sockets, running: running.subscribe(), refusals }
    }

    /// Connects a client and admits it.
    async fn ready(config: SocketConfig) -> Self {
        Self::new(config, &[]).await.admit().await
    }

    async fn admit(mut self) -> Self {
        self.send(json!({"type": "connection_init", "payload": {"authorization": "word"}})).await;
        assert_eq!(self.receive().await, json!({"type": "connection_ack"}));
        self
    }

    async fn send(&mut self, message: Json) {
        self.client.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, document: &str) {
        self.send(json!({"id": id, "type": "subscribe", "payload": {"query": document}})).await;
    }

    async fn receive(&mut self) -> Json {
        match self.client.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    async fn close_frame(&mut self) -> (u16, String) {
        match self.client.next().await {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("no close frame: {other:?}"),
        }
    }

    /// Waits until this number of operations runs.
    async fn runs(&mut self, number: usize) {
        self.running.wait_for(|running| *running == number).await.unwrap();
    }
}

fn next(id: &str) -> Json {
    json!({"id": id, "type": "next", "payload": 1})
}

#[actix_web::test]
async fn clients_with_wrong_credentials_are_refused() {
    for payload in [json!(null), json!({"authorization": "other"})] {
        let mut scene = Scene::new(SocketConfig::default(), &[]).await;
        scene.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(scene.close_frame().await, (4403, "Forbidden".to_owned()));
    }
    let mut by_header = Scene::new(SocketConfig::default(), &[("authorization", "word")]).await;
    by_header.send(json!({"type": "connection_init"})).await;
    assert_eq!(by_header.receive().await, json!({"type": "connection_ack"}));
}

#[actix_web::test]
async fn a_completed_operation_ends_and_its_id_can_be_used_again() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    for _ in 0..3 {
        scene.subscribe("1", "waits").await;
        assert_eq!(scene.receive().await, next("1"));
        scene.send(json!({"id": "1", "type": "complete"})).await;
    }
    scene.runs(0).await;
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.receive().await, next("1"));
    scene.subscribe("2", "waits").await;
    assert_eq!(scene.receive().await, next("2"));
    scene.runs(2).await;
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.close_frame().await, (4409, "Subscriber for 1 already exists".to_owned()));
    scene.runs(0).await;
}

#[actix_web::test]
async fn a_refusal_is_the_last_message_of_an_operation() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    let error = json!({"id": "1", "type": "error", "payload": []});
    scene.subscribe("1", "is refused").await;
    assert_eq!(scene.receive().await, error);
    for _ in 0..2 {
        scene.subscribe("1", "fails").await;
        assert_eq!((scene.receive().await, scene.receive().await), (next("1"), error.clone()));
    }
    scene.runs(0).await;
}

#[actix_web::test]
async fn the_operations_of_a_socket_are_limited() {
    let mut scene = Scene::ready(SocketConfig { max_operations: 1, ..SocketConfig::default() }).await;
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.receive().await, next("1"));
    scene.subscribe("2", "waits").await;
    let message = scene.receive().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("2"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    assert_eq!(*scene.refusals.lock().unwrap(), ["TOO_MANY_OPERATIONS"]);
    scene.send(json!({"id": "1", "type": "complete"})).await;
    scene.subscribe("2", "waits").await;
    assert_eq!(scene.receive().await, next("2"));
}

#[actix_web::test]
async fn messages_of_a_client_are_read_while_results_flood_it() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.subscribe("1", "floods").await;
    assert_eq!(scene.receive().await["id"], "1");
    scene.send(json!({"type": "ping"})).await;
    while scene.receive().await["type"] != "pong" {}
    scene.send(json!({"id": "1", "type": "complete"})).await;
    scene.send(json!({"type": "ping"})).await;
    while scene.receive().await["type"] != "pong" {}
    scene.runs(0).await;
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.receive().await, next("1"), "the completed operation has no further results");
}

#[actix_web::test]
async fn a_client_that_reads_nothing_loses_its_socket() {
    let mut scene = Scene::ready(SocketConfig { send_timeout: Duration::from_millis(50), ..SocketConfig::default() }).await;
    scene.subscribe("1", "floods").await;
    scene.runs(1).await;
    scene.runs(0).await;
}

#[actix_web::test]
async fn a_stopping_service_does_not_wait_for_a_client_that_reads_nothing() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.subscribe("1", "floods").await;
    scene.runs(1).await;
    scene.sockets.shutdown.cancel();
    scene.runs(0).await;
}

#[actix_web::test]
async fn operations_end_when_their_client_disconnects() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.subscribe("1", "waits").await;
    scene.runs(1).await;
    let Scene { client, mut running, sockets, .. } = scene;
    assert_eq!(sockets.permits().in_use(), 1);
    drop(client);
    running.wait_for(|running| *running == 0).await.unwrap();
}

#[actix_web::test]
async fn a_stopping_service_closes_sockets_with_running_operations() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.receive().await, next("1"));
    scene.sockets.shutdown.cancel();
    assert_eq!(scene.close_frame().await, (1001, "The service is stopping".to_owned()));
    scene.runs(0).await;
}

#[actix_web::test]
async fn messages_are_charged_and_delayed_without_budget() {
    let scene = Scene::of(Accounts::new(Limiter::new(10, 10), MAX_RESERVED_BYTES), SocketConfig::default(), &[]).await;
    // The handshake and the first message cost two points of ten.
    let mut scene = scene.admit().await;
    for message in [json!({"type": "ping"}), json!({"id": "other", "type": "complete"})].iter().cycle().take(6) {
        scene.send(message.clone()).await;
    }
    scene.client.send(Message::Ping("x".into())).await.unwrap();
    scene.subscribe("1", "waits").await;
    for _ in 0..3 {
        assert_eq!(scene.receive().await, json!({"type": "pong"}));
    }
    assert!(matches!(scene.client.next().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(scene.receive().await, next("1"), "the budget was enough for this operation");
    scene.subscribe("2", "waits").await;
    let message = scene.receive().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("2"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(*scene.refusals.lock().unwrap(), ["RATE_LIMITED"]);
    let started = Instant::now();
    for _ in 0..605 {
        scene.send(json!({"type": "ping"})).await;
        assert_eq!(scene.receive().await, json!({"type": "pong"}));
    }
    assert!(started.elapsed() >= Duration::from_millis(400), "after 600 refusals a minute, ten a second are processed");
    scene.send(json!({"id": "1", "type": "complete"})).await;
    scene.runs(0).await;
}

#[actix_web::test]
async fn the_pong_for_a_ping_of_the_service_is_free_even_if_another_message_precedes_it() {
    let config = SocketConfig { ping_interval: Duration::from_secs(1), ..SocketConfig::default() };
    // One point each for the handshake, `connection_init`, the ping of the client and the operation.
    let mut scene = Scene::of(Accounts::new(Limiter::new(4, 4), MAX_RESERVED_BYTES), config, &[]).await.admit().await;
    assert!(matches!(scene.client.next().await, Some(Ok(Message::Ping(_)))));
    // The client sends its pong after the next message.
    scene.send(json!({"type": "ping"})).await;
    assert_eq!(scene.receive().await, json!({"type": "pong"}));
    scene.subscribe("1", "waits").await;
    assert_eq!(scene.receive().await, next("1"));
}

#[actix_web::test]
async fn the_values_of_a_message_count_as_memory_of_their_client() {
    // A client may reserve a quarter: 2 MiB.
    let accounts = Accounts::new(Limiter::new(0, 0), 8 << 20);
    let mut scene = Scene::of(Arc::clone(&accounts), SocketConfig::default(), &[]).await.admit().await;
    for (maps, expected) in [(9000, "error"), (1000, "next")] {
        let payload = json!({"query": "waits", "variables": {"unused": vec![json!({"a": 1}); maps]}});
        scene.send(json!({"id": "1", "type": "subscribe", "payload": payload})).await;
        let message = scene.receive().await;
        assert_eq!(message["type"], expected, "{message}");
        assert!(expected == "next" || message["payload"][0]["extensions"]["code"] == "OVERLOADED", "{message}");
    }
}

#[actix_web::test]
async fn memory_is_reserved_for_incomplete_messages() {
    let accounts = Accounts::new(Limiter::new(0, 0), 400 * 1024);
    let mut scene = Scene::of(Arc::clone(&accounts), SocketConfig::default(), &[]).await.admit().await;
    let part = |data, length, last| Message::Frame(Frame::message(vec![b' '; length], OpCode::Data(data), last));
    scene.client.send(part(Data::Text, 60 * 1024, false)).await.unwrap();
    let reserves = async |bytes: fn(u64) -> bool| {
        let held = async {
            while !bytes(accounts.reserved()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), held).await.expect("the memory is reserved");
    };
    reserves(|bytes| bytes == 64 * 1024).await;
    scene.client.send(part(Data::Continue, 60 * 1024, false)).await.unwrap();
    assert_eq!(scene.close_frame().await, (1013, "Try again later".to_owned()));
    reserves(|bytes| bytes == 0).await;
}
