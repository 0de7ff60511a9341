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
    activity.received(PREFACE, false);
    // The header and the payload of a `HEADERS` frame with `END_HEADERS`.
    let (first, second) = ([0_u8, 0, 8, 1, 4, 0, 0, 0, 1], [0_u8; 8]);
    activity.received(&first, false);
    for _ in 0..10 {
        advance(Duration::from_secs(2)).await;
        assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
        // One read returns the end of a head and the beginning of the next one.
        activity.received(&[&second[..], &first[..]].concat(), false);
    }
    advance(Duration::from_secs(2)).await;
    activity.received(&second[..4], false);
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)), "the rest of a head does not extend its time");
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_chunked_body_has_the_time_of_a_head() {
    let activity = activity();
    activity.received(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", true);
    activity.record_position(true);
    // The request is refused before its body has arrived.
    drop(Rc::clone(&activity).begin(true));
    advance(Duration::from_secs(2)).await;
    activity.received(b"3\r\nab", false);
    assert_eq!(left(&activity), Some((3, EndReason::HeadTimeout)));
    activity.record_position(false);
    activity.received(b"c\r\n0\r\n\r\n", false);
    assert_eq!(left(&activity), Some((73, EndReason::Idle)));
}
