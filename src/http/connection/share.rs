//! Shares: how the networks of clients share the time of a serving thread.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    net::IpAddr,
    rc::{Rc, Weak},
    task::{Context, Waker},
    time::{Duration, Instant},
};

use tokio::task::{spawn_local, yield_now};

use crate::access::network;

/// How long the connections of one network may use the serving thread before the thread looks for events of other
/// connections. Without this limit, the thread looks for events after up to 61 polls, and one poll can take milliseconds.
const TIME: Duration = Duration::from_millis(1);

/// The shares of all networks that have connections on a serving thread.
#[derive(Default)]
pub struct Shares(RefCell<HashMap<IpAddr, Weak<Share>>>);

/// The share of a network in the time of a serving thread. When it is used up, the connections of the network wait in a
/// queue until the thread has looked for events. Operations of `WebSocket`s and event streams run in tasks of their own and
/// are not counted.
struct Share {
    network: IpAddr,
    shares: Rc<Shares>,
    used: Cell<Duration>,
    is_being_renewed: Cell<bool>,
    queue: RefCell<VecDeque<Rc<Waiting>>>,
}

/// A connection in the queue.
struct Waiting {
    /// Whether the connection was removed from the queue, and may be polled.
    is_called: Cell<bool>,
    task: Waker,
}

/// A connection that uses the share of its network.
pub struct ShareMember {
    share: Rc<Share>,
    /// From when the connection joins the queue until it is called and polled; otherwise `None`.
    waiting: Option<Rc<Waiting>>,
}

impl Shares {
    /// Adds a connection from an address to the share of its network.
    pub fn member(self: &Rc<Self>, address: IpAddr) -> ShareMember {
        let network = network(address);
        let existing = self.0.borrow().get(&network).and_then(Weak::upgrade);
        let share = existing.unwrap_or_else(|| {
            let share = Rc::new(Share {
                network,
                shares: Rc::clone(self),
                used: Cell::new(Duration::ZERO),
                is_being_renewed: Cell::new(false),
                queue: RefCell::default(),
            });
            self.0.borrow_mut().insert(network, Rc::downgrade(&share));
            share
        });
        ShareMember { share, waiting: None }
    }
}

impl ShareMember {
    /// Reports whether the connection may be polled. If not, it joins the queue, and its task is woken when it is called.
    pub fn begin(&mut self, context: &Context<'_>) -> bool {
        if let Some(waiting) = &self.waiting {
            return waiting.is_called.get();
        }
        let may_begin = self.share.used.get() < TIME && self.share.queue.borrow().is_empty();
        if !may_begin {
            let waiting = Rc::new(Waiting { is_called: Cell::new(false), task: context.waker().clone() });
            self.share.queue.borrow_mut().push_back(Rc::clone(&waiting));
            self.waiting = Some(waiting);
        }
        may_begin
    }

    /// Polls the connection, and adds the time of the poll to the used time of its network. If the connection was called,
    /// the next one in the queue is called afterwards, unless the share is used up.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let polled = poll();
        let was_called = self.waiting.take().is_some();
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
        if self.waiting.take().is_some_and(|waiting| waiting.is_called.get()) {
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

    /// Calls the first connection in the queue: removes it, and wakes its task.
    fn call_next(&self) {
        let mut queue = self.queue.borrow_mut();
        while let Some(waiting) = queue.pop_front() {
            // If the connection has ended, the queue had the only reference.
            if Rc::strong_count(&waiting) > 1 {
                waiting.is_called.set(true);
                waiting.task.wake_by_ref();
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

    use tokio::{task::LocalSet, time::timeout};

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

    /// Polls a connection `times` times. Each poll takes `time` and adds the name of the connection to the log.
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
            local.spawn_local(polled(shares.member(CLIENT), TIME, 3, name, Rc::clone(&log)));
        }
        // Another task is polled each time the thread has looked for events.
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
            local.spawn_local(polled(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log)));
        }
        local.spawn_local(polled(shares.member(OTHER), Duration::ZERO, 1, 'x', Rc::clone(&log)));
        local.await;
        assert_eq!(*log.borrow(), "axbc");
    }

    #[tokio::test]
    async fn the_next_connection_is_called_while_the_share_lasts() {
        let (shares, log) = (Rc::new(Shares::default()), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        for (name, time) in [('a', TIME), ('b', Duration::ZERO), ('c', Duration::ZERO), ('d', Duration::ZERO)] {
            local.spawn_local(polled(shares.member(CLIENT), time, 1, name, Rc::clone(&log)));
        }
        timeout(Duration::from_secs(5), local).await.unwrap();
        assert_eq!(*log.borrow(), "abcd");
    }

    #[tokio::test]
    async fn a_connection_that_ends_when_it_is_called_calls_the_next_one() {
        let shares = Rc::new(Shares::default());
        let [mut first, mut second, mut third] = [(); 3].map(|()| shares.member(CLIENT));
        let check = async move {
            let context = Context::from_waker(Waker::noop());
            assert!(first.begin(&context));
            first.poll(|| sleep(TIME));
            assert!(!second.begin(&context) && !third.begin(&context));
            while !second.begin(&context) {
                yield_now().await;
            }
            assert!(!third.begin(&context));
            drop(second);
            assert!(third.begin(&context));
        };
        timeout(Duration::from_secs(5), LocalSet::new().run_until(check)).await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_ends_in_the_queue_does_not_stop_the_others() {
        let (shares, log) = (Rc::new(Shares::default()), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'a', Rc::clone(&log)));
        let ending = ['b', 'c'].map(|name| local.spawn_local(polled(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log))));
        local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'd', Rc::clone(&log)));
        local.spawn_local(async move { ending.iter().for_each(tokio::task::JoinHandle::abort) });
        local.await;
        assert_eq!(*log.borrow(), "ad");
        assert!(shares.0.borrow().is_empty(), "a network without connections is forgotten");
    }
}
