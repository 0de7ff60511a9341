//! Event streams of operations that do not end.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, TcpListener},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread::sleep,
};

use actix_server::Server;
use actix_web::{App, body::MessageBody as _, web};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{oneshot, watch},
    task::yield_now,
};

use super::*;
use crate::{
    access::{Accounts, Limiter, MAX_RESERVED_BYTES, Shares, counted_for},
    http::{
        Metrics,
        connection::{ConnectionLimits, Connections},
        gate::Permits,
    },
    schema::{OperationResponse, Response},
};

fn client() -> Client {
    Client::Address(Ipv4Addr::LOCALHOST.into())
}

fn result(body: &str) -> OperationResponse {
    let response = Arc::new(Response::new(body.to_owned(), 0, 0));
    OperationResponse { response, statements: 0, reservation: None, read_in: None }
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_events_sends_comments_until_the_service_stops() {
    let (permits, shutdown) = (Permits::new(1, 1), CancellationToken::new());
    let results = stream::iter([Ok(result("1")), Ok(result("2\n3"))]).chain(stream::pending()).boxed();
    let events = events(results, permits.acquire(client()).ok(), shutdown.clone());
    let mut events = std::pin::pin!(events);
    let started = Instant::now();
    for text in ["event: next\ndata: 1\n\n", "event: next\ndata: 2\ndata: 3\n\n", COMMENT, COMMENT] {
        assert_eq!(events.next().await.map(|event| event.parts.concat()).as_deref(), Some(text.as_bytes()));
    }
    assert_eq!(started.elapsed(), KEEP_ALIVE * 2);
    shutdown.cancel();
    assert!(events.next().await.is_none());
    assert_eq!(permits.in_use(), 0);
}

#[tokio::test]
async fn the_last_event_of_a_stream_is_complete() {
    let results = stream::iter([Ok(result("1")), Err(Refusal::request(Vec::new()))]).boxed();
    let texts: Vec<Bytes> = bytes(events(results, None, CancellationToken::new())).collect().await;
    assert_eq!(
        texts.concat(),
        *b"event: next\ndata: 1\n\nevent: next\ndata: {\"errors\":[]}\n\nevent: complete\ndata: \n\n"
    );
}

#[tokio::test]
async fn the_time_of_a_stream_counts_for_the_client_and_not_for_its_proxy() {
    let (client, proxy) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([203, 0, 113, 1]));
    let shares = Arc::<Shares>::default();
    let (mut connection, mut other) = (shares.member(proxy), shares.member(client));
    let (sender, spawned) = oneshot::channel();
    let results = stream::once(async {
        // The task of an operation, which takes longer than the share.
        let task = counted(async { sleep(Duration::from_millis(2)) });
        assert!(sender.send(task).is_ok());
        Err(Refusal::request(Vec::new()))
    });
    let results = results.boxed();
    let mut context = Context::from_waker(Waker::noop());
    let request = async { respond(Ok(results), None, CancellationToken::new()) };
    let response = connection.poll(|| pin!(counted_for(client, request)).poll(&mut context));
    let Poll::Ready(response) = response else { panic!("there is no response") };
    let mut body = pin!(response.into_body());
    // The connection polls the body after the request. If the system has interrupted a poll for longer than a share, the
    // share is renewed first.
    while connection.poll(|| body.as_mut().poll_next(&mut context)).is_pending() {
        yield_now().await;
    }
    while !connection.begin(&context) {
        yield_now().await;
    }
    spawned.await.unwrap().await;
    assert!(connection.begin(&context), "the other clients of the proxy do not wait");
    assert!(!other.begin(&context), "the other connections of the client wait");
}

/// Connects a client to a service that sends these results. The returned channel closes when the service drops the stream.
async fn open(results: fn() -> OperationResponses) -> (TcpStream, watch::Receiver<()>) {
    let (alive, dropped) = watch::channel(());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let alive = web::Data::new(std::sync::Mutex::new(Some(alive)));
    let app = move || {
        let alive = alive.clone();
        App::new().route(
            "/",
            web::get().to(move || {
                let alive = alive.lock().unwrap().take();
                async move {
                    respond(
                        Ok(results().map(move |result| (&alive, result).1).boxed()),
                        Permits::new(1, 1).acquire(client()).ok(),
                        CancellationToken::new(),
                    )
                }
            }),
        )
    };
    let limits = ConnectionLimits { stall_timeout: Duration::from_millis(300), ..ConnectionLimits::default() };
    let connections = Connections {
        limits,
        permits: Permits::new(1, 1),
        http2: false,
        client_header: None,
        metrics: Metrics::new().unwrap(),
        accounts: Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES),
        stopping: CancellationToken::new(),
    };
    let builder = Server::build().workers(1).disable_signals();
    actix_web::rt::spawn(connections.serve(builder, listener, app).unwrap());
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    (client, dropped)
}

async fn read_until(client: &mut TcpStream, text: &str) -> io::Result<()> {
    let mut received = String::new();
    while !received.contains(text) {
        received.push(client.read_u8().await?.into());
    }
    Ok(())
}

#[test]
fn each_line_break_of_a_body_begins_one_data_field() {
    let body: Bytes = "1\r\n2\r3\n4\n\n5".into();
    let event = "event: next\ndata: 1\ndata: 2\ndata: 3\ndata: 4\ndata: \ndata: 5\n\n";
    assert_eq!(next(&body).concat(), event.as_bytes());
}

#[test]
fn a_long_result_is_not_copied_for_each_stream() {
    let body: Bytes = "x".repeat(100_000).into();
    let pieces = pieces(next(&body));
    assert_eq!(pieces.concat(), *format!("event: next\ndata: {}\n\n", "x".repeat(100_000)).as_bytes());
    let own: usize = pieces.iter().filter(|piece| !body.as_ptr_range().contains(&piece.as_ptr())).map(Bytes::len).sum();
    assert!(own < 100, "{own} bytes are not shared with the result");
}

#[actix_web::test]
async fn a_stream_ends_when_its_client_disconnects() {
    let (mut client, mut dropped) = open(|| stream::iter([Ok(result("1"))]).chain(stream::pending()).boxed()).await;
    read_until(&mut client, "event: next\ndata: 1\n\n").await.unwrap();
    drop(client);
    assert!(dropped.changed().await.is_err());
}

#[actix_web::test]
async fn a_stream_ends_when_its_client_reads_nothing() {
    let (mut client, mut dropped) = open(|| stream::repeat_with(|| Ok(result(&"x".repeat(100_000)))).boxed()).await;
    read_until(&mut client, "event: next").await.unwrap();
    assert!(dropped.changed().await.is_err());
}
