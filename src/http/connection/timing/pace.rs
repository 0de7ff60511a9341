//! How fast a client reads.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::super::Lag;

/// How far a client lags behind the minimum rate while it reads one response or message.
///
/// The lag grows while bytes wait for the client, and each byte that it reads reduces the lag. So reading `n` bytes takes
/// at most `stall_timeout + n / rate`, in any number of pieces.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rate: u64,
    stall_timeout: Duration,
    /// The lag at the last update.
    lag: Duration,
    /// The time of the last update while bytes wait; `None` while no bytes wait.
    waiting: Option<Instant>,
}

impl Pace {
    /// Creates the pace of a client that has `stall_timeout` to read a message, and in addition one second for each `rate`
    /// bytes.
    #[must_use]
    pub fn new(rate: u64, stall_timeout: Duration) -> Self {
        Self { rate: rate.max(1), stall_timeout, lag: Duration::ZERO, waiting: None }
    }

    /// Records that bytes wait for the client. It does nothing if bytes wait already.
    pub fn start_waiting(&mut self) {
        self.waiting.get_or_insert_with(Instant::now);
    }

    /// Records that the client has read bytes. Further bytes may still wait.
    pub fn advance(&mut self, bytes: usize) {
        let now = Instant::now();
        let waited = self.waiting.map_or(Duration::ZERO, |since| now - since);
        let earned = Duration::from_micros((bytes as u64).saturating_mul(1_000_000) / self.rate);
        self.lag = (self.lag + waited).saturating_sub(earned);
        self.waiting = self.waiting.map(|_| now);
    }

    /// Records that no bytes wait.
    pub fn stop_waiting(&mut self) {
        self.advance(0);
        self.waiting = None;
    }

    /// Reports whether bytes wait.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Returns when the client reaches the maximum lag unless it reads more, and the kind of lag; `None` while no bytes
    /// wait.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, Lag)> {
        self.waiting.map(|since| self.deadline_after(since))
    }

    /// Waits for `read`, which is ready when the client has read some bytes. The caller then calls [`Self::advance`] with
    /// the number of these bytes.
    ///
    /// # Errors
    /// Returns the kind of lag if the client reaches the maximum lag before `read` is ready.
    pub async fn until<T>(&mut self, read: impl Future<Output = T>) -> Result<T, Lag> {
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let (deadline, lag) = self.deadline_after(since);
        timeout_at(deadline, read).await.map_err(|_| lag)
    }

    fn deadline_after(&self, since: Instant) -> (Instant, Lag) {
        let lag = if self.lag.is_zero() { Lag::Stalled } else { Lag::Slow };
        (since + self.stall_timeout.saturating_sub(self.lag), lag)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const SLICE: usize = 32 * 1024;

    fn left(pace: &Pace) -> Option<(u64, Lag)> {
        pace.deadline().map(|(deadline, lag)| ((deadline - Instant::now()).as_secs(), lag))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_one_slice_a_minute_reaches_the_limit_in_the_second_minute() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.start_waiting();
        assert_eq!(left(&pace), Some((60, Lag::Stalled)));
        advance(Duration::from_secs(59)).await;
        pace.advance(SLICE);
        // Bytes waited for 59 s. The minimum rate allows 8 s for the bytes that the client read, so 51 s of lag remain.
        pace.stop_waiting();
        assert_eq!(left(&pace), None);
        pace.start_waiting();
        assert_eq!(left(&pace), Some((9, Lag::Slow)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_at_the_minimum_rate_never_reaches_the_limit() {
        let mut pace = Pace::new(4096, MINUTE);
        for _ in 0..1000 {
            pace.start_waiting();
            advance(Duration::from_secs(8)).await;
            pace.advance(SLICE);
            pace.stop_waiting();
        }
        pace.start_waiting();
        assert_eq!(left(&pace), Some((60, Lag::Stalled)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_was_fast_at_first_has_no_credit() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.start_waiting();
        pace.advance(1 << 30);
        for _ in 0..2 {
            advance(Duration::from_secs(30)).await;
            pace.advance(1);
        }
        assert_eq!(left(&pace), Some((0, Lag::Slow)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_without_waiting_bytes_does_not_count() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.start_waiting();
        advance(Duration::from_secs(10)).await;
        pace.stop_waiting();
        advance(Duration::from_hours(1)).await;
        pace.start_waiting();
        assert_eq!(left(&pace), Some((50, Lag::Slow)));
    }
}
