//! Tests of the time limits of an activity, without a connection.

use std::rc::Rc;

use tokio::time::{Instant, advance};

use super::{
    super::{EndReason, activity::Activity},
    frames::PREFACE,
    *,
};
use crate::access::Client as Owner;

/// Returns an activity with the usual limits: 5 s for a head, and 75 s without requests.
fn activity() -> Rc<Activity> {
    let account = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(Owner::Address(Ipv4Addr::LOCALHOST.into()));
    Rc::new(Activity::new(Rc::new(ConnectionLimits::default()), account))
}

/// Returns the seconds until the connection ends, and the reason.
fn left(activity: &Activity) -> Option<(u64, EndReason)> {
    activity.deadline().map(|(at, end)| ((at - Instant::now()).as_secs(), end))
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_http2_head_begins_with_its_first_bytes() {
    let activity = activity();
    activity.record_http2(0);
    activity.record_http2_handshake();
    activity.received(PREFACE, false, 0);
    // The header and the payload of a `HEADERS` frame with `END_HEADERS`.
    let (first, second) = ([0_u8, 0, 8, 1, 4, 0, 0, 0, 1], [0_u8; 8]);
    activity.received(&first, false, 0);
    for _ in 0..10 {
        advance(Duration::from_secs(2)).await;
        assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
        // One read returns the end of a head and the beginning of the next one.
        activity.received(&[&second[..], &first[..]].concat(), false, 0);
    }
    advance(Duration::from_secs(2)).await;
    activity.received(&second[..4], false, 0);
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)), "the rest of a head does not extend its time");
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_chunked_body_has_the_time_of_a_head() {
    let activity = activity();
    activity.received(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", true, 0);
    activity.record_position(true);
    // The request is refused before its body has arrived.
    drop(Rc::clone(&activity).begin(true));
    advance(Duration::from_secs(2)).await;
    activity.received(b"3\r\nab", false, 5);
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
    activity.record_position(false);
    activity.received(b"c\r\n0\r\n\r\n", false, 8);
    assert_eq!(left(&activity), Some((73, EndReason::Idle)));
}

#[test]
fn memory_is_reserved_for_bytes_that_wait_for_the_next_request() {
    const LENGTH: usize = 32 * 1024;
    let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
    let account = accounts.of(Owner::Address(Ipv4Addr::LOCALHOST.into()));
    let activity = Rc::new(Activity::new(Rc::new(ConnectionLimits::default()), account));
    let bytes = vec![b'\n'; LENGTH];
    for (is_running, has_body, body, is_reserved) in [
        // Empty lines, and the rest of a body whose request was refused.
        (false, false, 0, true),
        (false, true, LENGTH, false),
        // The body of the running request, and what follows it.
        (true, true, LENGTH, false),
        (true, true, 0, true),
        // The body of a pipelined request.
        (true, false, LENGTH, true),
    ] {
        let running = Rc::clone(&activity).begin(has_body);
        assert_eq!(accounts.reserved(), 0);
        let running = is_running.then_some(running);
        activity.received(&bytes, false, body);
        assert_eq!(accounts.reserved() > 0, is_reserved, "{is_running} {has_body} {body}");
        drop(running);
    }
}
