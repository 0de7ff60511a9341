//! Sockets of a service whose answers do not end.

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
    access::{Account, Accounts, Client, Limiter, MAX_RESERVED_BYTES, Principal},
    http::{
        gate::{Guest, Paid},
        refused::Refused,
        socket::{self, Host, SocketConfig, Sockets},
        visitor::Visitor,
    },
    schema::{Answer, Answers, GraphqlRequest, Refusal, Response},
};

/// Runs what the document says, lets in those who know the word, and tells how many operations there are and what is refused.
struct Endless {
    running: watch::Sender<usize>,
    accounts: Arc<Accounts>,
    refused: Arc<Mutex<Vec<String>>>,
}

struct Running(watch::Sender<usize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

fn answer(body: String) -> Answer {
    let response = Arc::new(Response::new(body, 0, 0));
    Answer { response, statements: 0, held: None, read_in: None }
}

impl Host for Endless {
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>> {
        let knows = visitor.address.is_loopback() && visitor.authorization.as_deref() == Some("word");
        Box::pin(async move { knows.then(|| Guest::new(&self.accounts, Principal::ANONYMOUS, visitor)) })
    }

    fn charge<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Account, Refused>> {
        let account = self.accounts.of(Client::of(&Principal::ANONYMOUS, visitor.address));
        let charged = account.charge(1).map(|_| account).map_err(Refused::from);
        Box::pin(std::future::ready(charged))
    }

    fn refused(&self, code: &str) {
        self.refused.lock().unwrap().push(code.to_owned());
    }

    fn begin<'a>(
        &'a self,
        _guest: &'a Guest,
        _paid: Paid,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<Answers, Refusal>> {
        Box::pin(std::future::ready(self.run(&request)))
    }
}

impl Endless {
    fn run(&self, request: &GraphqlRequest) -> Result<Answers, Refusal> {
        let results: Answers = match request.document.as_deref() {
            Some("waits") => stream::iter([Ok(answer("1".to_owned()))]).chain(stream::pending()).boxed(),
            Some("floods") => stream::repeat_with(|| Ok(answer(format!("\"{}\"", "x".repeat(100_000))))).boxed(),
            Some("fails") => stream::iter([Ok(answer("1".to_owned())), Err(Refusal::request(Vec::new()))]).boxed(),
            _ => return Err(Refusal::request(Vec::new())),
        };
        self.running.send_modify(|running| *running += 1);
        let running = Running(self.running.clone());
        Ok(results.map(move |result| (&running, result).1).boxed())
    }
}

/// A service, its client, and how many operations run.
struct Scene {
    client: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sockets: Sockets,
    running: watch::Receiver<usize>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn new(config: SocketConfig, headers: &[(&'static str, &'static str)]) -> Self {
        Self::of(Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES), config, headers).await
    }

    async fn of(accounts: Arc<Accounts>, config: SocketConfig, headers: &[(&'static str, &'static str)]) -> Self {
        let (running, refused) = (watch::Sender::new(0), Arc::default());
        let host = Endless { running: running.clone(), accounts, refused: Arc::clone(&refused) };
        let sockets = Sockets::new(Arc::new(host), config, CancellationToken::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut request = format!("ws://{}/graphql", listener.local_addr().unwrap()).into_client_request().unwrap();
        let data = web::Data::new(sockets.clone());
        let app = move || App::new().app_data(data.clone()).route("/graphql", web::get().to(socket::open));
        actix_web::rt::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run());
        for (name, value) in [&[("sec-websocket-protocol", "graphql-transport-ws")], headers].concat() {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (client, _) = connect_async(request).await.unwrap();
        Self { client, sockets, running: running.subscribe(), refused }
    }

    /// With a client that was let in.
    async fn ready(config: SocketConfig) -> Self {
        Self::new(config, &[]).await.let_in().await
    }

    async fn let_in(mut self) -> Self {
        self.say(json!({"type": "connection_init", "payload": {"authorization": "word"}})).await;
        assert_eq!(self.hear().await, json!({"type": "connection_ack"}));
        self
    }

    async fn say(&mut self, message: Json) {
        self.client.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn ask(&mut self, id: &str, document: &str) {
        self.say(json!({"id": id, "type": "subscribe", "payload": {"query": document}})).await;
    }

    async fn hear(&mut self) -> Json {
        match self.client.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    async fn goodbye(&mut self) -> (u16, String) {
        match self.client.next().await {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("no goodbye: {other:?}"),
        }
    }

    /// Waits until so many operations run.
    async fn runs(&mut self, number: usize) {
        self.running.wait_for(|running| *running == number).await.unwrap();
    }
}

fn next(id: &str) -> Json {
    json!({"id": id, "type": "next", "payload": 1})
}

#[actix_web::test]
async fn who_does_not_know_the_word_is_sent_away() {
    for payload in [json!(null), json!({"authorization": "other"})] {
        let mut scene = Scene::new(SocketConfig::default(), &[]).await;
        scene.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(scene.goodbye().await, (4403, "Forbidden".to_owned()));
    }
    let mut by_header = Scene::new(SocketConfig::default(), &[("authorization", "word")]).await;
    by_header.say(json!({"type": "connection_init"})).await;
    assert_eq!(by_header.hear().await, json!({"type": "connection_ack"}));
}

#[actix_web::test]
async fn an_operation_that_the_client_completes_ends_and_gives_back_its_id() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    for _ in 0..3 {
        scene.ask("1", "waits").await;
        assert_eq!(scene.hear().await, next("1"));
        scene.say(json!({"id": "1", "type": "complete"})).await;
    }
    scene.runs(0).await;
    scene.ask("1", "waits").await;
    assert_eq!(scene.hear().await, next("1"));
    scene.ask("2", "waits").await;
    assert_eq!(scene.hear().await, next("2"));
    scene.runs(2).await;
    scene.ask("1", "waits").await;
    assert_eq!(scene.goodbye().await, (4409, "Subscriber for 1 already exists".to_owned()));
    scene.runs(0).await;
}

#[actix_web::test]
async fn a_refusal_is_the_last_that_is_heard_of_an_operation() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    let error = json!({"id": "1", "type": "error", "payload": []});
    scene.ask("1", "is refused").await;
    assert_eq!(scene.hear().await, error);
    for _ in 0..2 {
        scene.ask("1", "fails").await;
        assert_eq!((scene.hear().await, scene.hear().await), (next("1"), error.clone()));
    }
    scene.runs(0).await;
}

#[actix_web::test]
async fn a_socket_runs_so_many_operations_and_no_more() {
    let mut scene = Scene::ready(SocketConfig { max_operations: 1, ..SocketConfig::default() }).await;
    scene.ask("1", "waits").await;
    assert_eq!(scene.hear().await, next("1"));
    scene.ask("2", "waits").await;
    let message = scene.hear().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("2"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    assert_eq!(*scene.refused.lock().unwrap(), ["TOO_MANY_OPERATIONS"]);
    scene.say(json!({"id": "1", "type": "complete"})).await;
    scene.ask("2", "waits").await;
    assert_eq!(scene.hear().await, next("2"));
}

#[actix_web::test]
async fn a_client_is_heard_while_it_is_flooded() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.ask("1", "floods").await;
    assert_eq!(scene.hear().await["id"], "1");
    scene.say(json!({"type": "ping"})).await;
    while scene.hear().await["type"] != "pong" {}
    scene.say(json!({"id": "1", "type": "complete"})).await;
    scene.say(json!({"type": "ping"})).await;
    while scene.hear().await["type"] != "pong" {}
    scene.runs(0).await;
    scene.ask("1", "waits").await;
    assert_eq!(scene.hear().await, next("1"), "nothing of the flood comes after the completion");
}

#[actix_web::test]
async fn a_client_that_takes_nothing_loses_its_socket() {
    let mut scene = Scene::ready(SocketConfig { send_timeout: Duration::from_millis(50), ..SocketConfig::default() }).await;
    scene.ask("1", "floods").await;
    scene.runs(1).await;
    scene.runs(0).await;
}

#[actix_web::test]
async fn the_service_does_not_wait_for_a_client_that_takes_nothing_when_it_stops() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.ask("1", "floods").await;
    scene.runs(1).await;
    scene.sockets.shutdown().cancel();
    scene.runs(0).await;
}

