//! The memory of the bytes that a connection stores.

use super::{Activity, EndReason, Overhead};

/// Maximum bytes of a response in the buffer of Actix: it adds a slice of 32 KiB while the buffer has less than 32 KiB.
const UNREAD: u64 = 64 * 1024;

impl Activity {
    /// Records that the request has a body that the application has not read.
    pub fn begin_body(&self) {
        self.read_body.set(Some(0));
    }

    /// Records that the application has read bytes of the body.
    pub fn record_read(&self, bytes: usize) {
        self.read_body.set(self.read_body.get().map(|read| read + bytes as u64));
        self.adjust(self.stored());
    }

    /// Records that the application has read the whole body, or has dropped it.
    pub fn end_body(&self) {
        self.read_body.set(None);
        self.adjust(self.stored());
    }

    /// Returns the number of bytes that the connection stores: on HTTP/1.1 those of the pipeline, of the body that the
    /// application has not read, and of responses that wait to be written; on HTTP/2 those of an incomplete head and of the
    /// header table. The streams of HTTP/2 count their bytes themselves.
    fn stored(&self) -> u64 {
        let body = self.read_body.get().map_or(0, |read| self.since_head.get().saturating_sub(read));
        self.overhead(|overhead| overhead.memory())
            .unwrap_or_else(|| self.pipeline.get().bytes() + body + self.unwritten.get())
    }

    /// Reserves memory for bytes that have arrived. If the account has no memory left for the header table of HTTP/2, the
    /// client has to open another connection. If it has none for other bytes, the connection ends.
    pub(super) fn reserve(&self) {
        let is_reserved = self.adjust(self.stored())
            || self.overhead(Overhead::fill_table).is_some_and(|incomplete_head| self.adjust(incomplete_head));
        if !is_reserved {
            self.end(EndReason::Memory);
        }
    }

    /// Records that the body of the response of HTTP/1.1 has a reservation of its own, or is an event stream.
    pub fn record_reserved_body(&self) {
        self.has_reserved_body.set(true);
    }

    /// Records whether bytes of a response wait because the kernel accepts none: then [`UNREAD`] bytes are reserved.
    pub(super) fn record_unwritten(&self, is_unwritten: bool) {
        let bytes = if is_unwritten { UNREAD } else { 0 };
        if self.unwritten.replace(bytes) != bytes {
            self.reserve_unwritten();
        }
    }

    /// Changes the reservation for the bytes of a response that the kernel has not accepted. If no memory is left for them,
    /// the connection ends, unless it is a socket or from a proxy, or sends a body with a reservation of its own: then they
    /// do not count. Otherwise a response that needs all memory of its client could not be sent.
    pub(super) fn reserve_unwritten(&self) {
        let must_be_reserved = self.limits.ends_unread && self.is_plain_http1() && !self.has_reserved_body.get();
        if !self.adjust(self.stored()) && must_be_reserved {
            self.end(EndReason::Memory);
        }
    }

    /// Changes the reservation to this number of bytes. Reports whether the account has enough memory left.
    fn adjust(&self, bytes: u64) -> bool {
        self.account.adjust(&mut self.memory.borrow_mut(), bytes).is_ok()
    }
}
