//! Tests of the memory that streams of HTTP/2 reserve.

use futures_util::FutureExt as _;

use super::{frames::*, *};
use crate::access::{Account, Client as Owner, Reservation};

/// Bytes that each stream reserves.
const MEMORY: u64 = 20 * 1024;

impl Service {
    /// Returns the account of the clients that [`Service::connect`] connects.
    fn account(&self) -> Account {
        self.accounts.of(Owner::at(Ipv4Addr::LOCALHOST.into()))
    }

    /// Waits until this number of bytes is reserved.
    async fn reserves(&self, bytes: u64) {
        assert!(becomes_true(|| self.accounts.reserved() == bytes).await, "{} bytes", self.accounts.reserved());
    }

    /// Refuses the client many times, so that further refusals have this delay.
    fn delay_refusals(&self, delay: Duration) {
        // 600 refusals have no delay, and each further one adds 100 ms.
        for _ in 0..600 + delay.as_millis() / 100 {
            let _ = self.account().wait_before_refusal().now_or_never();
        }
    }
}

#[actix_web::test]
async fn each_stream_reserves_memory_until_its_short_response_is_sent() {
    const STREAMS: u32 = 90;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send((0..STREAMS).flat_map(|at| get("/", at * 2 + 1)).collect::<Vec<u8>>()).await;
    client.frame_of(HEADERS, STREAMS * 2 - 1).await;
    assert_eq!(service.accounts.reserved(), u64::from(STREAMS) * MEMORY);
    client.send((0..STREAMS).flat_map(|at| open_window(at * 2 + 1, 100)).collect::<Vec<u8>>()).await;
    service.reserves(0).await;
}

#[actix_web::test]
async fn a_stream_reserves_memory_until_its_response_without_a_body_is_written() {
    const STREAMS: u32 = 90;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[(WINDOW, 1 << 30)]).await;
    // The response to the first request fills the buffers of the kernel.
    client.send([open_window(0, 1 << 30), get("/long", 1)].concat()).await;
    tokio::time::sleep(SHORT).await;
    client.send((1..STREAMS).flat_map(|at| get("/moved", at * 2 + 1)).collect::<Vec<u8>>()).await;
    assert!(becomes_true(|| service.served.load(Ordering::Relaxed) == STREAMS as usize - 1).await);
    // `h2` has encoded some of the heads, of 1 KB each, into a buffer of 16 KiB.
    assert!(service.accounts.reserved() > u64::from(STREAMS - 20) * MEMORY, "{} bytes", service.accounts.reserved());
    client.frame_of(DATA, STREAMS * 2 - 1).await;
    drop(client);
    service.reserves(0).await;
}

#[actix_web::test]
async fn a_stream_reserves_memory_for_bytes_of_its_body_that_have_arrived_and_are_not_read() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send(request(0x83, "/unread", 0, 1)).await;
    // No byte of the body has arrived.
    service.reserves(MEMORY).await;
    client.send(frame(DATA, 0, 1, &[b'x'; 16_000]).repeat(4)).await;
    // 64,000 bytes, rounded up.
    service.reserves(MEMORY + 64 * 1024).await;
    client.send(frame(RST_STREAM, 0, 1, &[0, 0, 0, CANCEL])).await;
    service.reserves(0).await;
    client.send([request(0x83, "/", 0, 3), frame(DATA, 0, 3, &[b'x'; 16_000]).repeat(3)].concat()).await;
    client.send([frame(DATA, END_STREAM, 3, b"abc"), open_window(3, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 3).await.payload, b"48003 bytes");
    service.reserves(0).await;
}

#[actix_web::test]
async fn requests_whose_bodies_do_not_arrive_leave_memory_to_others() {
    const STREAMS: u32 = 96;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send((0..STREAMS).flat_map(|at| request(0x83, "/", 0, at * 2 + 1)).collect::<Vec<u8>>()).await;
    service.reserves(u64::from(STREAMS) * MEMORY).await;
    let mut other = service.connect().await.with_http2(&[]).await;
    for at in 0..STREAMS {
        other.send(get("/", at * 2 + 1)).await;
        assert_eq!(other.frame_of(DATA, at * 2 + 1).await.payload, b"hello");
    }
}

