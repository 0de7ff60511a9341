//! Shares: how the networks of clients share the time of a serving thread.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    mem::replace,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use pin_project_lite::pin_project;
use tokio::task::yield_now;

use super::network;

/// How long the connections of one network may use the serving thread before the thread looks for events of other
/// connections. Without this limit, the thread looks for events after up to 61 polls, and one poll can take milliseconds.
const TIME: Duration = Duration::from_millis(1);

thread_local! {
    /// The share of the connection or task that this thread polls now.
    static CURRENT: RefCell<Option<Arc<Share>>> = const { RefCell::new(None) };
}

/// Makes a share the current one until it is dropped, also if a poll panics.
struct Current {
    /// The share that was the current one before.
    outer: Option<Arc<Share>>,
}

impl Current {
    fn of(share: Arc<Share>) -> Self {
        Self { outer: CURRENT.replace(Some(share)) }
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
    }
}

/// The shares of all networks that have connections on a serving thread.
#[derive(Default)]
pub struct Shares(Mutex<HashMap<IpAddr, Weak<Share>>>);

/// The share of a network in the time of a serving thread. When it is used up, the connections of the network, and the tasks
/// that they have spawned, wait in a queue until the thread has looked for events.
struct Share {
    network: IpAddr,
    shares: Arc<Shares>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: Duration,
    is_being_renewed: bool,
    queue: VecDeque<Arc<Waiting>>,
}

/// A connection or task in the queue.
struct Waiting {
    /// Whether it was removed from the queue, and may be polled.
    is_called: AtomicBool,
    task: Waker,
}

/// A connection or task that uses the share of its network.
pub struct ShareMember {
    share: Arc<Share>,
    /// `Some` from the time when the member joins the queue until it was called and polled; otherwise `None`.
    waiting: Option<Arc<Waiting>>,
}

pin_project! {
    /// A future whose time is counted in a share.
    pub struct Counted<F> {
        #[pin]
        future: F,
        member: Option<ShareMember>,
    }
}

/// Counts the time of a future in the share of the connection that is polled now. It is for the futures of tasks that a
/// connection spawns. Outside of connections, and of tasks of connections, nothing is counted.
pub fn counted<F: Future>(future: F) -> Counted<F> {
    let share = CURRENT.with_borrow(Option::clone);
    Counted { future, member: share.map(|share| ShareMember { share, waiting: None }) }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(member) = this.member else { return this.future.poll(context) };
        if member.begin(context) { member.poll(|| this.future.poll(context)) } else { Poll::Pending }
    }
}

impl Shares {
    /// Adds a connection from an address to the share of its network.
    pub fn member(self: &Arc<Self>, address: IpAddr) -> ShareMember {
        let network = network(address);
        let mut shares = self.shares();
        let existing = shares.get(&network).and_then(Weak::upgrade);
        let share = existing.unwrap_or_else(|| {
            let share = Arc::new(Share { network, shares: Arc::clone(self), state: Mutex::default() });
            shares.insert(network, Arc::downgrade(&share));
            share
        });
        ShareMember { share, waiting: None }
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<IpAddr, Weak<Share>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShareMember {
    /// Reports whether the connection or task may be polled. If not, it joins the queue, and is woken when it is called.
    pub fn begin(&mut self, context: &Context<'_>) -> bool {
        if let Some(waiting) = &self.waiting {
            return waiting.is_called.load(Relaxed);
        }
        let mut state = self.share.state();
        let may_begin = state.used < TIME && state.queue.is_empty();
        if !may_begin {
            let waiting = Arc::new(Waiting { is_called: AtomicBool::new(false), task: context.waker().clone() });
            state.queue.push_back(Arc::clone(&waiting));
            self.waiting = Some(waiting);
        }
        may_begin
    }

    /// Polls the connection or task, and adds the time to what its network has used. If it was called, the next one in the
    /// queue is called afterwards, unless the share is used up.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let current = Current::of(Arc::clone(&self.share));
        let polled = poll();
        drop(current);
        let was_called = self.waiting.take().is_some();
        let mut state = self.share.state();
        state.used += started.elapsed();
        if state.used >= TIME {
            self.share.renew(&mut state);
        } else if was_called {
            state.call_next();
        }
        polled
    }
}

impl Drop for ShareMember {
    fn drop(&mut self) {
        if self.waiting.take().is_some_and(|waiting| waiting.is_called.load(Relaxed)) {
            self.share.state().call_next();
        }
    }
}

impl Share {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the share when the thread has looked for events.
    fn renew(self: &Arc<Self>, state: &mut State) {
        if replace(&mut state.is_being_renewed, true) {
            return;
        }
        let share = Arc::clone(self);
        drop(tokio::spawn(async move {
            yield_now().await;
            let mut state = share.state();
            (state.is_being_renewed, state.used) = (false, Duration::ZERO);
            state.call_next();
        }));
    }
}

impl State {
    /// Calls the first connection or task in the queue: removes and wakes it.
    fn call_next(&mut self) {
        while let Some(waiting) = self.queue.pop_front() {
            // If the connection or task has ended, the queue had the only reference.
            if Arc::strong_count(&waiting) > 1 {
                waiting.is_called.store(true, Relaxed);
                waiting.task.wake_by_ref();
                return;
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.shares().remove(&self.network);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        net::Ipv4Addr,
        panic::{AssertUnwindSafe, catch_unwind},
        rc::Rc,
        thread::sleep,
    };

    use tokio::{task::LocalSet, time::timeout};

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

    #[tokio::test]
    async fn a_connection_that_ends_when_it_is_called_calls_the_next_one() {
        let shares = Arc::<Shares>::default();
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
        let (shares, log) = (Arc::<Shares>::default(), Rc::new(RefCell::new(String::new())));
        let local = LocalSet::new();
        local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'a', Rc::clone(&log)));
        let ending = ['b', 'c'].map(|name| local.spawn_local(polled(shares.member(CLIENT), TIME, 1, name, Rc::clone(&log))));
        local.spawn_local(polled(shares.member(CLIENT), TIME, 1, 'd', Rc::clone(&log)));
        local.spawn_local(async move { ending.iter().for_each(tokio::task::JoinHandle::abort) });
        local.await;
        assert_eq!(*log.borrow(), "ad");
        // A network without connections is removed when its share was renewed for the last time.
        let removed = async {
            while !shares.shares().is_empty() {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), removed).await.unwrap();
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
}
