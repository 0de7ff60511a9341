//! What a client of HTTP/2 sends beside requests and bodies: pings, settings, windows, empty frames.
//!
//! Each such frame costs work and brings none, so they have to stay a small part of what is of use. One budget of bytes holds for all
//! kinds of frames, as they are and as they may come to be. It is spent by every byte that comes, and earned by requests, by responses
//! that have to be confirmed, and slowly by time.
//!
//! Payload of `DATA` costs nothing as far as the client was given a window for it, whether it is read or not: a proxy sends the body of
//! one client on when the request is refused already, and its other clients must not suffer from that.

use tokio::time::Instant;

use super::frames::{Frames, HEADER, Part};

/// What is left of the budget of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Overhead {
    frames: Frames,
    left: u64,
    most: u64,
    earned_until: Instant,
    /// Payload of `DATA` that may still come for nothing, and how much that is at most.
    bodies: u64,
    most_bodies: u64,
    /// Heads that came and are no requests yet, and their bytes. Those that `h2` refuses never become any.
    heads: u64,
    head_bytes: u64,
}

impl Overhead {
    /// What a request earns beside its head, in bytes: about fifteen frames that go with it, such as windows, pings and priorities.
    pub const REQUEST: u64 = 256;
    /// Bytes that are sent earn a byte for each of so many: a window is opened again after some of them.
    pub const SENT: u64 = 8;
    /// What a second earns, in bytes.
    const SECOND: u64 = 1024;

    /// A budget of so many bytes, not yet spent. The connection has this window, and each of so many streams has one as large.
    pub fn new(most: u64, window: u64, streams: u32) -> Self {
        let (frames, earned_until) = (Frames::new(), Instant::now());
        let most_bodies = window * (u64::from(streams) + 1);
        Self { frames, left: most, most, earned_until, bodies: window, most_bodies, heads: 0, head_bytes: 0 }
    }

    /// Spends the bytes that came.
    ///
    /// # Errors
    /// When so many are not left.
    pub fn spend(&mut self, mut came: &[u8]) -> Result<(), ()> {
        let mut spent = 0;
        while let Some((part, bytes)) = self.frames.next(&mut came) {
            let bytes = bytes as u64;
            let free = if part == Part::Body { bytes.min(self.bodies) } else { 0 };
            self.bodies -= free;
            spent += bytes - free;
            match part {
                Part::Head => self.head_bytes += bytes,
                Part::HeadBegins => (self.heads, self.head_bytes) = (self.heads + 1, self.head_bytes + HEADER as u64),
                Part::Body | Part::Other => {}
            }
        }
        if spent > self.left {
            let now = Instant::now();
            self.earn((now - self.earned_until).as_secs() * Self::SECOND);
            self.earned_until = now;
        }
        self.left = self.left.checked_sub(spent).ok_or(())?;
        Ok(())
    }

    /// Earns what a request took: as much as its head has on average of those that came.
    pub fn request(&mut self) {
        let head = self.head_bytes / self.heads.max(1);
        self.heads = self.heads.saturating_sub(1);
        self.head_bytes -= head;
        self.earn(head + Self::REQUEST);
    }

    /// The client was given a window for so many bytes of a body.
    pub fn window(&mut self, bytes: u64) {
        self.bodies = self.bodies.saturating_add(bytes).min(self.most_bodies);
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
    use crate::http::connection::preface::PREFACE;

    /// A budget after the preface.
    fn overhead(most: u64) -> Overhead {
        let mut overhead = Overhead::new(most, 300, 1);
        assert!(overhead.spend(PREFACE).is_ok());
        overhead.earn(most);
        overhead
    }

    fn frame(kind: u8, payload: u8) -> Vec<u8> {
        [&[0, 0, payload, kind, 0, 0, 0, 0, 1][..], &vec![0; payload.into()]].concat()
    }

    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const PING: u8 = 6;

    #[tokio::test(start_paused = true)]
    async fn a_budget_is_spent_by_bytes_and_earned_by_use_and_time() {
        let mut overhead = overhead(2000);
        assert!(overhead.spend(&frame(PING, 91).repeat(20)).is_ok());
        assert!(overhead.spend(&[0]).is_err());
        overhead.earn(100);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(overhead.spend(&[0; 2000]).is_ok());
        assert!(overhead.spend(&[0]).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_earns_what_its_head_took_and_a_little_more() {
        let mut overhead = overhead(10_000);
        for _ in 0..100 {
            // Of two heads one is refused.
            overhead.spend(&frame(HEADERS, 191).repeat(2)).unwrap();
            overhead.request();
        }
        // Each time 400 bytes are spent, and 200 and 256 earned.
        assert_eq!(overhead.left, 10_000);
        let mut overhead = self::overhead(10_000);
        for _ in 0..16 {
            overhead.spend(&[frame(HEADERS, 31), frame(PING, 8).repeat(50)].concat()).unwrap();
            overhead.request();
        }
        assert_eq!(
            overhead.left,
            10_000 - 16 * (50 * 17 - Overhead::REQUEST),
            "pings are paid though requests are between them"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_costs_nothing_within_its_window() {
        let mut overhead = overhead(1000);
        // That of the connection, and that of a stream.
        overhead.window(300);
        overhead.window(300);
        overhead.spend(&frame(DATA, 200).repeat(3)).unwrap();
        assert_eq!(overhead.left, 1000 - 27);
        overhead.spend(&frame(DATA, 200)).unwrap();
        assert_eq!(overhead.left, 1000 - 36 - 200);
    }
}
