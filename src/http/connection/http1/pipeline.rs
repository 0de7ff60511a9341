//! Counts the bytes of pipelined requests: those that have arrived on an HTTP/1.1 connection before they can begin.

use std::mem;

use crate::http::FIELD_MEMORY;

/// The requests that have arrived, in whole or in part, and have not begun.
///
/// Each request is counted in one of two batches, so nothing is stored for single requests. All bytes of a batch count
/// until the last request of the batch begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pipeline {
    /// The requests that begin next.
    next: Batch,
    /// The requests that begin after those.
    later: Batch,
    /// The bytes of an incomplete head, and of empty lines before it.
    head: u64,
    /// The lines of that head that have ended.
    lines: u64,
}

/// Requests whose heads are complete.
#[derive(Clone, Copy, Debug, Default)]
struct Batch {
    /// The number of requests that have not begun.
    requests: u64,
    /// The bytes of all its requests, with those that have begun, and the memory of their fields.
    bytes: u64,
}

impl Pipeline {
    /// Adds bytes of a head, or of the empty lines before it. `lines` lines of the head end in these bytes.
    pub fn head(&mut self, bytes: u64, lines: u64) {
        self.head += bytes;
        self.lines += lines;
    }

    /// Adds a request whose head is complete. The head counts if the request has to wait: its bytes, and the memory of its
    /// fields, because Actix parses the heads of waiting requests.
    pub fn end_head(&mut self, waits: bool) {
        let batch = if self.next.requests == 0 { &mut self.next } else { &mut self.later };
        batch.requests += 1;
        let (bytes, lines) = (mem::take(&mut self.head), mem::take(&mut self.lines));
        if waits {
            batch.bytes += bytes + lines * FIELD_MEMORY;
        }
    }

    /// Adds bytes of the body of the latest request. If it has begun, the bytes do not count.
    pub fn body(&mut self, bytes: u64) {
        let batch = if self.later.requests > 0 { &mut self.later } else { &mut self.next };
        if batch.requests > 0 {
            batch.bytes += bytes;
        }
    }

    /// Removes a request that begins.
    pub fn begin(&mut self) {
        self.next.requests = self.next.requests.saturating_sub(1);
        if self.next.requests == 0 {
            self.next = mem::take(&mut self.later);
        }
    }

    /// Returns the number of requests whose heads are complete.
    pub fn requests(&self) -> u64 {
        self.next.requests + self.later.requests
    }

    /// Returns the bytes that count.
    pub fn bytes(&self) -> u64 {
        self.next.bytes + self.later.bytes + self.head
    }
}

#[cfg(test)]
mod tests {
    use super::Pipeline;

    fn add(pipeline: &mut Pipeline, head: u64, body: u64) {
        pipeline.head(head, 0);
        pipeline.end_head(true);
        pipeline.body(body);
    }

    #[test]
    fn bytes_count_until_their_request_begins() {
        let mut pipeline = Pipeline::default();
        add(&mut pipeline, 10, 0);
        pipeline.begin();
        pipeline.body(1000);
        assert_eq!((pipeline.requests(), pipeline.bytes()), (0, 0), "a body of a request that has begun");
        add(&mut pipeline, 10, 100);
        add(&mut pipeline, 20, 200);
        pipeline.head(30, 0);
        assert_eq!((pipeline.requests(), pipeline.bytes()), (2, 360));
        pipeline.begin();
        assert_eq!((pipeline.requests(), pipeline.bytes()), (1, 250));
        pipeline.begin();
        assert_eq!((pipeline.requests(), pipeline.bytes()), (0, 30), "an incomplete head");
    }

    #[test]
    fn requests_that_always_wait_do_not_add_up() {
        let mut pipeline = Pipeline::default();
        for _ in 0..5 {
            add(&mut pipeline, 10, 100);
        }
        for _ in 0..1000 {
            pipeline.begin();
            add(&mut pipeline, 10, 100);
            assert!((550..1100).contains(&pipeline.bytes()), "{pipeline:?}");
        }
    }
}
