//! Tests of requests that arrive in one read with other requests, or while another one runs.

use std::{pin::pin, rc::Rc};

use futures_util::FutureExt as _;

use super::{
    super::{stream::TimedStream, timing::Activity},
    *,
};
use crate::access::Client as Owner;

const OFFER: &str = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHost: x\r\n\r\n";

#[actix_web::test]
async fn an_offer_to_upgrade_behind_other_requests_is_ignored() {
    let service = Service::start(long_limits());
    let sized = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (before, response) in [(GET, "hello"), (sized, "3 bytes"), (chunked, "3 bytes")] {
        let mut client = service.connect().await;
        client.send([before, OFFER, OFFER].concat()).await;
        client.read_until(response).await;
        client.read_until("hello").await;
        client.read_until("hello").await;
        client.send(GET).await;
        client.read_until("hello").await;
    }
}

#[actix_web::test]
async fn an_offer_to_upgrade_behind_the_rest_of_a_refused_body_is_ignored() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("POST /refused HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.read_until("401").await;
    client.send(["0\r\n\r\n", OFFER].concat()).await;
    client.read_until("hello").await;
    client.send(GET).await;
    client.read_until("hello").await;
}

#[actix_web::test]
async fn an_offer_to_upgrade_behind_another_request_is_ignored_wherever_its_head_is_split() {
    let service = Service::start(long_limits());
    let sized = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    for (before, response) in [(GET, "hello"), (sized, "3 bytes")] {
        let mut client = service.connect().await;
        for at in (1..OFFER.len()).step_by(3) {
            // The beginning of the head arrives in one read with the request before it, and the rest in one read with the
            // beginning of a further head.
            client.send([before, &OFFER[..at]].concat()).await;
            client.read_until(response).await;
            client.send([&OFFER[at..], &OFFER[..at]].concat()).await;
            client.read_until("hello").await;
            client.send(&OFFER[at..]).await;
            let last = client.read_until("hello").await;
            assert!(last.contains("HTTP/1.1 200 ") && !last.contains("close"), "{at}: {last}");
        }
    }
}

#[actix_web::test]
async fn a_head_that_is_split_while_a_request_runs_is_read() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    // The first request runs until its body is complete.
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab").await;
    client.send(["c", GET, &OFFER[..20]].concat()).await;
    client.read_until("3 bytes").await;
    client.read_until("hello").await;
    client.send(&OFFER[20..]).await;
    client.read_until("hello").await;
    client.send(GET).await;
    client.read_until("hello").await;
}

#[actix_web::test]
async fn a_body_behind_a_request_with_a_body_reserves_memory_while_it_waits() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("GET /endless HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
    client.read_until("begun").await;
    assert_eq!(service.accounts.reserved(), 0);
    let body = "x".repeat(64 * 1024);
    client.send(format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    assert!(becomes_true(|| service.accounts.reserved() > 0).await, "memory is reserved");
    tokio::time::sleep(SHORT).await;
    assert!((16 * 1024..=48 * 1024).contains(&service.accounts.reserved()), "most of the body is not read");
}

#[actix_web::test]
async fn requests_wait_while_earlier_responses_wait_for_the_client() {
    const REQUESTS: usize = 3000;
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.read_until("200 OK").await;
    let (mut from, mut to) = client.0.split();
    let sent = async {
        to.write_all("GET /moved HTTP/1.1\r\nHost: x\r\n\r\n".repeat(REQUESTS).as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    };
    let read = async {
        tokio::time::sleep(SHORT).await;
        assert_eq!(service.served.load(Ordering::Relaxed), 0);
        let mut buffer = vec![0; 64 * 1024];
        while service.served.load(Ordering::Relaxed) < REQUESTS {
            assert!(timeout(SOON, from.read(&mut buffer)).await.expect("the next bytes").unwrap() > 0);
        }
    };
    tokio::select! {
        () = sent => unreachable!(),
        () = read => {}
    }
    drop(client);
    assert!(becomes_true(|| service.accounts.reserved() == 0).await);
}

#[actix_web::test]
async fn a_body_that_the_application_does_not_read_reserves_memory() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await;
    client.send("x".repeat(32 * 1024)).await;
    assert!(becomes_true(|| service.accounts.reserved() >= 16 * 1024).await, "memory is reserved");
    drop(client);
    assert!(becomes_true(|| service.accounts.reserved() == 0).await, "it is released");
}

/// Returns both sides of a connection, and the activity of the side of the service.
async fn connected() -> (TcpStream, TimedStream, Rc<Activity>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (limits, accounts) = (Rc::new(long_limits()), Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES));
    let account = accounts.of(Owner::at(Ipv4Addr::LOCALHOST.into()));
    let activity = Rc::new(Activity::new(Rc::clone(&limits), account));
    let stream = TimedStream::new(listener.accept().await.unwrap().0, Rc::clone(&activity), &limits);
    (client, stream, activity)
}

#[actix_web::test]
async fn a_connection_whose_client_has_read_all_reads_before_it_writes_more() {
    let (mut client, mut stream, activity) = connected().await;
    let mut bytes = vec![b'x'; 64 * 1024];
    while !activity.is_waiting() {
        activity.turn.begin();
        let _ = stream.write(&bytes).now_or_never();
    }
    let read = async { while client.read(&mut bytes).await.unwrap() > 0 {} };
    activity.turn.begin();
    tokio::select! {
        () = read => unreachable!(),
        written = timeout(SOON, stream.write(b"x")) => assert_eq!(written.unwrap().unwrap(), 1),
    }
    assert!(activity.turn.has_ended() && !activity.is_reading_blocked());
    assert!(stream.write(b"x").now_or_never().is_none());
    activity.turn.begin();
    assert!(stream.write(b"x").now_or_never().is_some());
}

#[actix_web::test]
async fn after_the_last_response_an_incomplete_head_is_no_longer_withheld() {
    let (mut client, mut stream, activity) = connected().await;
    let running = Rc::clone(&activity).begin();
    let (head, mut delivered) = (b"GET / HTTP/1.1\r\nX: ", [0; 1024]);
    client.write_all(head).await.unwrap();
    let length = {
        let mut read = pin!(stream.read(&mut delivered));
        tokio::select! {
            biased;
            _ = &mut read => panic!("the head is incomplete"),
            has_arrived = becomes_true(|| activity.bytes_since_head() == head.len()) => assert!(has_arrived),
        }
        running.record_closing();
        client.write_all(b"x").await.unwrap();
        timeout(SOON, read).await.expect("it is delivered").unwrap()
    };
    assert_eq!(&delivered[..length], head);
}

#[actix_web::test]
async fn a_long_head_without_memory_gets_a_response() {
    let service = Service::start(long_limits());
    let account = service.accounts.of(Owner::at(Ipv4Addr::LOCALHOST.into()));
    let _all = account.reserve(service.accounts.max_bytes_per_client()).expect("nothing else is reserved");
    for length in [20_000, 40_000, 100_000] {
        let mut client = service.connect().await;
        client.send(format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(length))).await;
        let response = client.read_until("\r\n").await;
        assert!(["HTTP/1.1 503", "HTTP/1.1 200"].iter().any(|status| response.starts_with(status)), "{response}");
    }
}
