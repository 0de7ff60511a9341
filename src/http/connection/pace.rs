//! How fast a client takes what waits for it.

use std::time::Duration;

use tokio::time::Instant;

use super::{ConnectionLimits, end::Lag};

/// Bytes that wait for a client, and how fast they are taken.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    since: Instant,
    progress: Instant,
    taken: u64,
}

impl Pace {
    /// Bytes begin to wait.
    pub fn begin() -> Self {
        let now = Instant::now();
        Self { since: now, progress: now, taken: 0 }
    }

    /// Some of the bytes were taken.
    pub fn taken(&mut self, bytes: usize) {
        self.progress = Instant::now();
        self.taken += bytes as u64;
    }

    /// When the client is given up unless it takes more until then, and why.
    pub fn due(&self, limits: &ConnectionLimits) -> (Instant, Lag) {
        let untaken = self.progress + limits.untaken;
        let slow =
            self.since + limits.grace.max(Duration::from_millis(self.taken.saturating_mul(1000) / limits.pace.max(1)));
        if slow < untaken { (slow, Lag::Slow) } else { (untaken, Lag::Untaken) }
    }
}
