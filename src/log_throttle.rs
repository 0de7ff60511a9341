//! Limits how often the service writes a log line that clients can cause, or that many operations cause at once.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Minimum interval between two log lines about the same failure of the database. While the database is not available, every
/// operation fails.
pub const FAILURE_INTERVAL: Duration = Duration::from_secs(1);

/// Permits an action at most once per interval. Threads share it.
#[derive(Debug)]
pub struct LogThrottle {
    started: Instant,
    interval: Duration,
    /// Milliseconds after `started` at which the action is permitted again.
    next: AtomicU64,
    suppressed: AtomicU64,
}

impl LogThrottle {
    /// Creates a throttle that permits the action immediately, and then once per interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self { started: Instant::now(), interval, next: AtomicU64::new(0), suppressed: AtomicU64::new(0) }
    }

    /// Permits the action, and returns how often it was suppressed since it was last permitted. Returns `None` if the action
    /// is not permitted now.
    pub fn permit(&self) -> Option<u64> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = now.saturating_add(u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX));
        let won = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| (at <= now).then_some(next)).is_ok();
        if won {
            return Some(self.suppressed.swap(0, Ordering::Relaxed));
        }
        self.suppressed.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_permitted_once_per_interval() {
        let hourly = LogThrottle::new(Duration::from_hours(1));
        assert_eq!([hourly.permit(), hourly.permit(), hourly.permit()], [Some(0), None, None]);
        let always = LogThrottle::new(Duration::ZERO);
        assert_eq!([always.permit(), always.permit()], [Some(0), Some(0)]);
    }
}