#[actix_web::test]
async fn a_client_without_memory_for_a_body_may_send_the_request_again() {
    let service = Service::start(long_limits());
    let rest = service.account().reserve(service.accounts.max_bytes_per_client() - MEMORY - 32 * 1024);
    let rest = rest.expect("nothing else is reserved");
    let mut client = service.connect().await.with_http2(&[]).await;
    let body = frame(DATA, 0, 1, &[b'x'; 16_000]).repeat(3);
    client.send([request(0x83, "/unread", 0, 1), body].concat()).await;
    assert_eq!(client.reset_of(1).await, REFUSED_STREAM);
    service.counts(r#"dermagraph_streams_reset_total{reason="memory"} 1"#).await;
    drop(rest);
    service.reserves(0).await;
}

#[actix_web::test]
async fn a_response_of_unknown_length_reserves_less_memory() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send(get("/endless", 1)).await;
    assert_eq!(client.frame_of(DATA, 1).await.payload, b"begun");
    service.reserves(4 * 1024).await;
}

#[actix_web::test]
async fn a_client_without_memory_has_one_stream_and_may_send_other_requests_again() {
    let service = Service::start(long_limits());
    let most = service.accounts.max_bytes_per_client() - MEMORY;
    let _most = service.account().reserve(most).expect("nothing else is reserved");
    let mut client = service.connect().await.with_http2(SHUT).await;
    // The first stream uses the rest of the memory, and the second one is served without.
    client.send([get("/", 1), get("/", 3), get("/", 5)].concat()).await;
    assert_eq!(client.reset_of(5).await, REFUSED_STREAM);
    service.counts(r#"dermagraph_streams_reset_total{reason="memory"} 1"#).await;
    // Another client of the proxy has memory of its own.
    let (path, field) = (b"\x82\x86\x84\x41\x01x", b"\x00\x0fx-forwarded-for\x09192.0.2.1");
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 7, &[&path[..], &field[..]].concat())).await;
    client.frame_of(HEADERS, 7).await;
    client.send([1, 3, 7].map(|stream| open_window(stream, 100)).concat()).await;
    let mut responses = Vec::new();
    while responses.len() < 3 {
        let frame = client.frame().await.expect("the connection stays");
        if frame.kind == DATA && !frame.payload.is_empty() {
            assert_eq!(frame.payload, b"hello");
            responses.push(frame.stream);
        }
    }
    responses.sort_unstable();
    assert_eq!(responses, [1, 3, 7]);
    service.reserves(most).await;
    client.send([get("/", 9), open_window(9, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 9).await.payload, b"hello");
}

/// Reserves all memory of the client, and opens the only stream that its connection may have without reserved memory.
async fn without_memory(service: &Service) -> (Client, Reservation) {
    let all = service.account().reserve(service.accounts.max_bytes_per_client()).expect("nothing else is reserved");
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send(get("/", 1)).await;
    client.frame_of(HEADERS, 1).await;
    (client, all)
}

#[actix_web::test]
async fn refused_streams_are_delayed_like_other_refusals() {
    let service = Service::start(long_limits());
    let (mut client, _all) = without_memory(&service).await;
    service.delay_refusals(Duration::from_secs(1));
    let started = Instant::now();
    client.send(get("/", 3)).await;
    assert_eq!(client.reset_of(3).await, REFUSED_STREAM);
    assert!(started.elapsed() > SHORT, "{:?}", started.elapsed());
}

