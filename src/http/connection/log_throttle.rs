//! Lines of the log that clients can bring about at will.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Something that is done seldom, however often there is a reason. Threads share it.
#[derive(Debug)]
pub struct LogThrottle {
    started: Instant,
    every: Duration,
    /// Milliseconds after the start when it may be done again.
    next: AtomicU64,
    unseen: AtomicU64,
}

impl LogThrottle {
    /// Something that may be done at once, and then again after so long.
    #[must_use]
    pub fn new(every: Duration) -> Self {
        Self { started: Instant::now(), every, next: AtomicU64::new(0), unseen: AtomicU64::new(0) }
    }

    /// Whether it is done now, and how often it was not since the last time.
    pub fn now(&self) -> Option<u64> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = now.saturating_add(u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX));
        let won = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| (at <= now).then_some(next)).is_ok();
        if won {
            return Some(self.unseen.swap(0, Ordering::Relaxed));
        }
        self.unseen.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_told_once_in_a_while() {
        let seldom = LogThrottle::new(Duration::from_hours(1));
        assert_eq!([seldom.now(), seldom.now(), seldom.now()], [Some(0), None, None]);
        let always = LogThrottle::new(Duration::ZERO);
        assert_eq!([always.now(), always.now()], [Some(0), Some(0)]);
    }
}
