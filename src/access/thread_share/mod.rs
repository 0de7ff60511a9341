//! Shares: how the networks of clients share the time of a serving thread.
//!
//! A connection counts in the share of its network. If it is from a proxy, its requests and their responses count in the
//! shares of the networks that the proxy reports, and not in the share of the proxy.
//!
//! As long as a network uses little time and none of its connections wait, its connections are polled as soon as they are
//! woken. A connection that has more work after its turn waits in the queue of its network: at the front if it needs
//! memory for bytes that it has read and not processed, otherwise at the end. After each time that the thread has looked for
//! events, it serves the queues of all networks in turn (round robin), for [`TIME`] in all. Then it looks for events again.
//! So a woken connection of a network without a queue waits only about this time, however many networks have queues.
//! FQ-CoDel is similar: it serves new queues first, and old queues in turn (RFC 8290, 4.2). Here, a network counts as new
//! whenever its queue is empty.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    iter,
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
/// connections; and how long the connections of all queues together may do so. Without this limit, the thread looks for
/// events after up to 61 polls, and one poll can take milliseconds.
const TIME: Duration = Duration::from_millis(1);

thread_local! {
    /// The share of the connection or task that this thread polls now.
    static CURRENT: RefCell<Option<Share>> = const { RefCell::new(None) };
    /// The time of the nested polls, which ran within the current poll. A nested poll adds its time to the share of its own
    /// network, so the current poll adds only the rest of its time to its share.
    static COUNTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Makes a share the current one until this guard is dropped, also if a poll panics.
struct Current {
    /// The share that was the current one before.
    outer: Option<Share>,
    /// [`COUNTED`] of the poll around this one.
    outer_counted: Duration,
    started: Instant,
}

impl Current {
    fn of(share: Share) -> Self {
        let (outer, outer_counted) = (CURRENT.replace(Some(share)), COUNTED.replace(Duration::ZERO));
        Self { outer, outer_counted, started: Instant::now() }
    }

    /// Returns the time of the poll, and the part of it that is not counted yet.
    fn times(&self) -> (Duration, Duration) {
        let time = self.started.elapsed();
        (time, time.saturating_sub(COUNTED.get()))
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
        COUNTED.set(self.outer_counted + self.started.elapsed());
    }
}

/// The shares of all networks in the time of a serving thread. While connections or tasks wait, the shares are renewed each
/// time that the thread has looked for events.
#[derive(Default)]
pub struct Shares(Mutex<State>);

#[derive(Default)]
struct State {
    /// The time that each network has used since the shares were renewed.
    used: HashMap<IpAddr, Duration>,
    /// The sum of [`Self::used`].
    used_by_all: Duration,
    /// The time that connections and tasks from queues have used since the shares were renewed. Such a connection or task is
    /// *called* when it is removed from its queue and woken.
    used_by_called: Duration,
    /// The connections and tasks of each network that wait. No queue is empty.
    queues: HashMap<IpAddr, VecDeque<Arc<Waiting>>>,
    /// The networks that have a queue, in the order in which they are served.
    rotation: VecDeque<IpAddr>,
    /// The connection or task that was called last. `None` if all queues were empty at the last call. The
    /// next connection or task is then called when the shares are renewed.
    last_called: Option<Weak<Waiting>>,
    is_being_renewed: bool,
}

/// The share of a network.
#[derive(Clone)]
struct Share {
    shares: Arc<Shares>,
    network: IpAddr,
}

/// A connection or task in the queue of its network.
struct Waiting {
    /// Whether it was removed from the queue, and may be polled.
    is_called: AtomicBool,
    task: Waker,
}

/// A connection or task that uses the share of its network.
pub struct ShareMember {
    share: Share,
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
        ShareMember { share: Share { shares: Arc::clone(self), network: network(address) }, waiting: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spawns a task that runs each time that the thread has looked for events. Each time, it renews the shares and calls
    /// one waiting connection or task. It ends when none waits.
    ///
    /// The task calls the next one even if the one that it called before has not been polled yet. For example, a request of
    /// a proxy is polled by the connection of the proxy, which may itself be waiting in the queue of the proxy's network.
    fn renew(self: &Arc<Self>, state: &mut State) {
        if replace(&mut state.is_being_renewed, true) {
            return;
        }
        let shares = Arc::clone(self);
        drop(tokio::spawn(async move {
            loop {
                yield_now().await;
                let mut state = shares.state();
                state.used.clear();
                (state.used_by_all, state.used_by_called) = (Duration::ZERO, Duration::ZERO);
                if !state.call_next() {
                    state.is_being_renewed = false;
                    break;
                }
            }
        }));
    }
}

impl ShareMember {
    /// Reports whether the connection or task may be polled. If not, it joins the queue, and is woken when it is called.
    pub fn begin(&mut self, context: &Context<'_>) -> bool {
        if let Some(waiting) = &self.waiting {
            return waiting.is_called.load(Relaxed);
        }
        let may_begin = self.share.shares.state().may_begin(self.share.network);
        if !may_begin {
            self.wait(context);
        }
        may_begin
    }

    /// Joins the queue. The connection or task is woken when it is called, and may be polled only then.
    pub fn wait(&mut self, context: &Context<'_>) {
        self.join(context.waker().clone(), VecDeque::push_back);
    }

    fn join(&mut self, task: Waker, push: fn(&mut VecDeque<Arc<Waiting>>, Arc<Waiting>)) {
        let waiting = Arc::new(Waiting { is_called: AtomicBool::new(false), task });
        let Share { shares, network } = &self.share;
        let mut state = shares.state();
        state.join(*network, Arc::clone(&waiting), push);
        self.waiting = Some(waiting);
        shares.renew(&mut state);
    }

    /// Polls the connection or task, and adds the time of the poll to the time that its network has used. Polls within this
    /// poll have already added their own times, so these are left out. If the polled connection or task was the last one
    /// that was called, this calls the next one, unless all that were called have used `TIME` together.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        self.poll_first(poll, || None)
    }

    /// Polls a connection like [`Self::poll`]. If it has to complete its turn, `first` returns its waker. It then joins the
    /// queue as the first one, before the next one is called.
    pub fn poll_first<T>(&mut self, poll: impl FnOnce() -> T, first: impl FnOnce() -> Option<Waker>) -> T {
        let current = Current::of(self.share.clone());
        let polled = poll();
        let (time, uncounted) = current.times();
        drop(current);
        self.waiting = None;
        if let Some(task) = first() {
            self.join(task, VecDeque::push_front);
        }
        let Share { shares, network } = &self.share;
        let mut state = shares.state();
        *state.used.entry(*network).or_default() += uncounted;
        state.used_by_all += uncounted;
        // The one that was called last has been polled or has ended, so nothing refers to it.
        if state.last_called.as_ref().is_some_and(|called| called.strong_count() == 0) {
            state.used_by_called += time;
            if state.used_by_called < TIME {
                state.call_next();
            }
        }
        // The shares are renewed even if none waits, so that `used` is emptied.
        if state.used_by_all >= TIME {
            shares.renew(&mut state);
        }
        polled
    }
}

impl Share {
    /// Reports whether the connection or task that this thread polls now uses this share.
    fn is_current(&self) -> bool {
        let is_this = |current: &Self| current.network == self.network && Arc::ptr_eq(&current.shares, &self.shares);
        CURRENT.with_borrow(|current| current.as_ref().is_some_and(is_this))
    }
}

impl State {
    /// Reports whether a connection or task of this network may be polled without waiting.
    fn may_begin(&self, network: IpAddr) -> bool {
        !self.queues.contains_key(&network) && self.used.get(&network).is_none_or(|used| *used < TIME)
    }

    /// Adds a connection or task to the queue of its network.
    fn join(&mut self, network: IpAddr, waiting: Arc<Waiting>, push: fn(&mut VecDeque<Arc<Waiting>>, Arc<Waiting>)) {
        let queue = self.queues.entry(network).or_default();
        if queue.is_empty() {
            self.rotation.push_back(network);
        }
        push(queue, waiting);
    }

    /// Calls the first connection or task in the queue of the next network: removes and wakes it. Reports whether one
    /// waited.
    fn call_next(&mut self) -> bool {
        self.last_called = None;
        while let Some(network) = self.rotation.pop_front() {
            let mut queue = self.queues.remove(&network).unwrap_or_default();
            // If a connection or task has ended, the queue had the only reference.
            let called = iter::from_fn(|| queue.pop_front()).find(|waiting| Arc::strong_count(waiting) > 1);
            if !queue.is_empty() {
                self.queues.insert(network, queue);
                self.rotation.push_back(network);
            }
            if let Some(called) = called {
                called.is_called.store(true, Relaxed);
                called.task.wake_by_ref();
                self.last_called = Some(Arc::downgrade(&called));
                return true;
            }
        }
        false
    }
}
