//! Tests of the time limits and the reserved memory of an activity, without a connection.

use std::rc::Rc;

use tokio::time::{Instant, advance};

use super::{
    super::{EndReason, http1::MessageParts, timing::Activity},
    frames::PREFACE,
    *,
};
use crate::access::Client as Owner;

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

fn accounts() -> Arc<Accounts> {
    Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES)
}

/// Returns an activity with the usual limits: 5 s for a head, and 75 s without requests.
fn activity(accounts: &Arc<Accounts>) -> Rc<Activity> {
    let account = accounts.of(Owner::Address(Ipv4Addr::LOCALHOST.into()));
    Rc::new(Activity::new(Rc::new(ConnectionLimits::default()), account))
}

/// Records bytes of HTTP/1.1 as the byte stream does.
fn receive(activity: &Activity, parts: &mut MessageParts, bytes: &str) {
    let mut rest = bytes.as_bytes();
    while let Some((part, length)) = parts.next(rest) {
        activity.record_part(part, length);
        rest = &rest[length..];
    }
    activity.record_position(parts.is_in_request());
    activity.received(bytes.as_bytes());
}

/// Returns the seconds until the connection ends, and the reason.
fn left(activity: &Activity) -> Option<(u64, EndReason)> {
    activity.deadline().map(|(at, end)| ((at - Instant::now()).as_secs(), end))
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_http2_head_begins_with_its_first_bytes() {
    let activity = activity(&accounts());
    activity.record_http2(0);
    activity.record_http2_handshake();
    activity.received(PREFACE);
    // The header and the payload of a `HEADERS` frame with `END_HEADERS`.
    let (first, second) = ([0_u8, 0, 8, 1, 4, 0, 0, 0, 1], [0_u8; 8]);
    activity.received(&first);
    for _ in 0..10 {
        advance(Duration::from_secs(2)).await;
        assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
        // One read returns the end of a head and the beginning of the next one.
        activity.received(&[&second[..], &first[..]].concat());
    }
    advance(Duration::from_secs(2)).await;
    activity.received(&second[..4]);
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)), "the rest of a head does not extend its time");
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_chunked_body_has_the_time_of_a_head() {
    let (activity, mut parts) = (activity(&accounts()), MessageParts::default());
    receive(&activity, &mut parts, CHUNKED);
    // The request is refused before its body has arrived.
    drop(Rc::clone(&activity).begin());
    advance(Duration::from_secs(2)).await;
    receive(&activity, &mut parts, "3\r\nab");
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
    receive(&activity, &mut parts, "c\r\n0\r\n\r\n");
    assert_eq!(left(&activity), Some((73, EndReason::Idle)));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_head_begins_with_its_first_bytes_even_behind_a_body() {
    let (activity, mut parts) = (activity(&accounts()), MessageParts::default());
    receive(&activity, &mut parts, CHUNKED);
    drop(Rc::clone(&activity).begin());
    advance(Duration::from_secs(2)).await;
    // One read returns the end of a body and the beginning of a head.
    receive(&activity, &mut parts, "0\r\n\r\nGET / HT");
    assert_eq!(left(&activity), Some((5, EndReason::HeadTimeout)));
    advance(Duration::from_secs(2)).await;
    receive(&activity, &mut parts, "TP/1.1\r\nHost: x\r\n");
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)), "the rest of a head does not extend its time");
    receive(&activity, &mut parts, "\r\n");
    drop(Rc::clone(&activity).begin());
    assert_eq!(left(&activity), Some((75, EndReason::Idle)));
}

/// Length of a body for which memory is reserved.
const LENGTH: usize = 0x8000;

/// Returns a request with a body of [`LENGTH`] bytes.
fn long_post() -> String {
    format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {LENGTH}\r\n\r\n{}", "0".repeat(LENGTH))
}