#[actix_web::test]
async fn what_a_client_asked_for_ends_when_it_leaves() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.ask("1", "waits").await;
    scene.runs(1).await;
    let Scene { client, mut running, sockets, .. } = scene;
    assert_eq!(sockets.permits().taken(), 1);
    drop(client);
    running.wait_for(|running| *running == 0).await.unwrap();
}

#[actix_web::test]
async fn the_service_may_stop_while_an_operation_runs() {
    let mut scene = Scene::ready(SocketConfig::default()).await;
    scene.ask("1", "waits").await;
    assert_eq!(scene.hear().await, next("1"));
    scene.sockets.shutdown().cancel();
    assert_eq!(scene.goodbye().await, (1001, "The service is stopping".to_owned()));
    scene.runs(0).await;
}

#[actix_web::test]
async fn messages_are_paid_and_those_that_are_not_are_slowed_down() {
    let scene = Scene::of(Accounts::new(Limiter::new(10, 10), MAX_RESERVED_BYTES), SocketConfig::default(), &[]).await;
    // The handshake and the first message took two points of ten.
    let mut scene = scene.let_in().await;
    for message in [json!({"type": "ping"}), json!({"id": "other", "type": "complete"})].iter().cycle().take(6) {
        scene.say(message.clone()).await;
    }
    scene.client.send(Message::Ping("x".into())).await.unwrap();
    scene.ask("1", "waits").await;
    for _ in 0..3 {
        assert_eq!(scene.hear().await, json!({"type": "pong"}));
    }
    assert!(matches!(scene.client.next().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(scene.hear().await, next("1"), "there were points for as many");
    scene.ask("2", "waits").await;
    let message = scene.hear().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("2"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(*scene.refused.lock().unwrap(), ["RATE_LIMITED"]);
    let started = Instant::now();
    for _ in 0..605 {
        scene.say(json!({"type": "ping"})).await;
        assert_eq!(scene.hear().await, json!({"type": "pong"}));
    }
    assert!(started.elapsed() >= Duration::from_millis(400), "after 600 there are ten a second");
    scene.say(json!({"id": "1", "type": "complete"})).await;
    scene.runs(0).await;
}

#[actix_web::test]
async fn half_messages_are_held_for_their_client() {
    let accounts = Accounts::new(Limiter::new(0, 0), 400 * 1024);
    let mut scene = Scene::of(Arc::clone(&accounts), SocketConfig::default(), &[]).await.let_in().await;
    let part = |data, length, last| Message::Frame(Frame::message(vec![b' '; length], OpCode::Data(data), last));
    scene.client.send(part(Data::Text, 60 * 1024, false)).await.unwrap();
    let holds = async |bytes: fn(u64) -> bool| {
        let held = async {
            while !bytes(accounts.reserved()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), held).await.expect("it is counted");
    };
    holds(|bytes| bytes == 60 * 1024).await;
    scene.client.send(part(Data::Continue, 60 * 1024, false)).await.unwrap();
    assert_eq!(scene.goodbye().await, (1013, "Try again later".to_owned()));
    holds(|bytes| bytes == 0).await;
}
