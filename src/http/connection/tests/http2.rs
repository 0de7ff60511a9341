//! Tests of HTTP/2: streams, windows, floods and the end of connections.

use super::{frames::*, *};

#[actix_web::test]
async fn the_limit_of_streams_is_announced() {
    let service = Service::start(ConnectionLimits { max_streams: 3, ..long_limits() });
    let mut client = service.connect().await.with_http2(SHUT).await;
    let announced = client.frame_of(SETTINGS, 0).await;
    assert!(announced.payload.chunks(6).any(|one| one == [0, 3, 0, 0, 0, 3]), "{announced:?}");
    for at in 0..4 {
        client.send(get("/long", at * 2 + 1)).await;
    }
    assert_eq!(client.reset_of(7).await, REFUSED_STREAM);
}

#[actix_web::test]
async fn a_stream_whose_client_reads_nothing_is_reset_and_others_continue() {
    let service = Service::start(ConnectionLimits { stall_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send([get("/long", 1), get("/", 3), open_window(3, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 3).await.payload, b"hello");
    assert_eq!(client.reset_of(1).await, CANCEL);
    client.send([get("/", 5), open_window(5, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 5).await.payload, b"hello");
    service.counts(r#"dermagraph_streams_reset_total{reason="untaken"} 1"#).await;
}

#[actix_web::test]
async fn a_stream_whose_client_reads_too_slowly_is_reset() {
    let service = Service::start(ConnectionLimits { stall_timeout: SHORT * 3, min_rate: 16 << 20, ..long_limits() });
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send([open_window(0, 1 << 30), get("/long", 1)].concat()).await;
    // The client reads at a tenth of the minimum rate, but never pauses for as long as the stall timeout.
    let reset = async {
        loop {
            client.send(open_window(1, 16 * 1024)).await;
            let frame = client.frame().await.expect("the connection stays");
            if frame.kind == RST_STREAM {
                return frame.payload[3];
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert_eq!(timeout(SOON, reset).await.expect("a reset"), CANCEL);
    service.counts(r#"dermagraph_streams_reset_total{reason="slow"} 1"#).await;
}

#[actix_web::test]
async fn unread_responses_do_not_block_other_streams() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send((0..90).flat_map(|at| get("/long", at * 2 + 1)).collect::<Vec<u8>>()).await;
    client.frame_of(HEADERS, 179).await;
    client.send([get("/", 181), open_window(181, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 181).await.payload, b"hello");
}

#[actix_web::test]
async fn of_each_unread_stream_one_slice_is_buffered() {
    const STREAMS: u32 = 90;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    let counted = (0..STREAMS).flat_map(|at| get("/counted", at * 2 + 1)).collect::<Vec<u8>>();
    client.send([open_window(0, 1 << 30), counted].concat()).await;
    client.frame_of(HEADERS, STREAMS * 2 - 1).await;
    // When a later request has a response, the connection has already read everything that it buffers of other bodies.
    client.send([get("/", 201), open_window(201, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 201).await.payload, b"hello");
    let streams = usize::try_from(STREAMS).unwrap();
    assert_eq!(service.taken.load(Ordering::Relaxed), streams * SLICE, "of {} bytes", streams * LONG);
    // When the window grows by a slice, the connection reads one more slice.
    client.send(open_window(1, u32::try_from(SLICE).unwrap())).await;
    let mut length = 0;
    while length < SLICE {
        length += client.frame_of(DATA, 1).await.payload.len();
    }
    assert_eq!(service.taken.load(Ordering::Relaxed), (streams + 1) * SLICE);
}

#[actix_web::test]
async fn a_response_is_complete_and_has_no_connection_fields() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send([request(0x83, "/", 0, 1), frame(DATA, END_STREAM, 1, b"abc")].concat()).await;
    let head = client.frame_of(HEADERS, 1).await;
    // The first field is `:status: 200`, number 8 of the static table.
    assert_eq!((head.flags, head.payload[0]), (END_HEADERS, 0x88));
    assert_eq!(client.frame_of(DATA, 1).await.payload, b"3 bytes");
    client.send([open_window(0, 1 << 30), get("/long", 3), open_window(3, 1 << 30)].concat()).await;
    let mut length = 0;
    loop {
        let data = client.frame_of(DATA, 3).await;
        length += data.payload.len();
        if data.flags == END_STREAM {
            break;
        }
    }
    assert_eq!(length, LONG);
}

#[actix_web::test]
async fn an_idle_connection_gets_goaway_and_is_closed() {
    let service = Service::start(ConnectionLimits { idle_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send(get("/", 1)).await;
    assert_eq!(client.frame_of(DATA, 1).await.payload, b"hello");
    client.frame_of(GOAWAY, 0).await;
    client.read_all().await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn an_incomplete_preface_ends_the_connection() {
    let service = Service::start(ConnectionLimits { head_timeout: SHORT, ..long_limits() });
    for bytes in [&PREFACE[..1], &PREFACE[..3], &PREFACE[..23]] {
        let mut client = service.connect().await;
        client.send(bytes).await;
        assert!(client.read_all().await.starts_with(b"HTTP/1.1 408 "), "{bytes:?}");
    }
    service.counts(r#"dermagraph_requests_total{status="408"} 3"#).await;
    service.counts(r#"dermagraph_connections_ended_total{reason="head"} 3"#).await;
}

#[actix_web::test]
async fn a_client_that_does_not_reply_to_pings_loses_its_connection() {
    let service = Service::start(ConnectionLimits { idle_timeout: SHORT, ping_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send(get("/endless", 1)).await;
    for _ in 0..3 {
        let ping = client.frame_of(PING, 0).await;
        client.send(frame(PING, ACK, 0, &ping.payload)).await;
    }
    client.read_all().await;
    service.counts(r#"dermagraph_connections_ended_total{reason="unanswered"} 1"#).await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn floods_of_frames_end_their_connection() {
    // Request 1 is open, and its body has not arrived.
    let floods: [(&str, Vec<u8>); 5] = [
        ("pings", frame(PING, 0, 0, b"12345678")),
        ("settings", settings(&[(3, 1)])),
        ("windows", open_window(0, 1)),
        ("priorities", frame(2, 0, 3, b"\0\0\0\0\x10")),
        ("frames of no kind", frame(0xfe, 0, 0, &[0; 1000])),
    ];
    let service = Service::start(ConnectionLimits { max_overhead: 32 * 1024, ..long_limits() });
    for (number, (name, flood)) in floods.iter().enumerate() {
        let mut client = service.connect().await.with_http2(SHUT).await;
        client.send(request(0x83, "/", 0, 1)).await;
        let (mut from, mut to) = client.0.split();
        let sent = async { while to.write_all(&flood.repeat(100)).await.is_ok() {} };
        let mut dropped = Vec::new();
        let read = async { _ = from.read_to_end(&mut dropped).await };
        timeout(SOON, async { tokio::join!(sent, read) }).await.unwrap_or_else(|_| panic!("{name} go on"));
        service.counts(&format!("dermagraph_connections_ended_total{{reason=\"flood\"}} {}", number + 1)).await;
    }
    service.has_open(0).await;
}

#[actix_web::test]
async fn a_client_that_sends_a_push_promise_loses_its_connection() {
    const PUSH_PROMISE: u8 = 5;
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    client.send([get("/endless", 1), frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\x02\x41\x01x")].concat()).await;
    client.read_all().await;
    service.counts(r#"dermagraph_connections_ended_total{reason="flood"} 1"#).await;
}

#[actix_web::test]
async fn empty_frames_of_a_body_end_the_connection() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send([request(0x83, "/", 0, 1), frame(DATA, 0, 1, b"").repeat(1000)].concat()).await;
    let goaway = client.frame_of(GOAWAY, 0).await;
    assert_eq!(goaway.payload[7], ENHANCE_YOUR_CALM, "{goaway:?}");
    client.read_all().await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn bodies_are_not_counted_as_overhead() {
    let service = Service::start(ConnectionLimits { max_overhead: 2 * 1024, ..long_limits() });
    let mut client = service.connect().await.with_http2(&[]).await;
    for stream in (0..10).map(|at| at * 2 + 1) {
        let mut body = frame(DATA, 0, stream, &[b'x'; 10_000]).repeat(6);
        body.extend(frame(DATA, END_STREAM, stream, b""));
        client.send([request(0x83, "/", 0, stream), body].concat()).await;
        assert_eq!(client.frame_of(DATA, stream).await.payload, b"60000 bytes");
    }
}

#[actix_web::test]
async fn bodies_of_refused_requests_are_not_counted_as_overhead() {
    let service = Service::start(ConnectionLimits { max_overhead: 4 * 1024, ..long_limits() });
    let mut sender = Sender::new(&service).await;
    for stream in (0..10).map(|at| at * 2 + 1) {
        sender.0.send(request(0x83, "/refused", 0, stream)).await;
        if stream > 10 {
            // The client sends the body although the stream was reset.
            sender.frame_of(RST_STREAM, stream).await;
        }
        sender.body(stream, 25).await;
    }
    sender.0.send(get("/", 21)).await;
    assert_eq!(sender.frame_of(DATA, 21).await, b"hello");
}

#[actix_web::test]
async fn an_endless_body_for_a_refused_request_ends_the_connection() {
    let service = Service::start(ConnectionLimits { max_overhead: 4 * 1024, ..long_limits() });
    let mut sender = Sender::new(&service).await;
    sender.0.send(request(0x83, "/refused", 0, 1)).await;
    sender.frame_of(RST_STREAM, 1).await;
    // More than the windows of the connection and of the stream.
    sender.body(1, 54).await;
    service.counts(r#"dermagraph_connections_ended_total{reason="flood"} 1"#).await;
}

#[actix_web::test]
async fn more_than_the_longest_body_that_is_not_read_ends_only_its_stream() {
    let service = Service::start(long_limits());
    let mut sender = Sender::new(&service).await;
    // The response waits for the window, and the application does not read the body.
    sender.0.send(request(0x82, "/long", 0, 1)).await;
    sender.body(1, 110).await;
    assert_eq!(sender.frame_of(RST_STREAM, 1).await, [0, 0, 0, CANCEL]);
    sender.0.send([open_window(0, 100), get("/", 3)].concat()).await;
    assert_eq!(sender.frame_of(DATA, 3).await, b"hello");
    service.counts(r#"dermagraph_streams_reset_total{reason="flood"} 1"#).await;
}

#[actix_web::test]
async fn trailers_of_a_request_are_ignored() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    let trailers = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, b"\x00\x01x\x01y");
    client.send([request(0x83, "/", 0, 1), frame(DATA, 0, 1, b"abc"), trailers(1), open_window(1, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 1).await.payload, b"3 bytes");
    client.send(request(0x82, "/", 0, 3)).await;
    // When the head of the response arrives, the application has dropped the body.
    client.frame_of(HEADERS, 3).await;
    client.send([trailers(3), open_window(3, 100)].concat()).await;
    assert_eq!(client.frame_of(DATA, 3).await.payload, b"hello");
}

#[actix_web::test]
async fn a_flood_of_pings_between_requests_ends_the_connection() {
    let service = Service::start(ConnectionLimits { max_overhead: 32 * 1024, ..long_limits() });
    let mut client = service.connect().await.with_http2(&[]).await;
    let pings = frame(PING, 0, 0, b"12345678").repeat(500);
    'requests: for stream in (0..50).map(|at| at * 2 + 1) {
        client.send([get("/", stream), pings.clone()].concat()).await;
        loop {
            match client.frame().await {
                Some(frame) if (frame.kind, frame.stream) == (DATA, stream) => break,
                Some(_) => {}
                None => break 'requests,
            }
        }
    }
    service.counts(r#"dermagraph_connections_ended_total{reason="flood"} 1"#).await;
}

#[actix_web::test]
async fn endless_heads_and_compression_bombs_in_heads_are_refused() {
    let service = Service::start(long_limits());
    let field = [b"\x40\x01a\x7f\xa1\x1e".as_slice(), &[b'y'; 4000]].concat();
    let bomb = |references| {
        let block = [b"\x82\x86\x84\x41\x01x".as_slice(), &field, &vec![0xbe; references]].concat();
        frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)
    };
    let mut expanding = service.connect().await.with_http2(&[]).await;
    expanding.send(bomb(20)).await;
    // `:status: 431`, as HPACK writes it.
    assert_eq!(expanding.frame_of(HEADERS, 1).await.payload, [0x48, 0x83, 0x69, 0x90, 0xff]);
    // `h2` ends a connection with a head of more than four times the limit.
    let mut bursting = service.connect().await.with_http2(&[]).await;
    bursting.send(bomb(10_000)).await;
    bursting.frame_of(GOAWAY, 0).await;
    bursting.read_all().await;
    let mut endless = service.connect().await.with_http2(&[]).await;
    endless.send(frame(HEADERS, 0, 1, b"\x82\x86\x84\x41\x01x")).await;
    endless.send(frame(CONTINUATION, 0, 1, b"").repeat(1000)).await;
    endless.frame_of(GOAWAY, 0).await;
    endless.read_all().await;
}

#[actix_web::test]
async fn a_head_with_too_many_fields_is_refused() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    let head = |fields: Vec<u8>, stream| {
        let block = [b"\x20\x82\x86\x84\x41\x01x".to_vec(), fields].concat();
        frame(HEADERS, END_HEADERS | END_STREAM, stream, &block)
    };
    let field = b"\x00\x01a\x00";
    client.send(head(field.repeat(97), 1)).await;
    // `:status: 431`, as HPACK writes it.
    assert_eq!(client.frame_of(HEADERS, 1).await.payload, [0x48, 0x83, 0x69, 0x90, 0xff]);
    // A browser sends the parts of a cookie in fields of their own: `cookie: a`, without indexing.
    let cookies = b"\x0f\x11\x01a".repeat(150);
    for (fields, stream) in [(field.repeat(96), 3), ([field.repeat(95), cookies].concat(), 5)] {
        client.send(head(fields, stream)).await;
        assert_eq!(client.frame_of(DATA, stream).await.payload, b"hello");
    }
}

#[actix_web::test]
async fn a_client_that_resets_many_streams_before_they_begin_loses_its_connection() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(&[]).await;
    let each = |at: u32| [get("/endless", at * 2 + 1), frame(RST_STREAM, 0, at * 2 + 1, &[0, 0, 0, CANCEL])].concat();
    client.send((0..1000).flat_map(each).collect::<Vec<u8>>()).await;
    let goaway = client.frame_of(GOAWAY, 0).await;
    assert_eq!(goaway.payload[7], ENHANCE_YOUR_CALM, "{goaway:?}");
    client.read_all().await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn a_stopping_service_finishes_its_streams() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await.with_http2(SHUT).await;
    client.send(get("/", 1)).await;
    client.frame_of(HEADERS, 1).await;
    service.stopping.cancel();
    client.frame_of(GOAWAY, 0).await;
    client.send(open_window(1, 100)).await;
    assert_eq!(client.frame_of(DATA, 1).await.payload, b"hello");
    client.read_all().await;
    service.has_open(0).await;
}
