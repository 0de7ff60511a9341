//! What happens on a connection, as far as its limits need to know.

use std::{cell::Cell, rc::Rc};

use tokio::time::Instant;

use super::{ConnectionLimits, end::End, overhead::Overhead, pace::Pace};

/// What happens on a connection. The stream and the requests note it, [`Watched`](super::watched::Watched) reads it.
pub struct Activity {
    under_way: Cell<usize>,
    /// When the last request ended; when the connection was opened, before the first.
    quiet_since: Cell<Instant>,
    /// Whether a request ever began.
    was_used: Cell<bool>,
    /// When the head that is not complete began to come; `None` when there is none.
    head_since: Cell<Option<Instant>>,
    /// What was written and is not taken; `None` when nothing waits.
    waiting: Cell<Option<Pace>>,
    /// Bytes without a purpose; `None` on HTTP/1.1, whose states have no room for any.
    overhead: Cell<Option<Overhead>>,
    ended: Cell<Option<End>>,
}

/// A request that is under way, from its head until its response has no more to give.
pub struct UnderWay(Rc<Activity>);

impl Activity {
    /// A connection that was opened now.
    pub fn new() -> Self {
        Self {
            under_way: Cell::new(0),
            quiet_since: Cell::new(Instant::now()),
            was_used: Cell::new(false),
            head_since: Cell::new(None),
            waiting: Cell::new(None),
            overhead: Cell::new(None),
            ended: Cell::new(None),
        }
    }

    /// The connection turns out to speak HTTP/2: bytes between its requests are no heads. So many may come before any are of use.
    pub fn speaks_http2(&self, ahead: u64) {
        self.overhead.set(Some(Overhead::new(ahead)));
    }

    /// The connection was set up, and is as good as one that was used before.
    pub fn is_set_up(&self) {
        self.was_used.set(true);
        self.quiet_since.set(Instant::now());
    }

    /// A request begins.
    pub fn begin(self: Rc<Self>) -> UnderWay {
        self.under_way.set(self.under_way.get() + 1);
        self.was_used.set(true);
        self.head_since.set(None);
        self.credit(Overhead::REQUEST);
        UnderWay(self)
    }

    /// Whether the bytes that come next may be the beginning of a head of HTTP/1.1.
    pub fn expects_head(&self) -> bool {
        self.under_way.get() == 0 && self.head_since.get().is_none() && self.overhead.get().is_none()
    }

    /// Bytes came.
    pub fn received(&self, bytes: usize) {
        if let Some(mut overhead) = self.overhead.get() {
            if overhead.spend(bytes as u64).is_err() {
                self.end(End::Flood);
            }
            self.overhead.set(Some(overhead));
        } else if self.expects_head() {
            self.head_since.set(Some(Instant::now()));
        }
    }

    /// Bytes that came were of use, or bytes were sent that have to be confirmed.
    pub fn credit(&self, bytes: u64) {
        if let Some(mut overhead) = self.overhead.get() {
            overhead.earn(bytes);
            self.overhead.set(Some(overhead));
        }
    }

    /// Bytes were written; `all` when nothing waits after them.
    pub fn written(&self, bytes: usize, all: bool) {
        self.credit(bytes as u64 / Overhead::SENT);
        match (self.waiting.get(), all) {
            (None, true) => {}
            (Some(_), true) => {
                self.waiting.set(None);
                let now = Instant::now();
                self.quiet_since.set(now);
                self.head_since.set(self.head_since.get().map(|_| now));
            }
            (pace, false) => {
                let mut pace = pace.unwrap_or_else(Pace::begin);
                pace.taken(bytes);
                self.waiting.set(Some(pace));
            }
        }
    }

    /// Nothing could be written, and something has to be.
    pub fn blocked(&self) {
        if !self.waits() {
            self.waiting.set(Some(Pace::begin()));
        }
    }

    /// Whether something waits to be written.
    pub fn waits(&self) -> bool {
        self.waiting.get().is_some()
    }

    /// Ends the connection as soon as it is polled.
    pub fn end(&self, end: End) {
        if self.ended.get().is_none() {
            self.ended.set(Some(end));
        }
    }

    /// Why the service ends the connection; `None` while it does not.
    pub fn ended(&self) -> Option<End> {
        self.ended.get()
    }

    /// Whether some of a head came, and not all of it.
    pub fn has_part_of_a_head(&self) -> bool {
        self.head_since.get().is_some()
    }

    /// When the connection is ended unless something happens until then, and why; `None` while there is no such time.
    pub fn due(&self, limits: &ConnectionLimits) -> Option<(Instant, End)> {
        if let Some(pace) = self.waiting.get() {
            let (at, lag) = pace.due(limits);
            return Some((at, End::Response(lag)));
        }
        if self.under_way.get() > 0 {
            return None;
        }
        Some(match self.head_since.get() {
            Some(since) => (since + limits.head, End::Head),
            None if !self.was_used.get() => (self.quiet_since.get() + limits.head, End::Head),
            // HTTP/2 says goodbye itself, and has to have come to an end soon after.
            None if self.overhead.get().is_some() => (self.quiet_since.get() + limits.idle + limits.hang_up, End::Idle),
            None => (self.quiet_since.get() + limits.idle, End::Idle),
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let left = self.0.under_way.get().saturating_sub(1);
        self.0.under_way.set(left);
        if left == 0 {
            self.0.quiet_since.set(Instant::now());
        }
    }
}
