//! Tests of shares.

use std::{
    future::poll_fn,
    net::Ipv4Addr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    thread::sleep,
};

use tokio::{
    task::{LocalSet, spawn_local},
    time::timeout,
};

use super::*;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// Polls a connection `times` times, each for this time, and adds its name to the log at each poll.
async fn polled(mut member: ShareMember, time: Duration, times: usize, name: char, log: Rc<RefCell<String>>) {
    for _ in 0..times {
        poll_fn(|context| {
            if !member.begin(context) {
                return Poll::Pending;
            }
            member.poll(|| {
                sleep(time);
                log.borrow_mut().push(name);
            });
            Poll::Ready(())
        })
        .await;
        // Woken at once, like a connection whose client has already sent the next request.
        let mut is_woken = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if replace(&mut is_woken, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[tokio::test]
async fn the_connections_of_a_network_use_the_thread_in_sequence_and_only_for_a_limited_time() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    for name in ['a', 'b', 'c'] {
        local.spawn_local(polled(shares.member(CLIENT), TIME, 3, name, Rc::clone(&log)));
    }
    // Another task is polled each time the thread has looked for events.
    let turns = Rc::clone(&log);
    local.spawn_local(async move {
        for _ in 0..30 {
            yield_now().await;
            turns.borrow_mut().push('|');
        }
    });
    local.await;
    let log = log.borrow();
    assert_eq!(log.chars().filter(|name| *name != '|').collect::<String>(), "abcabcabc", "{log}");
    assert!(log.split('|').all(|turn| turn.len() <= 1), "{log}");
}

#[tokio::test]
async fn a_network_does_not_wait_for_another_one() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    for name in ['a', 'b', 'c'] {
        local.spawn_local(polled(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log)));
    }
    local.spawn_local(polled(shares.member(OTHER), Duration::ZERO, 1, 'x', Rc::clone(&log)));
    local.await;
    assert_eq!(*log.borrow(), "axbc");
}

#[tokio::test]
async fn the_next_connection_is_called_while_the_share_lasts() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    for (name, time) in [('a', TIME), ('b', Duration::ZERO), ('c', Duration::ZERO), ('d', Duration::ZERO)] {
        local.spawn_local(polled(shares.member(CLIENT), time, 1, name, Rc::clone(&log)));
    }
    timeout(Duration::from_secs(5), local).await.unwrap();
    assert_eq!(*log.borrow(), "abcd");
}

/// Polls a connection that always has more work after its turn. Each turn lasts for this time.
async fn endless(mut member: ShareMember, time: Duration, name: char, log: Rc<RefCell<String>>) {
    poll_fn(|context| {
        if member.begin(context) {
            member.poll(|| {
                sleep(time);
                log.borrow_mut().push(name);
            });
            member.wait(context);
        }
        Poll::<()>::Pending
    })
    .await;
}

#[tokio::test]
async fn a_network_without_a_queue_waits_for_a_limited_time_if_hundreds_have_one() {
    const NETWORKS: u16 = 400;
    /// A quarter of the time in which the networks with a queue are served.
    const TURN: Duration = Duration::from_micros(250);
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    let served = local.run_until(async {
        for network in 0..NETWORKS {
            let [high, low] = network.to_be_bytes();
            let member = shares.member(IpAddr::from([10, 0, high, low]));
            drop(spawn_local(endless(member, TURN, 'x', Rc::clone(&log))));
        }
        // Each network has had its first turn, and has a queue.
        while log.borrow().len() < usize::from(NETWORKS) {
            yield_now().await;
        }
        yield_now().await;
        for _ in 0..20 {
            let before = log.borrow().len();
            yield_now().await;
            let turns = log.borrow().len() - before;
            assert!((1..=4).contains(&turns), "{turns} turns before the thread looks for events");
            let mut newcomer = shares.member(CLIENT);
            assert!(newcomer.begin(&Context::from_waker(Waker::noop())));
            newcomer.poll(|| ());
        }
    });
    timeout(Duration::from_secs(20), served).await.unwrap();
}

