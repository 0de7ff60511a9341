//! The limit of HTTP/2 frames other than requests and bodies: pings, settings, window updates, empty frames.
//!
//! Such frames cause work, so they must be a small part of the traffic. There is one budget of bytes for all types of
//! frames, including unknown ones. Every byte that arrives is deducted from it, except for the payload of `DATA` frames
//! within the flow-control window. Requests, sent bytes and time add to it. A request that is refused because its client has
//! no memory left for the stream adds nothing.
//!
//! The payload within the window is free even if the service does not read it. A proxy may still send the body of one
//! client after the service has refused the request, and the other clients of the proxy must not lose the connection.

use tokio::time::Instant;

use super::{
    frame_parts::{FramePart, FrameParts, HEADER},
    header_table::HeaderTable,
};

/// The remaining budget of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Overhead {
    frames: FrameParts,
    table: HeaderTable,
    left: u64,
    limit: u64,
    earned_until: Instant,
    /// Bytes of `DATA` payload that are still free, and their maximum.
    free_body: u64,
    max_free_body: u64,
    /// Heads that have arrived and are not counted as requests yet, and their bytes. Heads that `h2` refuses never become
    /// requests.
    heads: u64,
    head_bytes: u64,
    /// Bytes of the latest head.
    latest_head: u64,
    /// Whether the latest head began in the latest bytes.
    is_head_new: bool,
}

impl Overhead {
    /// Bytes that a request adds, in addition to the average length of the heads that have arrived: about fifteen frames
    /// that accompany a request, such as window updates, pings and priorities.
    pub const REQUEST: u64 = 256;
    /// The budget grows by one byte each time the service has sent this number of bytes, because the client has to send
    /// window updates for sent bytes.
    pub const SENT: u64 = 8;
    /// Bytes that each second adds.
    const SECOND: u64 = 1024;

    /// Creates a budget of `limit` bytes. `window` is the flow-control window of the connection and of each of its `streams`
    /// streams.
    pub fn new(limit: u64, window: u64, streams: u32) -> Self {
        let (frames, earned_until) = (FrameParts::new(), Instant::now());
        let max_free_body = window * (u64::from(streams) + 1);
        Self {
            frames,
            table: HeaderTable::default(),
            left: limit,
            limit,
            earned_until,
            free_body: window,
            max_free_body,
            heads: 0,
            head_bytes: 0,
            latest_head: 0,
            is_head_new: false,
        }
    }

    /// Deducts bytes that have arrived.
    ///
    /// # Errors
    /// Returns an error if the budget is too small, if a client may never send such a frame, or if the header table may
    /// retain too many bytes.
    pub fn spend(&mut self, mut input: &[u8]) -> Result<(), ()> {
        let mut spent = 0;
        self.is_head_new = false;
        while let Some((part, length)) = self.frames.next(input) {
            input = &input[length..];
            let bytes = length as u64;
            let free = if part == FramePart::Body { bytes.min(self.free_body) } else { 0 };
            self.free_body -= free;
            spent += bytes - free;
            match part {
                FramePart::Head | FramePart::TableOff => {
                    self.head_bytes += bytes;
                    self.latest_head += bytes;
                    self.table.add_head(bytes);
                }
                FramePart::HeadBegins => {
                    (self.heads, self.head_bytes) = (self.heads + 1, self.head_bytes + HEADER as u64);
                    (self.latest_head, self.is_head_new) = (HEADER as u64, true);
                    self.table.begin_head();
                }
                FramePart::Body | FramePart::Other => self.table.add_other(bytes),
                FramePart::Forbidden => return Err(()),
            }
            if part == FramePart::TableOff {
                self.table = HeaderTable::Off;
            }
        }
        if spent > self.left {
            let now = Instant::now();
            self.earn((now - self.earned_until).as_secs() * Self::SECOND);
            self.earned_until = now;
        }
        self.left = self.left.checked_sub(spent).ok_or(())?;
        if self.table.is_too_long() { Err(()) } else { Ok(()) }
    }