#[test]
fn memory_is_reserved_for_bytes_that_wait_for_the_next_request() {
    let (accounts, empty_lines, post) = (accounts(), "\n".repeat(LENGTH), long_post());
    let chunk = format!("{LENGTH:x}\r\n{}\r\n", "0".repeat(LENGTH));
    for (first, is_running, bytes, is_reserved) in [
        (GET, false, empty_lines.clone(), true),
        (GET, true, empty_lines, true),
        // The rest of a body whose request was refused, and the body of the running request.
        (CHUNKED, false, chunk.clone(), false),
        (CHUNKED, true, chunk, false),
        // The body of a request that begins now.
        (GET, false, post.clone(), false),
        // The bodies of pipelined requests, behind a request without and with a body.
        (GET, false, [GET, &post].concat(), true),
        (GET, true, post.clone(), true),
        (CHUNKED, true, ["0\r\n\r\n", &post].concat(), true),
    ] {
        let (activity, mut parts) = (activity(&accounts), MessageParts::default());
        receive(&activity, &mut parts, first);
        let running = is_running.then_some(Rc::clone(&activity).begin());
        receive(&activity, &mut parts, &bytes);
        assert_eq!(accounts.reserved() > 0, is_reserved, "{first:?} {is_running} {:?}", &bytes[..30]);
        drop(running);
    }
}

#[test]
fn memory_stays_reserved_until_the_requests_begin() {
    let (accounts, mut parts) = (accounts(), MessageParts::default());
    let activity = activity(&accounts);
    receive(&activity, &mut parts, GET);
    let running = Rc::clone(&activity).begin();
    receive(&activity, &mut parts, &[GET, &long_post(), GET, "GET / HTTP/1.1\r\nX: ", &"0".repeat(LENGTH)].concat());
    drop(running);
    let mut reserved = vec![accounts.reserved() / 1024];
    for _ in 0..3 {
        drop(Rc::clone(&activity).begin());
        reserved.push(accounts.reserved() / 1024);
    }
    // The last two complete requests are counted together. At the end, an incomplete head is left.
    assert_eq!(reserved, [80, 80, 80, 48]);
}

#[test]
fn memory_is_reserved_for_the_fields_of_requests_that_wait() {
    let (accounts, mut parts) = (accounts(), MessageParts::default());
    let activity = activity(&accounts);
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(80));
    receive(&activity, &mut parts, &many);
    assert_eq!(accounts.reserved(), 0, "the request begins now");
    let _running = Rc::clone(&activity).begin();
    receive(&activity, &mut parts, &many);
    assert_eq!(accounts.reserved(), 48 * 1024, "507 bytes, and 512 for each of 83 lines");
    assert!(activity.is_reading_blocked());
    drop(Rc::clone(&activity).begin());
    assert_eq!(accounts.reserved(), 0);
}

#[test]
fn memory_is_reserved_for_responses_that_wait_to_be_written() {
    let accounts = accounts();
    let activity = activity(&accounts);
    let _running = Rc::clone(&activity).begin();
    activity.written(1000, 40_000);
    assert_eq!(accounts.reserved(), 64 * 1024);
    assert!(activity.is_reading_blocked());
    activity.blocked();
    assert_eq!(accounts.reserved(), 64 * 1024);
    activity.written(40_000, 0);
    assert_eq!(accounts.reserved(), 0);
    assert!(!activity.is_reading_blocked());
}

#[test]
fn unwritten_bytes_of_a_body_with_a_reservation_need_memory_only_when_the_body_ends() {
    let accounts = accounts();
    let activity = activity(&accounts);
    let all = || {
        let account = accounts.of(Owner::Address(Ipv4Addr::LOCALHOST.into()));
        account.reserve(accounts.max_bytes_per_client()).expect("nothing else is reserved")
    };
    for (is_body_released, end) in [(true, None), (false, Some(EndReason::Memory))] {
        let (body, running) = (all(), Rc::clone(&activity).begin());
        activity.record_reserved_body();
        activity.written(1000, 40_000);
        assert_eq!(activity.end_reason(), None);
        let _retained = Some(body).filter(|_| !is_body_released);
        drop(running);
        assert_eq!(activity.end_reason(), end);
        activity.written(40_000, 0);
    }
}
