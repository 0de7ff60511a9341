//! Tests of the time limits of HTTP/1.1.

use super::*;

const GET_LONG: &str = "GET /long HTTP/1.1\r\nHost: x\r\n\r\n";

fn short_head_timeout() -> ConnectionLimits {
    ConnectionLimits { head_timeout: SHORT, ..long_limits() }
}

#[actix_web::test]
async fn a_first_head_that_does_not_arrive_ends_the_connection() {
    let service = Service::start(short_head_timeout());
    assert_eq!(service.connect().await.read_all().await, b"");
    let mut partial = service.connect().await;
    partial.send("GET / HT").await;
    let response = String::from_utf8_lossy(&partial.read_all().await).into_owned();
    assert!(response.starts_with("HTTP/1.1 408 ") && has_id(&response), "{response}");
    service.counts(r#"dermagraph_requests_total{status="408"} 1"#).await;
    service.counts(r#"dermagraph_connections_ended_total{reason="head"} 2"#).await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn connections_with_many_unreadable_heads_count_until_their_delay_is_over() {
    let service = Service::start(long_limits());
    let started = Instant::now();
    for _ in 0..620 {
        let mut client = service.connect().await;
        client.send("garbage\r\n\r\n").await;
        assert!(client.read_all().await.starts_with(b"HTTP/1.1 400 "));
    }
    service.has_open(0).await;
    assert!(started.elapsed() > Duration::from_millis(1900), "600 are free, then ten per second: {:?}", started.elapsed());
}

#[actix_web::test]
async fn a_later_head_that_does_not_end_ends_the_connection() {
    let service = Service::start(short_head_timeout());
    let mut client = service.connect().await;
    for _ in 0..3 {
        client.send(GET).await;
        client.read_until("hello").await;
    }
    client.send("GET / HTTP/1.1\r\nX: ").await;
    let drip = async {
        loop {
            client.send("y").await;
            let received = timeout(Duration::from_millis(50), client.0.read_u8()).await;
            if let Ok(byte) = received {
                return byte.ok();
            }
        }
    };
    assert_eq!(timeout(SOON, drip).await.expect("the connection ends"), Some(b'H'));
    assert!(String::from_utf8_lossy(&client.read_all().await).starts_with("TTP/1.1 408 "));
}

#[actix_web::test]
async fn an_incomplete_head_after_a_request_ends_the_connection() {
    let service = Service::start(short_head_timeout());
    let part = "GET / HTTP/1.1\r\nX: ";
    let mut together = service.connect().await;
    together.send([GET, GET, part].concat()).await;
    let mut later = service.connect().await;
    later.send(GET_LONG).await;
    later.read_until("x").await;
    later.send(part).await;
    for mut client in [together, later] {
        assert!(String::from_utf8_lossy(&client.read_all().await).contains("HTTP/1.1 408 "));
    }
    let sized = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for request in [sized, chunked] {
        for bytes in [[request, part].concat(), [GET, request, part].concat()] {
            let mut client = service.connect().await;
            client.send(bytes).await;
            let received = String::from_utf8_lossy(&client.read_all().await).into_owned();
            assert!(received.contains("3 bytes") && received.contains("HTTP/1.1 408 "), "{received}");
        }
        let mut idle = service.connect().await;
        idle.send([request, request, "\r\n"].concat()).await;
        idle.read_until("3 bytes").await;
        idle.read_until("3 bytes").await;
        assert!(idle.stays_for(SHORT * 2).await, "{request:?}");
        // After the whole request, the connection is only idle. The head and the body arrive together or one after the
        // other.
        for split in [request.len(), request.len() - 10, request.len() - 2] {
            let mut idle = service.connect().await;
            for _ in 0..2 {
                idle.send(&request[..split]).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                idle.send(&request[split..]).await;
                idle.read_until("3 bytes").await;
            }
            assert!(idle.stays_for(SHORT * 2).await, "{request:?} {split}");
        }
    }
    let mut whole = service.connect().await;
    whole.send([GET, GET, "GET / HTTP/1.1\r\nHost: x\r\n\r"].concat()).await;
    whole.send("\n").await;
    for _ in 0..3 {
        whole.read_until("hello").await;
    }
    assert!(whole.stays_for(SHORT * 3).await);
}

#[actix_web::test]
async fn a_connection_is_idle_after_a_request_whose_lines_end_with_line_feeds() {
    let service = Service::start(short_head_timeout());
    let head = "GET / HTTP/1.1\nHost: x\n\n";
    // The body contains the end of a head, and the empty line after it arrives later.
    let body = "POST / HTTP/1.1\nHost: x\nContent-Length: 8\n\nab\r\n\r\ncd";
    for (request, response) in [(head, "hello"), (body, "8 bytes")] {
        let mut idle = service.connect().await;
        idle.send(request).await;
        idle.read_until(response).await;
        idle.send("\r\n").await;
        assert!(idle.stays_for(SHORT * 2).await, "{request:?}");
        idle.send([request, "GET / HTTP/1.1\n"].concat()).await;
        let received = String::from_utf8_lossy(&idle.read_all().await).into_owned();
        assert!(received.contains(response) && received.contains("HTTP/1.1 408 "), "{received}");
    }
}

#[actix_web::test]
async fn a_connection_without_requests_is_kept_for_a_while() {
    let service = Service::start(ConnectionLimits { idle_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await;
    for _ in 0..2 {
        client.send(GET).await;
        client.read_until("hello").await;
        assert!(client.stays_for(SHORT / 3).await);
    }
    assert_eq!(client.read_all().await, b"");
    service.counts(r#"dermagraph_connections_ended_total{reason="idle"} 1"#).await;
}

#[actix_web::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let service = Service::start(ConnectionLimits { stall_timeout: SHORT, ..long_limits() });
    let mut client = service.connect().await;
    client.send(GET_LONG).await;
    service.counts(r#"dermagraph_connections_ended_total{reason="untaken"} 1"#).await;
    service.has_open(0).await;
    assert!(client.read_all().await.len() < LONG);
}

#[actix_web::test]
async fn a_client_that_reads_too_slowly_loses_its_connection() {
    let service = Service::start(ConnectionLimits { stall_timeout: SHORT * 3, min_rate: 16 << 20, ..long_limits() });
    let mut client = service.connect().await;
    client.send(GET_LONG).await;
    // The client reads at a tenth of the minimum rate, but never pauses for as long as the stall timeout.
    let mut piece = vec![0; 32 * 1024];
    let slow_read = async {
        while client.0.read_exact(&mut piece).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = slow_read => {}
        () = service.counts(r#"dermagraph_connections_ended_total{reason="slow"} 1"#) => {}
    }
    service.has_open(0).await;
}

#[actix_web::test]
async fn without_memory_a_client_that_does_not_read_loses_its_connection_unless_there_is_a_proxy() {
    for (ends_unread, open) in [(false, 1), (true, 0)] {
        let service = Service::start(ConnectionLimits { ends_unread, ..long_limits() });
        let account = service.accounts.of(crate::access::Client::at(Ipv4Addr::LOCALHOST.into()));
        let _all = account.reserve(service.accounts.max_bytes_per_client()).expect("nothing else is reserved");
        let mut client = service.connect().await;
        client.send(GET_LONG).await;
        // The kernel of the client accepts a part of the response.
        client.read_until("x").await;
        tokio::time::sleep(SHORT).await;
        service.has_open(open).await;
        if ends_unread {
            service.counts(r#"dermagraph_connections_ended_total{reason="memory"} 1"#).await;
        }
    }
}

#[actix_web::test]
async fn a_long_response_may_take_longer_than_the_idle_timeout() {
    let service =
        Service::start(ConnectionLimits { idle_timeout: SHORT, stall_timeout: SHORT, min_rate: 1024, ..long_limits() });
    let mut client = service.connect().await;
    client.send(GET_LONG).await;
    let mut piece = vec![0; LONG / 10];
    for _ in 0..10 {
        tokio::time::sleep(SHORT / 5).await;
        client.0.read_exact(&mut piece).await.expect("the connection stays");
    }
}

#[actix_web::test]
async fn a_response_that_sends_nothing_for_long_has_no_time_limit() {
    let limits = ConnectionLimits {
        head_timeout: SHORT,
        idle_timeout: SHORT,
        stall_timeout: SHORT,
        min_rate: u64::MAX,
        ..long_limits()
    };
    let service = Service::start(limits);
    let mut client = service.connect().await;
    client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.read_until("begun\r\n").await;
    assert!(client.stays_for(SHORT * 4).await);
}

#[actix_web::test]
async fn the_service_closes_a_connection_that_the_client_does_not_close() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    client.read_until("hello").await;
    service.has_open(0).await;
}

#[actix_web::test]
async fn an_offer_to_upgrade_is_ignored_and_the_connection_stays_open() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n";
    for _ in 0..3 {
        client.send(format!("POST / HTTP/1.1\r\n{offer}Host: x\r\nContent-Length: 3\r\n\r\nabc")).await;
        let response = client.read_until("3 bytes").await;
        assert!(response.starts_with("HTTP/1.1 200 ") && !response.contains("upgrade"), "{response}");
    }
}

#[actix_web::test]
async fn an_offer_to_upgrade_is_ignored_wherever_its_head_is_split() {
    let service = Service::start(long_limits());
    let request = "POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    let mut client = service.connect().await;
    for at in (1..request.len()).step_by(3) {
        client.send(&request[..at]).await;
        // The pieces arrive one after the other.
        tokio::time::sleep(Duration::from_millis(2)).await;
        client.send(&request[at..]).await;
        let response = client.read_until("3 bytes").await;
        assert!(response.starts_with("HTTP/1.1 200 ") && !response.contains("upgrade"), "{at}: {response}");
    }
}

#[actix_web::test]
async fn unreadable_heads_are_counted() {
    let service = Service::start(long_limits());
    for (head, status) in
        [("garbage\r\n\r\n".to_owned(), 400), (format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(200_000)), 431)]
    {
        let mut client = service.connect().await;
        client.send(head).await;
        let response = String::from_utf8_lossy(&client.read_all().await).into_owned();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")) && has_id(&response), "{response}");
        service.counts(&format!("dermagraph_requests_total{{status=\"{status}\"}} 1")).await;
    }
}

#[actix_web::test]
async fn a_name_of_a_field_that_is_too_long_is_refused() {
    let service = Service::start(long_limits());
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\n{}: y\r\n\r\n", "n".repeat(70_000));
    let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    // The line feed begins a trailer.
    let trailers = chunked.replace("0\r\n", "0\r\n\nG / HTTP/1.1\r\nContent-Length: 99999999\r\n");
    for (at, before) in ["", GET, chunked, &trailers].into_iter().enumerate() {
        let mut client = service.connect().await;
        client.send([before, &long].concat()).await;
        client.read_all().await;
        // A panic would not be counted.
        service.counts(&format!("dermagraph_requests_total{{status=\"400\"}} {}", at + 1)).await;
    }
}

#[actix_web::test]
async fn no_byte_of_a_body_is_changed() {
    let service = Service::start(long_limits());
    // A line of a body that could be a name that is too long.
    let line = "0".repeat(70_000);
    let length = line.len();
    let sized = format!("POST /zeros HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{line}");
    let head = "POST /zeros HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = format!("{head}{length:x}\r\n{line}\r\n0\r\n\r\n");
    for request in [sized, chunked] {
        for before in ["", GET] {
            let mut client = service.connect().await;
            client.send([before, &request].concat()).await;
            client.read_until("zeros: true").await;
        }
    }
}

/// Reports whether the last response has the id of a request.
fn has_id(response: &str) -> bool {
    let id = response.rsplit_once("\r\nx-request-id: ").and_then(|(_, rest)| rest.split_once("\r\n"));
    id.is_some_and(|(id, rest)| id.len() == 16 && rest.ends_with("\r\n\r\n"))
}

#[actix_web::test]
async fn a_head_that_arrives_byte_by_byte_is_read() {
    let service = Service::start(long_limits());
    for (before, responses) in [("", 1), (GET, 2)] {
        let mut client = service.connect().await;
        client.send([before, "GET / HTTP/1.1\r\n"].concat()).await;
        for byte in "Host: x\r\nX: 1\r\n\r\n".bytes() {
            client.send([byte]).await;
            tokio::task::yield_now().await;
        }
        for _ in 0..responses {
            client.read_until("hello").await;
        }
    }
}

#[actix_web::test]
async fn connections_are_closed_when_the_service_stops() {
    let service = Service::start(long_limits());
    let (mut fresh, mut begun, mut reused) = (service.connect().await, service.connect().await, service.connect().await);
    begun.send("PRI * HT").await;
    reused.send(GET).await;
    reused.read_until("hello").await;
    service.has_open(3).await;
    service.stopping.cancel();
    for client in [&mut fresh, &mut begun, &mut reused] {
        client.read_all().await;
    }
    service.has_open(0).await;
}

#[actix_web::test]
async fn framing_without_end_ends_the_connection() {
    let service = Service::start(long_limits());
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    // A chunk extension, a trailer, and chunks of one byte.
    for (begin, repeated) in [("5;", "a".repeat(4096)), ("0\r\nA: ", "a".repeat(4096)), ("", "1\r\n \r\n".repeat(700))] {
        let mut client = service.connect().await;
        client.send([head, begin].concat()).await;
        let ended = async {
            // At most 1.25 MiB are read; the rest is what the kernel buffers.
            while client.0.write_all(repeated.as_bytes()).await.is_ok() {}
        };
        timeout(SOON, ended).await.unwrap_or_else(|_| panic!("{begin:?} goes on"));
    }
    service.counts(r#"dermagraph_connections_ended_total{reason="flood"} 3"#).await;
}

#[actix_web::test]
async fn the_rest_of_a_refused_body_reserves_no_memory() {
    let service = Service::start(long_limits());
    let mut client = service.connect().await;
    client.send("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n").await;
    client.read_until("401").await;
    for _ in 0..16 {
        client.send(vec![b'x'; 64 * 1024]).await;
        assert_eq!(service.accounts.reserved(), 0);
    }
    service.has_open(0).await;
}

#[actix_web::test]
async fn a_long_body_in_usual_chunks_is_read() {
    let service = Service::start(long_limits());
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let body = [chunk.repeat(15), "0\r\n\r\n".to_owned()].concat();
    for _ in 0..3 {
        let mut client = service.connect().await;
        client.send(["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", &body].concat()).await;
        client.read_until("245760 bytes").await;
    }
}

#[actix_web::test]
async fn pipelined_requests_take_turns_with_those_of_other_connections() {
    const GET_NUMBER: &str = "GET /number HTTP/1.1\r\nHost: x\r\n\r\n";
    const PIPELINED: usize = 12;
    let service = Service::start(long_limits());
    let (mut many, mut one) = (service.connect().await, service.connect().await);
    for client in [&mut many, &mut one] {
        client.send(GET).await;
        client.read_until("hello").await;
    }
    many.send(GET_NUMBER.repeat(PIPELINED)).await;
    one.send(GET_NUMBER).await;
    let received = one.read_until("number").await + &one.read_until(".").await;
    let before: usize = received.rsplit_once("number ").unwrap().1.trim_end_matches('.').parse().unwrap();
    assert!(before < PIPELINED / 2, "{before} pipelined requests were served first");
    many.read_until(&format!("number {PIPELINED}.")).await;
}
