//! Measures what an operation took.

use std::time::{Duration, Instant};

use crate::store::statement::Dialect;

/// Runs while an operation does. On SQLite the work is done on the thread of the operation, so it measures the processor time of that thread, which
/// a busy machine does not lengthen; PostgreSQL works elsewhere, so there it measures the time that passes.
pub struct Stopwatch {
    passes: bool,
    started: Duration,
    begun: Instant,
}

impl Stopwatch {
    /// Starts to measure on this thread.
    pub fn start(dialect: Dialect) -> Self {
        Self { passes: dialect == Dialect::Postgres, started: thread_time().unwrap_or_default(), begun: Instant::now() }
    }

    /// Whole milliseconds since it was started, on the same thread.
    pub fn milliseconds(&self) -> u64 {
        let taken = match thread_time() {
            Some(now) if !self.passes => now.saturating_sub(self.started),
            _ => self.begun.elapsed(),
        };
        u64::try_from(taken.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Processor time of this thread; `None` where the system does not tell.
fn thread_time() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
    #[cfg(not(target_os = "linux"))]
    None
}