    /// Returns the bytes of the head that has begun and is not complete; 0 if there is none.
    pub fn incomplete_head(&self) -> u64 {
        if self.frames.is_in_head() { self.latest_head } else { 0 }
    }

    /// Returns the bytes whose memory is in use: those of the incomplete head, and those that the header table may retain.
    pub fn memory(&self) -> u64 {
        self.incomplete_head().max(self.table.retained())
    }

    /// Records that no memory is left for the header table, so the client has to open another connection. Returns
    /// the bytes for which memory must be reserved nevertheless: those of the incomplete head.
    pub fn fill_table(&mut self) -> u64 {
        self.table.fill();
        self.incomplete_head()
    }

    /// Reports whether the client has to open another connection, because of its header table.
    pub fn is_table_full(&self) -> bool {
        self.table.is_full()
    }

    /// Reports whether the latest head began in the latest bytes.
    pub fn is_head_new(&self) -> bool {
        self.is_head_new
    }

    /// Adds the bytes for a request: [`Self::REQUEST`], and the average length of the heads that have arrived.
    pub fn request(&mut self) {
        let head = self.head_bytes / self.heads.max(1);
        self.heads = self.heads.saturating_sub(1);
        self.head_bytes -= head;
        self.earn(head + Self::REQUEST);
    }

    /// Records that the client may send this number of additional bytes in the bodies of requests.
    pub fn open_window(&mut self, bytes: u64) {
        self.free_body = self.free_body.saturating_add(bytes).min(self.max_free_body);
    }

    /// Adds bytes to the budget, up to its limit.
    pub fn earn(&mut self, bytes: u64) {
        self.left = self.left.saturating_add(bytes).min(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::connection::http2::PREFACE;

    /// Returns a full budget of a connection whose preface has arrived.
    fn overhead(limit: u64) -> Overhead {
        let mut overhead = Overhead::new(limit, 300, 1);
        assert!(overhead.spend(PREFACE).is_ok());
        overhead.earn(limit);
        overhead
    }

    fn frame(kind: u8, payload: u8) -> Vec<u8> {
        [&[0, 0, payload, kind, 0, 0, 0, 0, 1][..], &vec![0; payload.into()]].concat()
    }

    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const PING: u8 = 6;

    #[tokio::test(start_paused = true)]
    async fn bytes_are_deducted_from_the_budget_and_time_adds_to_it() {
        let mut overhead = overhead(2000);
        assert!(overhead.spend(&frame(PING, 91).repeat(20)).is_ok());
        assert!(overhead.spend(&[0]).is_err());
        overhead.earn(100);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(overhead.spend(&[0; 2000]).is_ok());
        assert!(overhead.spend(&[0]).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_adds_the_average_length_of_a_head_and_256_bytes() {
        let mut overhead = overhead(10_000);
        for _ in 0..100 {
            // One of the two heads is refused.
            overhead.spend(&frame(HEADERS, 191).repeat(2)).unwrap();
            overhead.request();
        }
        // Each time 400 bytes are deducted, and 200 and 256 are added.
        assert_eq!(overhead.left, 10_000);
        let mut overhead = self::overhead(10_000);
        for _ in 0..16 {
            overhead.spend(&[frame(HEADERS, 31), frame(PING, 8).repeat(50)].concat()).unwrap();
            overhead.request();
        }
        assert_eq!(
            overhead.left,
            10_000 - 16 * (50 * 17 - Overhead::REQUEST),
            "pings are deducted even if requests are between them"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_free_within_its_window() {
        let mut overhead = overhead(1000);
        // The windows of the connection and of a stream.
        overhead.open_window(300);
        overhead.open_window(300);
        overhead.spend(&frame(DATA, 200).repeat(3)).unwrap();
        assert_eq!(overhead.left, 1000 - 27);
        overhead.spend(&frame(DATA, 200)).unwrap();
        assert_eq!(overhead.left, 1000 - 36 - 200);
    }
}