#[tokio::test]
async fn the_networks_that_wait_are_served_in_turn() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    let served = local.run_until(async {
        for (name, last) in [('a', 1_u8), ('d', 1), ('e', 1), ('b', 2), ('c', 3)] {
            let member = shares.member(IpAddr::from([192, 0, 2, last]));
            drop(spawn_local(endless(member, TIME, name, Rc::clone(&log))));
        }
        while log.borrow().len() < 18 {
            yield_now().await;
        }
    });
    timeout(Duration::from_secs(5), served).await.unwrap();
    // At first, no network has a queue. Then each is called once in a round, and its connections in sequence.
    assert_eq!(&log.borrow()[..18], "abcabcdbcebcabcdbc");
}

#[tokio::test]
async fn several_networks_are_served_before_the_thread_looks_for_events() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    let served = local.run_until(async {
        for last in 1..=5_u8 {
            let member = shares.member(IpAddr::from([192, 0, 2, last]));
            drop(spawn_local(endless(member, Duration::ZERO, 'x', Rc::clone(&log))));
        }
        // If the system interrupts the thread, fewer turns follow one another.
        loop {
            let before = log.borrow().len();
            yield_now().await;
            if log.borrow().len() - before > 10 {
                break;
            }
        }
    });
    timeout(Duration::from_secs(5), served).await.unwrap();
}

/// Returns three connections of a client. The first one has used up the share, so the others are in the queue.
fn queued(shares: &Arc<Shares>) -> [ShareMember; 3] {
    let [mut first, mut second, mut third] = [(); 3].map(|()| shares.member(CLIENT));
    let context = Context::from_waker(Waker::noop());
    assert!(first.begin(&context));
    first.poll(|| sleep(TIME));
    assert!(!second.begin(&context) && !third.begin(&context));
    [first, second, third]
}

/// Waits until a connection in the queue is called.
async fn called(member: &mut ShareMember) {
    let called = async {
        while !member.begin(&Context::from_waker(Waker::noop())) {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), called).await.expect("it is called");
}

#[tokio::test]
async fn a_connection_that_ends_when_it_is_called_does_not_stop_the_others() {
    let [_first, mut second, mut third] = queued(&Arc::default());
    called(&mut second).await;
    drop(second);
    called(&mut third).await;
}

#[tokio::test]
async fn a_connection_that_has_to_complete_its_turn_is_called_before_others_of_its_network() {
    let [_first, mut second, mut third] = queued(&Arc::default());
    called(&mut second).await;
    // The first turn does not use up the time, so the next connection is called at once.
    for time in [Duration::ZERO, TIME] {
        second.poll_first(|| sleep(time), || Some(Waker::noop().clone()));
        called(&mut second).await;
        assert!(!third.begin(&Context::from_waker(Waker::noop())), "{time:?}");
    }
    second.poll(|| ());
    called(&mut third).await;
}

#[tokio::test]
async fn a_called_connection_that_waits_for_its_proxy_does_not_stop_the_others() {
    let [_first, mut second, mut third] = queued(&Arc::default());
    // The second one is called first, but is polled only after the third one.
    called(&mut third).await;
    third.poll(|| ());
    called(&mut second).await;
}

#[tokio::test]
async fn a_request_of_a_called_connection_does_not_wait_again() {
    let shares = Arc::<Shares>::default();
    let [_first, mut second, _third] = queued(&shares);
    called(&mut second).await;
    // The queue is not empty.
    let mut fourth = shares.member(CLIENT);
    assert!(!fourth.begin(&Context::from_waker(Waker::noop())));
    let polled = second.poll(|| {
        let request = pin!(counted(async {}));
        request.poll(&mut Context::from_waker(Waker::noop()))
    });
    assert!(polled.is_ready());
}

#[tokio::test]
async fn a_connection_that_ends_in_the_queue_does_not_stop_the_others() {
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'a', Rc::clone(&log)));
    let ending = ['b', 'c'].map(|name| local.spawn_local(polled(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log))));
    local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'd', Rc::clone(&log)));
    local.spawn_local(async move { ending.iter().for_each(tokio::task::JoinHandle::abort) });
    local.await;
    assert_eq!(*log.borrow(), "ad");
    // The last renewal of the shares removes the time that the network has used.
    let removed = async {
        while !shares.state().used.is_empty() {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), removed).await.unwrap();
    assert!(shares.state().queues.is_empty());
}

