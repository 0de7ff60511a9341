//! Shares: how the networks of clients share the time of a serving thread.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    net::IpAddr,
    rc::{Rc, Weak},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
    time::{Duration, Instant},
};

use tokio::task::{spawn_local, yield_now};

use crate::access::network;

/// How long all connections of a network together may use a serving thread before the thread looks for events of other
/// connections. It looks for them after 61 polls at the latest, which take milliseconds if requests are expensive.
const TIME: Duration = Duration::from_micros(500);

/// The shares of all networks that have connections on a serving thread.
#[derive(Default)]
pub struct Shares(RefCell<HashMap<IpAddr, Weak<Share>>>);

/// The share of a network in the time of a serving thread. When it is used up, the connections of the network wait in a
/// queue until the thread has looked for events.
struct Share {
    network: IpAddr,
    shares: Rc<Shares>,
    used: Cell<Duration>,
    is_being_renewed: Cell<bool>,
    queue: RefCell<VecDeque<Arc<Place>>>,
}

/// The place of a connection in the queue.
struct Place {
    is_called: AtomicBool,
    task: Waker,
}

/// A connection's part in the share of its network.
pub struct ShareMember {
    share: Rc<Share>,
    /// `None` if the connection is not in the queue.
    place: Option<Arc<Place>>,
}

impl Shares {
    /// Returns the part of a connection from an address.
    pub fn member(self: &Rc<Self>, address: IpAddr) -> ShareMember {
        let network = network(address);
        let known = self.0.borrow().get(&network).and_then(Weak::upgrade);
        let share = known.unwrap_or_else(|| {
            let (used, is_being_renewed, queue) = Default::default();
            let share = Rc::new(Share { network, shares: Rc::clone(self), used, is_being_renewed, queue });
            self.0.borrow_mut().insert(network, Rc::downgrade(&share));
            share
        });
        ShareMember { share, place: None }
    }
}

impl ShareMember {
    /// Reports whether the connection may be polled. If not, its task is woken when it may.
    pub fn begin(&mut self, context: &Context<'_>) -> bool {
        if let Some(place) = &self.place {
            return place.is_called.load(Ordering::Relaxed);
        }
        let may_begin = self.share.used.get() < TIME && self.share.queue.borrow().is_empty();
        if !may_begin {
            let place = Arc::new(Place { is_called: AtomicBool::new(false), task: context.waker().clone() });
            self.share.queue.borrow_mut().push_back(Arc::clone(&place));
            self.place = Some(place);
        }
        may_begin
    }

    /// Polls the connection, and subtracts the time from the share.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let polled = poll();
        let was_called = self.place.take().is_some();
        let used = self.share.used.get() + started.elapsed();
        self.share.used.set(used);
        if used >= TIME {
            self.share.renew();
        } else if was_called {
            self.share.call_next();
        }
        polled
    }
}

impl Drop for ShareMember {
    fn drop(&mut self) {
        if self.place.take().is_some_and(|place| place.is_called.load(Ordering::Relaxed)) {
            self.share.call_next();
        }
    }
}

impl Share {
    /// Renews the share when the thread has looked for events.
    fn renew(self: &Rc<Self>) {
        if self.is_being_renewed.replace(true) {
            return;
        }
        let share = Rc::clone(self);
        drop(spawn_local(async move {
            yield_now().await;
            share.is_being_renewed.set(false);
            share.used.set(Duration::ZERO);
            share.call_next();
        }));
    }

    /// Wakes the first connection in the queue. After its poll it calls the next one.
    fn call_next(&self) {
        let mut queue = self.queue.borrow_mut();
        // Only the queue has the place of a connection that has ended.
        while let Some(place) = queue.pop_front() {
            if Arc::strong_count(&place) > 1 {
                place.is_called.store(true, Ordering::Relaxed);
                place.task.wake_by_ref();
                return;
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.0.borrow_mut().remove(&self.network);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, net::Ipv4Addr, task::Poll, thread::sleep};

    use tokio::task::LocalSet;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

    /// Polls a connection `times` times, each for this time, and adds its name after each poll.
    async fn busy(mut member: ShareMember, time: Duration, times: usize, name: char, log: Rc<RefCell<String>>) {
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
                if std::mem::replace(&mut is_woken, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    #[tokio::test]
    async fn the_connections_of_a_network_use_the_thread_in_sequence_and_only_for_a_limited_time() {
        let (shares, log) = (Rc::new(Shares::default()), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        for name in ['a', 'b', 'c'] {
            local.spawn_local(busy(shares.member(CLIENT), TIME, 3, name, Rc::clone(&log)));
        }
        // A turn of the thread, as another connection notices it.
        let turns = Rc::clone(&log);
        local.spawn_local(async move {
            for _ in 0..9 {
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
        let (shares, log) = (Rc::new(Shares::default()), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        for name in ['a', 'b', 'c'] {
            local.spawn_local(busy(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log)));
        }
        local.spawn_local(busy(shares.member(OTHER), Duration::ZERO, 1, 'x', Rc::clone(&log)));
        local.await;
        assert_eq!(*log.borrow(), "axbc");
    }

    #[tokio::test]
    async fn a_connection_that_ends_in_the_queue_does_not_stop_the_others() {
        let (shares, log) = (Rc::new(Shares::default()), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        local.spawn_local(busy(shares.member(CLIENT), TIME, 1, 'a', Rc::clone(&log)));
        let ends: Vec<_> = ['b', 'c'].map(|name| busy(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log))).into();
        let ending = ends.into_iter().map(|connection| local.spawn_local(connection)).collect::<Vec<_>>();
        local.spawn_local(busy(shares.member(CLIENT), TIME, 1, 'd', Rc::clone(&log)));
        local.spawn_local(async move { ending.iter().for_each(tokio::task::JoinHandle::abort) });
        local.await;
        assert_eq!(*log.borrow(), "ad");
        assert!(shares.0.borrow().is_empty(), "a network without connections is forgotten");
    }
}
