//! What a client of HTTP/2 sends beside requests and bodies: pings, settings, windows, empty frames.
//!
//! Each such frame costs work and brings none, so they have to stay a small part of what is of use. One budget of bytes holds for all
//! kinds of frames, as they are and as they may come to be. It is spent by every byte that comes, and earned by requests, by bodies,
//! by responses that have to be confirmed, and slowly by time.

use tokio::time::Instant;

/// What is left of the budget of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Overhead {
    left: u64,
    most: u64,
    earned_until: Instant,
}

impl Overhead {
    /// What a request earns, in bytes: its head, at most.
    pub const REQUEST: u64 = 64 * 1024;
    /// Bytes that are sent earn a byte for each of so many: a window is opened again after some of them.
    pub const SENT: u64 = 8;
    /// What a second earns, in bytes.
    const SECOND: u64 = 1024;

    /// A budget of so many bytes, not yet spent.
    pub fn new(most: u64) -> Self {
        Self { left: most, most, earned_until: Instant::now() }
    }

    /// Spends bytes.
    ///
    /// # Errors
    /// When so many are not left.
    pub fn spend(&mut self, bytes: u64) -> Result<(), ()> {
        if bytes > self.left {
            let now = Instant::now();
            self.earn((now - self.earned_until).as_secs() * Self::SECOND);
            self.earned_until = now;
        }
        self.left = self.left.checked_sub(bytes).ok_or(())?;
        Ok(())
    }

    /// Earns bytes.
    pub fn earn(&mut self, bytes: u64) {
        self.left = self.left.saturating_add(bytes).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_budget_is_spent_by_bytes_and_earned_by_use_and_time() {
        let mut overhead = Overhead::new(2000);
        assert!(overhead.spend(2000).is_ok());
        assert!(overhead.spend(1).is_err());
        overhead.earn(100);
        assert!(overhead.spend(100).is_ok());
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(overhead.spend(2000).is_ok());
        assert!(overhead.spend(1).is_err());
    }
}
