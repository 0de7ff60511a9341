//! How fast a client takes what waits for it.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::end::Lag;

/// How far a client is behind the pace that it has to keep, for as long as one response or message lasts.
///
/// The clock runs while bytes wait for the client, and each byte that it takes sets the clock back. So `n` bytes wait for `stall_timeout` and
/// `n / rate` seconds altogether at most, in however many pieces they are handed to the connection.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rate: u64,
    stall_timeout: Duration,
    /// How far the client was behind when that was noted last.
    behind: Duration,
    /// When that was, while bytes wait; `None` while none do.
    waiting: Option<Instant>,
}

impl Pace {
    /// The pace of a client that has to take `rate` bytes a second, and may be `stall_timeout` behind.
    #[must_use]
    pub fn new(rate: u64, stall_timeout: Duration) -> Self {
        Self { rate: rate.max(1), stall_timeout, behind: Duration::ZERO, waiting: None }
    }

    /// Bytes wait from now on, if they do not already.
    pub fn wait(&mut self) {
        self.waiting.get_or_insert_with(Instant::now);
    }

    /// The client took bytes. Others may still wait.
    pub fn take(&mut self, bytes: usize) {
        let now = Instant::now();
        let waited = self.waiting.map_or(Duration::ZERO, |since| now - since);
        let earned = Duration::from_micros((bytes as u64).saturating_mul(1_000_000) / self.rate);
        self.behind = (self.behind + waited).saturating_sub(earned);
        self.waiting = self.waiting.map(|_| now);
    }

    /// Nothing waits from now on.
    pub fn rest(&mut self) {
        self.take(0);
        self.waiting = None;
    }

    /// Whether bytes wait.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// When the client is given up unless it takes more until then, and why; `None` while nothing waits.
    #[must_use]
    pub fn due(&self) -> Option<(Instant, Lag)> {
        self.waiting.map(|since| self.due_after(since))
    }

    /// Has bytes wait until the client takes some, which is when the future is ready. [`Self::take`] tells how many those are.
    ///
    /// # Errors
    /// When the client is too far behind before that, and why.
    pub async fn until<T>(&mut self, taken: impl Future<Output = T>) -> Result<T, Lag> {
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let (due, lag) = self.due_after(since);
        timeout_at(due, taken).await.map_err(|_| lag)
    }

    fn due_after(&self, since: Instant) -> (Instant, Lag) {
        let lag = if self.behind.is_zero() { Lag::Stalled } else { Lag::Slow };
        (since + self.stall_timeout.saturating_sub(self.behind), lag)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const SLICE: usize = 32 * 1024;

    fn left(pace: &Pace) -> Option<(u64, Lag)> {
        pace.due().map(|(due, lag)| ((due - Instant::now()).as_secs(), lag))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_slice_a_minute_is_given_up_in_the_second_minute() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.wait();
        assert_eq!(left(&pace), Some((60, Lag::Stalled)));
        advance(Duration::from_secs(59)).await;
        pace.take(SLICE);
        // It was 59 s late with 8 s worth of bytes, and the next slice does not make that good.
        pace.rest();
        assert_eq!(left(&pace), None);
        pace.wait();
        assert_eq!(left(&pace), Some((9, Lag::Slow)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_keeps_the_pace_is_never_given_up() {
        let mut pace = Pace::new(4096, MINUTE);
        for _ in 0..1000 {
            pace.wait();
            advance(Duration::from_secs(8)).await;
            pace.take(SLICE);
            pace.rest();
        }
        pace.wait();
        assert_eq!(left(&pace), Some((60, Lag::Stalled)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_was_fast_at_first_has_to_keep_the_pace_all_the_same() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.wait();
        pace.take(1 << 30);
        for _ in 0..2 {
            advance(Duration::from_secs(30)).await;
            pace.take(1);
        }
        assert_eq!(left(&pace), Some((0, Lag::Slow)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nothing_waits_does_not_count() {
        let mut pace = Pace::new(4096, MINUTE);
        pace.wait();
        advance(Duration::from_secs(10)).await;
        pace.rest();
        advance(Duration::from_hours(1)).await;
        pace.wait();
        assert_eq!(left(&pace), Some((50, Lag::Slow)));
    }
}
