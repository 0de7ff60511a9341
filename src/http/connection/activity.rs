//! What happens on a connection, as far as its limits need to know.

use std::{cell::Cell, rc::Rc};

use tokio::time::Instant;

use super::{ConnectionLimits, end::EndReason, overhead::Overhead, pace::Pace};

/// What ends the head of a request.
const HEAD_END: &[u8; 4] = b"\r\n\r\n";

/// What happens on a connection. The stream and the requests note it, [`Watched`](super::watched::Watched) reads it.
pub struct Activity {
    limits: Rc<ConnectionLimits>,
    under_way: Cell<usize>,
    /// When the last request ended; when the connection was opened, before the first.
    quiet_since: Cell<Instant>,
    /// Whether a request ever began.
    was_used: Cell<bool>,
    /// When the head that is not complete began to come; `None` when there is none.
    head_since: Cell<Option<Instant>>,
    /// How what was written is taken, from when a request begins until all of its response is taken.
    pace: Cell<Pace>,
    /// The last bytes that came on HTTP/1.1, and whether the request that began last has a body.
    tail: Cell<[u8; 4]>,
    has_body: Cell<bool>,
    /// Bytes without a purpose; `None` on HTTP/1.1, whose states have no room for any.
    overhead: Cell<Option<Overhead>>,
    /// Whether the last response said that no other follows.
    is_closing: Cell<bool>,
    ended: Cell<Option<EndReason>>,
}

/// A request that is under way, from its head until its response has no more to give.
pub struct UnderWay(Rc<Activity>);

impl Activity {
    /// A connection that was opened now.
    pub fn new(limits: Rc<ConnectionLimits>) -> Self {
        Self {
            pace: Cell::new(limits.pace()),
            limits,
            under_way: Cell::new(0),
            quiet_since: Cell::new(Instant::now()),
            was_used: Cell::new(false),
            head_since: Cell::new(None),
            tail: Cell::default(),
            has_body: Cell::new(false),
            overhead: Cell::new(None),
            is_closing: Cell::new(false),
            ended: Cell::new(None),
        }
    }

    /// The connection turns out to speak HTTP/2: bytes between its requests are no heads. The connection has this
    /// window for bodies, and each stream one as large.
    pub fn speaks_http2(&self, window: u32) {
        self.overhead.set(Some(Overhead::new(self.limits.max_overhead, window.into(), self.limits.max_streams)));
    }

    /// The connection was set up, and is as good as one that was used before.
    pub fn is_set_up(&self) {
        self.was_used.set(true);
        self.quiet_since.set(Instant::now());
    }

    /// A request begins, perhaps with a body.
    pub fn begin(self: Rc<Self>, has_body: bool) -> UnderWay {
        self.has_body.set(has_body);
        self.under_way.set(self.under_way.get() + 1);
        self.was_used.set(true);
        self.head_since.set(None);
        self.overhead(Overhead::request);
        UnderWay(self)
    }

    /// Whether the bytes that come next may be the beginning of a head of HTTP/1.1.
    pub fn expects_head(&self) -> bool {
        let is_quiet = self.under_way.get() == 0 && self.head_since.get().is_none();
        is_quiet && self.overhead.get().is_none() && !self.is_closing.get()
    }

    /// Bytes came.
    pub fn received(&self, came: &[u8]) {
        match self.overhead(|overhead| overhead.spend(came)) {
            Some(Err(())) => self.end(EndReason::Flood),
            Some(Ok(())) => {}
            None => {
                self.keep_tail(came);
                if self.expects_head() {
                    self.head_since.set(Some(Instant::now()));
                }
            }
        }
    }

    fn keep_tail(&self, came: &[u8]) {
        let mut tail = self.tail.get();
        let last = &came[came.len().saturating_sub(tail.len())..];
        tail.rotate_left(last.len());
        tail[4 - last.len()..].copy_from_slice(last);
        self.tail.set(tail);
    }