#[tokio::test]
async fn the_time_of_a_task_is_counted_in_the_share_of_the_connection_that_spawned_it() {
    let shares = Arc::<Shares>::default();
    let (mut connection, mut next) = (shares.member(CLIENT), shares.member(CLIENT));
    let task = connection.poll(|| counted(async { counted(async { sleep(TIME) }).await }));
    let outside = counted(async { sleep(TIME) });
    outside.await;
    let context = Context::from_waker(Waker::noop());
    assert!(next.begin(&context), "the task has not run, and nothing is counted outside of connections");
    next.poll(|| ());
    task.await;
    assert!(!next.begin(&context));
    assert!(counted(async {}).member.is_none(), "the connection is not polled");
}

/// Polls a connection of a proxy that runs a request of this client, which blocks the thread for this time.
async fn proxied(mut proxy: ShareMember, client: IpAddr, time: Duration, name: char, log: Rc<RefCell<String>>) {
    let work = poll_fn(|_| {
        sleep(time);
        log.borrow_mut().push(name);
        Poll::Ready(())
    });
    let mut request = pin!(async { counted_for(client, work).await });
    poll_fn(|context| {
        if !proxy.begin(context) {
            return Poll::Pending;
        }
        proxy.poll(|| request.as_mut().poll(context))
    })
    .await;
}

#[tokio::test]
async fn the_clients_of_a_proxy_do_not_wait_for_each_other() {
    const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    for name in ['a', 'b', 'c'] {
        local.spawn_local(proxied(shares.member(PROXY), CLIENT, TIME, name, Rc::clone(&log)));
    }
    local.spawn_local(proxied(shares.member(PROXY), OTHER, Duration::ZERO, 'x', Rc::clone(&log)));
    timeout(Duration::from_secs(5), local).await.unwrap();
    assert_eq!(*log.borrow(), "axbc");
}

#[tokio::test]
async fn a_request_and_the_connection_of_its_proxy_can_wait_at_the_same_time() {
    const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
    let local = LocalSet::new();
    let served = local.run_until(async {
        for (name, address) in [('p', PROXY), ('c', CLIENT)] {
            drop(spawn_local(endless(shares.member(address), TIME, name, Rc::clone(&log))));
        }
        // Both networks have a queue afterwards.
        yield_now().await;
        proxied(shares.member(PROXY), CLIENT, Duration::ZERO, 'x', Rc::clone(&log)).await;
    });
    timeout(Duration::from_secs(5), served).await.unwrap();
    // The connection waits, then the request, then the connection again.
    let log = log.borrow();
    assert!(log.len() > 4 && log.ends_with('x'), "{log}");
}

#[tokio::test]
async fn time_is_counted_once() {
    let shares = Arc::<Shares>::default();
    let (mut proxy, mut other) = (shares.member(CLIENT), shares.member(CLIENT));
    let context = Context::from_waker(Waker::noop());
    for client in [OTHER, CLIENT] {
        let mut request = pin!(async { counted_for(client, async { sleep(TIME) }).await });
        assert!(proxy.begin(&context));
        assert!(proxy.poll(|| request.as_mut().poll(&mut Context::from_waker(Waker::noop()))).is_ready());
        assert_eq!(other.begin(&context), client == OTHER, "{CLIENT} after a request of {client}");
        if client == OTHER {
            other.poll(|| ());
        }
    }
}

#[tokio::test]
async fn a_share_is_not_the_current_one_after_a_panic() {
    let shares = Arc::<Shares>::default();
    let (mut outer, mut inner) = (shares.member(CLIENT), shares.member(OTHER));
    outer.poll(|| {
        let polled = catch_unwind(AssertUnwindSafe(|| inner.poll::<()>(|| panic!("the test expects this"))));
        assert!(polled.is_err());
        let current = counted(async {});
        assert_eq!(current.member.as_ref().map(|member| member.share.network), Some(CLIENT));
    });
    let outside = counted(async {});
    assert!(outside.member.is_none(), "no connection is polled");
    outside.await;
}
