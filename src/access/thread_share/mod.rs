//! Shares: how the networks of clients share the time of a serving thread.
//!
//! A connection counts in the share of its network. If it is from a proxy, its requests and their responses count in the
//! shares of the networks that the proxy reports, and not in the share of the proxy.

use std::{
    cell::{Cell, RefCell},
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

use futures_util::Stream;
use pin_project_lite::pin_project;
use tokio::task::yield_now;

use super::network;

#[cfg(test)]
mod tests;

/// How long the connections of one network may use the serving thread before the thread looks for events of other
/// connections. Without this limit, the thread looks for events after up to 61 polls, and one poll can take milliseconds.
const TIME: Duration = Duration::from_millis(1);

thread_local! {
    /// The share of the connection or task that this thread polls now.
    static CURRENT: RefCell<Option<Arc<Share>>> = const { RefCell::new(None) };
    /// The time of the polls that ran within the current poll. It is already counted in their shares.
    static COUNTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Makes a share the current one until this guard is dropped, also if a poll panics.
struct Current {
    /// The share that was the current one before.
    outer: Option<Arc<Share>>,
    /// [`COUNTED`] of the poll around this one.
    outer_counted: Duration,
    started: Instant,
}

impl Current {
    fn of(share: Arc<Share>) -> Self {
        let (outer, outer_counted) = (CURRENT.replace(Some(share)), COUNTED.replace(Duration::ZERO));
        Self { outer, outer_counted, started: Instant::now() }
    }

    /// Returns the time of the poll that is not counted yet.
    fn uncounted(&self) -> Duration {
        self.started.elapsed().saturating_sub(COUNTED.get())
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
        COUNTED.set(self.outer_counted + self.started.elapsed());
    }
}

/// The shares of all networks that have connections on a serving thread.
#[derive(Default)]
pub struct Shares(Mutex<HashMap<IpAddr, Weak<Share>>>);

/// The share of a network in the time of a serving thread. When it is used up, the connections of the network, and the tasks
/// that they have spawned, wait in a queue until the thread has looked for events. While the queue is not empty, the share is
/// renewed each time that the thread has looked for events.
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
    /// A future or a stream whose time is counted in a share.
    pub struct Counted<F> {
        #[pin]
        inner: F,
        member: Option<ShareMember>,
    }
}

/// Counts the time of a future or a stream in the share of the connection or request that is polled now. It is for the
/// futures of tasks that a connection spawns, and for the body of a response, which the connection polls after the request.
/// Outside of connections, and of tasks of connections, nothing is counted.
pub fn counted<F>(inner: F) -> Counted<F> {
    let share = CURRENT.with_borrow(Option::clone);
    Counted { inner, member: share.map(|share| ShareMember { share, waiting: None }) }
}

/// Counts the time of a future in the share of the network of an address instead of the share of the connection that is
/// polled now. It is for the requests of a proxy, which reports the address. If the address is in the network of the
/// connection, the connection counts the time itself.
pub fn counted_for<F: Future>(address: IpAddr, future: F) -> Counted<F> {
    let current = CURRENT.with_borrow(Option::clone);
    Counted { inner: future, member: current.map(|current| current.shares.member(address)) }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_counted(this.member.as_mut(), context, |context| this.inner.poll(context))
    }
}

impl<S: Stream> Stream for Counted<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        poll_counted(this.member.as_mut(), context, |context| this.inner.poll_next(context))
    }
}

/// Polls if the member may be polled. A member of the current share is polled at once: the connection or task around it
/// has already waited, and counts the time of this poll as part of its own.
fn poll_counted<T>(
    member: Option<&mut ShareMember>,
    context: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    let Some(member) = member.filter(|member| !member.share.is_current()) else { return poll(context) };
    if member.begin(context) { member.poll(|| poll(context)) } else { Poll::Pending }
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

    /// Polls the connection or task, and adds the time to what its network has used, except for the time that polls within
    /// this one have counted. If it was called, the next one in the queue is called afterwards, unless the share is used up.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let current = Current::of(Arc::clone(&self.share));
        let polled = poll();
        let time = current.uncounted();
        drop(current);
        let was_called = self.waiting.take().is_some();
        let mut state = self.share.state();
        state.used += time;
        if state.used >= TIME {
            self.share.renew(&mut state);
        } else if was_called {
            state.call_next();
        }
        polled
    }
}

impl Share {
    /// Reports whether the connection or task that this thread polls now uses this share.
    fn is_current(self: &Arc<Self>) -> bool {
        CURRENT.with_borrow(|current| current.as_ref().is_some_and(|current| Arc::ptr_eq(current, self)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the share each time that the thread has looked for events, and calls the next connection or task, until the
    /// queue is empty. It does so even if the one that was called before has not been polled yet: if that is a request
    /// behind a proxy, its connection may be waiting in the queue of the proxy.
    fn renew(self: &Arc<Self>, state: &mut State) {
        if replace(&mut state.is_being_renewed, true) {
            return;
        }
        let share = Arc::clone(self);
        drop(tokio::spawn(async move {
            loop {
                yield_now().await;
                let mut state = share.state();
                state.used = Duration::ZERO;
                state.call_next();
                if state.queue.is_empty() {
                    state.is_being_renewed = false;
                    break;
                }
            }
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