    /// Whether a part of a head came while the last request was under way. Behind a body nothing is known of that.
    fn ends_amid_a_head(&self) -> bool {
        self.overhead.get().is_none() && !self.has_body.get() && !self.is_closing.get() && self.tail.get() != *HEAD_END
    }

    /// The client may send so many bytes of a body of HTTP/2 from now on.
    pub fn opens_window(&self, bytes: u64) {
        self.overhead(|overhead| overhead.window(bytes));
    }

    fn overhead<T>(&self, change: impl FnOnce(&mut Overhead) -> T) -> Option<T> {
        let mut overhead = self.overhead.get()?;
        let changed = change(&mut overhead);
        self.overhead.set(Some(overhead));
        Some(changed)
    }

    /// Bytes were written; `all` when nothing waits after them.
    pub fn written(&self, bytes: usize, all: bool) {
        self.overhead(|overhead| overhead.earn(bytes as u64 / Overhead::SENT));
        let mut pace = self.pace.get();
        let waited = pace.waits();
        if !all {
            pace.wait();
        }
        pace.take(bytes);
        if all {
            pace.rest();
        }
        self.pace.set(pace);
        if all && waited {
            let now = Instant::now();
            self.quiet_since.set(now);
            self.head_since.set(self.head_since.get().map(|_| now));
            self.forget_pace();
        }
    }

    /// Nothing could be written, and something has to be.
    pub fn blocked(&self) {
        let mut pace = self.pace.get();
        pace.wait();
        self.pace.set(pace);
    }

    /// The next response has a pace of its own, when all of the last one is taken.
    fn forget_pace(&self) {
        if self.under_way.get() == 0 && !self.waits() {
            self.pace.set(self.limits.pace());
        }
    }

    /// Whether something waits to be written.
    pub fn waits(&self) -> bool {
        self.pace.get().waits()
    }

    /// Ends the connection as soon as it is polled.
    pub fn end(&self, end: EndReason) {
        if self.ended.get().is_none() {
            self.ended.set(Some(end));
        }
    }

    /// Why the service ends the connection; `None` while it does not.
    pub fn ended(&self) -> Option<EndReason> {
        self.ended.get()
    }

    /// Whether some of a head came, and not all of it.
    pub fn has_part_of_a_head(&self) -> bool {
        self.head_since.get().is_some()
    }

    /// When the connection is ended unless something happens until then, and why; `None` while there is no such time.
    pub fn due(&self) -> Option<(Instant, EndReason)> {
        let limits = &self.limits;
        if let Some((at, lag)) = self.pace.get().due() {
            return Some((at, EndReason::Response(lag)));
        }
        if self.under_way.get() > 0 {
            return None;
        }
        if self.is_closing.get() {
            // What still comes is the rest of a body that nobody wants.
            return Some((self.quiet_since.get() + limits.head_timeout, EndReason::Idle));
        }
        Some(match self.head_since.get() {
            Some(since) => (since + limits.head_timeout, EndReason::Head),
            None if !self.was_used.get() => (self.quiet_since.get() + limits.head_timeout, EndReason::Head),
            // HTTP/2 says goodbye itself, and has to have come to an end soon after.
            None if self.overhead.get().is_some() => (self.quiet_since.get() + limits.idle_timeout + limits.close_timeout, EndReason::Idle),
            None => (self.quiet_since.get() + limits.idle_timeout, EndReason::Idle),
        })
    }
}

impl UnderWay {
    /// The response says that no other follows.
    pub fn closes(&self) {
        self.0.is_closing.set(true);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let left = self.0.under_way.get().saturating_sub(1);
        self.0.under_way.set(left);
        if left == 0 {
            let now = Instant::now();
            self.0.quiet_since.set(now);
            self.0.head_since.set(self.0.ends_amid_a_head().then_some(now));
            self.0.forget_pace();
        }
    }
}
