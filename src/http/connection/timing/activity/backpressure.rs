//! Backpressure on HTTP/1.1: a client that does not read, or that sends requests faster than they are served, has to wait.

use std::{future::poll_fn, task::Poll};

use super::Activity;

/// Bytes of pipelined requests that may wait before nothing more is read. Actix would read on, and poll itself without a
/// pause when its buffer of 128 KiB is full.
const MAX_WAITING: u64 = 16 * 1024;

impl Activity {
    /// Waits until no bytes of earlier responses wait to be written.
    pub async fn until_written(&self) {
        poll_fn(|_| if self.is_waiting() { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    /// Reports whether the connection reads nothing for now: on HTTP/1.1, while responses wait to be written, and while
    /// [`MAX_WAITING`] bytes of pipelined requests wait. When that ends, the connection has another turn. On HTTP/2, the
    /// streams wait by themselves.
    pub fn is_reading_blocked(&self) -> bool {
        let pipeline = self.pipeline.get();
        let has_enough = pipeline.requests() > 0 && pipeline.bytes() >= MAX_WAITING;
        self.overhead.get().is_none() && (self.is_waiting() || has_enough)
    }
}