#[actix_web::test]
async fn a_client_without_a_proxy_loses_its_connection_if_many_refusals_are_delayed() {
    let (with, without) = (Service::start(long_limits()), Service::start_behind(long_limits(), None));
    for (service, refuses_all) in [(&with, true), (&without, false)] {
        let (mut client, _all) = without_memory(service).await;
        service.delay_refusals(SHORT);
        client.send((1..12).flat_map(|at| get("/", at * 2 + 1)).collect::<Vec<u8>>()).await;
        let mut seen = 0;
        while seen < 11
            && let Some(frame) = client.frame().await
        {
            seen += u32::from(frame.kind == RST_STREAM);
        }
        assert_eq!(seen == 11, refuses_all, "{seen} were refused");
    }
    without.counts(r#"dermagraph_connections_ended_total{reason="memory"} 1"#).await;
}

#[actix_web::test]
async fn a_stopping_service_does_not_delay_refused_streams() {
    let service = Service::start(long_limits());
    let (mut client, _all) = without_memory(&service).await;
    service.delay_refusals(SOON * 2);
    client.send(get("/", 3)).await;
    service.stopping.cancel();
    assert_eq!(client.reset_of(3).await, REFUSED_STREAM);
}

#[actix_web::test]
async fn the_body_of_a_stream_that_will_be_refused_does_not_block_other_streams() {
    let service = Service::start(long_limits());
    // Stream 3 has memory for 24 of its 25 pieces.
    let rest = service.account().reserve(service.accounts.max_bytes_per_client() - 2 * MEMORY - 240 * 1024);
    let _rest = rest.expect("nothing else is reserved");
    service.delay_refusals(SOON * 2);
    let mut sender = Sender::new(&service).await;
    for (stream, pieces) in [(1, 1), (3, 25)] {
        sender.0.send(request(0x83, "/unread", 0, stream)).await;
        sender.body(stream, pieces).await;
    }
    // The window of the connection has less than one piece left, unless the service extends it.
    sender.0.send(request(0x83, "/", 0, 5)).await;
    sender.body(5, 2).await;
    sender.0.send(frame(DATA, END_STREAM, 5, b"")).await;
    assert_eq!(sender.frame_of(DATA, 5).await, b"20000 bytes");
    service.stopping.cancel();
    assert_eq!(sender.frame_of(RST_STREAM, 3).await, [0, 0, 0, REFUSED_STREAM], "the refusal was delayed until now");
}

/// Sends a request with a head of 12 KB that begins with these bytes and adds an entry to the header table. Reports whether
/// the service has sent GOAWAY before its response.
async fn is_last_long_head(client: &mut Client, stream: u32, start: &[u8]) -> bool {
    let field = [b"\x00\x01x\x7f\x81\x5d".as_slice(), &[b'x'; 12_032]].concat();
    let block = [start, b"\x82\x86\x84\x41\x01x", &field].concat();
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, &block)).await;
    let mut is_last = false;
    loop {
        let frame = client.frame().await.expect("the connection stays");
        is_last |= frame.kind == GOAWAY;
        if (frame.kind, frame.flags & END_STREAM) == (DATA, END_STREAM) {
            return is_last;
        }
    }
}

#[actix_web::test]
async fn the_header_table_counts_as_memory_until_the_client_turns_it_off() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    for number in 0..100 {
        assert!(!is_last_long_head(&mut client, 2 * number + 1, &[TABLE_OFF]).await);
    }
    service.reserves(0).await;
    let mut client = service.connect().await.with_http2(&[]).await;
    // The bytes of a head count 2.6 times, because they could be compressed texts.
    for number in 0..3 {
        assert!(!is_last_long_head(&mut client, 2 * number + 1, &[]).await);
    }
    // Memory is reserved in steps of 16 KiB.
    let is_reserved = || (92_000..=114_688).contains(&service.accounts.reserved());
    assert!(becomes_true(is_reserved).await, "{} bytes", service.accounts.reserved());
    let mut number = 3;
    while !is_last_long_head(&mut client, 2 * number + 1, &[]).await {
        number += 1;
    }
    assert!((7..10).contains(&number), "{number} requests");
    drop(client);
    service.reserves(0).await;
}

#[actix_web::test]
async fn a_client_opens_another_connection_if_no_memory_is_left_for_its_header_table() {
    let service = Service::start(long_limits());
    let rest = service.accounts.max_bytes_per_client() - MEMORY;
    let _rest = service.account().reserve(rest).expect("nothing else is reserved");
    let mut client = service.connect().await.with_http2(&[]).await;
    assert!(is_last_long_head(&mut client, 1, &[]).await, "the client gets the response and GOAWAY");
}

#[actix_web::test]
async fn short_frames_of_a_body_are_joined() {
    const FRAMES: usize = 1000;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    let body = [frame(DATA, 0, 1, b"x").repeat(FRAMES), frame(DATA, END_STREAM, 1, b"")].concat();
    client.send([request(0x83, "/pieces", 0, 1), body].concat()).await;
    let response = String::from_utf8(client.frame_of(DATA, 1).await.payload).unwrap();
    let pieces: usize = response.strip_suffix(" pieces").expect("a number of pieces").parse().unwrap();
    assert!((1..FRAMES / 10).contains(&pieces), "{response}");
}

#[actix_web::test]
async fn a_flood_of_refused_streams_ends_the_connection() {
    let service = Service::start(ConnectionLimits { max_overhead: 2 * 1024, ..long_limits() });
    let (mut client, _all) = without_memory(&service).await;
    'requests: for stream in (0..500).map(|at| at * 2 + 3) {
        client.send(get("/", stream)).await;
        loop {
            match client.frame().await {
                Some(frame) if (frame.kind, frame.stream) == (RST_STREAM, stream) => break,
                Some(_) => {}
                None => break 'requests,
            }
        }
    }
    service.counts(r#"dermagraph_connections_ended_total{reason="flood"} 1"#).await;
}
