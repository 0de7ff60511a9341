//! Records the activity of a connection, and computes the deadlines of its time limits.

mod backpressure;
mod memory;

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use actix_web::http::StatusCode;
use tokio::time::Instant;

use super::{
    super::{
        ConnectionLimits, EndReason,
        http1::{MessagePart, Pipeline},
        http2::Overhead,
    },
    Pace, Turn,
};
use crate::{
    access::{Account, Reservation},
    http::{MAX_BODY, observe::request_id::RequestId},
};

/// Maximum bytes that may arrive on HTTP/1.1 while a request runs: the longest body, the framing of chunks, and pipelined
/// requests. A chunked body of many tiny chunks, or with long extensions or trailers, exceeds it.
const MAX_BODY_ON_WIRE: u64 = MAX_BODY as u64 + 256 * 1024;

/// The activity of a connection. The byte stream and the requests record it, [`Watched`](super::watched::Watched) reads it.
pub struct Activity {
    limits: Rc<ConnectionLimits>,
    /// The turn of the connection on its serving thread.
    pub turn: Turn,
    /// The number of running requests.
    running: Cell<usize>,
    /// The latest of these times: when the connection was opened, when the HTTP/2 handshake was completed, when the last
    /// running request ended, and when all bytes that waited were written.
    idle_since: Cell<Instant>,
    /// Whether a request has begun, or the connection was set up for HTTP/2.
    was_used: Cell<bool>,
    /// When the time limit of an incomplete head began to run; `None` if there is no incomplete head. On HTTP/1.1 the same
    /// limit applies to the rest of a chunked body, if the service has already responded to the request without reading the
    /// whole body.
    head_since: Cell<Option<Instant>>,
    /// On HTTP/1.1, the requests that have not begun.
    pipeline: Cell<Pipeline>,
    /// The memory that is reserved in the account of the client's network for [`Self::stored`] bytes.
    memory: RefCell<Option<Reservation>>,
    account: Account,
    /// How fast the client reads, from the beginning of a request until its whole response is written.
    pace: Cell<Pace>,
    /// On HTTP/1.1, whether the bytes that have arrived end within a head or a chunked body.
    is_in_request: Cell<bool>,
    /// The bytes that arrived on HTTP/1.1 since the latest request began: its body with the framing of chunks, and
    /// pipelined requests.
    since_head: Cell<u64>,
    /// The bytes of the body that the application has read; `None` if the request has no body, or if the application has
    /// read or dropped all of it.
    read_body: Cell<Option<u64>>,
    /// On HTTP/1.1, the memory for bytes of a response that the kernel has not accepted.
    unwritten: Cell<u64>,
    /// Whether the response that is being sent has a body for which memory is reserved, or an event stream.
    has_reserved_body: Cell<bool>,
    /// Whether the connection has become a WebSocket. Sockets count their bytes themselves.
    is_upgraded: Cell<bool>,
    /// The budget for frames other than requests and bodies; `None` on HTTP/1.1, which has no frames.
    overhead: Cell<Option<Overhead>>,
    /// Whether the latest response announced that the connection will be closed.
    is_closing: Cell<bool>,
    end_reason: Cell<Option<EndReason>>,
    /// The request id for a head that is incomplete or cannot be read. It is generated when it is first needed.
    unreadable_head_id: OnceCell<RequestId>,
}

/// A running request, from its head to the end of its response. Dropping it records the end.
pub struct RunningRequest(Rc<Activity>);

impl Activity {
    /// Creates the activity of a connection that has just been opened. `account` is the account of the client's network.
    #[must_use]
    pub fn new(limits: Rc<ConnectionLimits>, account: Account) -> Self {
        Self {
            pace: Cell::new(limits.pace()),
            limits,
            running: Cell::new(0),
            idle_since: Cell::new(Instant::now()),
            was_used: Cell::new(false),
            head_since: Cell::new(None),
            pipeline: Cell::default(),
            memory: RefCell::new(None),
            account,
            is_in_request: Cell::new(false),
            since_head: Cell::new(0),
            read_body: Cell::new(None),
            unwritten: Cell::new(0),
            has_reserved_body: Cell::new(false),
            is_upgraded: Cell::new(false),
            overhead: Cell::new(None),
            turn: Turn::default(),
            is_closing: Cell::new(false),
            end_reason: Cell::new(None),
            unreadable_head_id: OnceCell::new(),
        }
    }

    /// Records that the connection uses HTTP/2. `window` is the flow-control window for bodies, in bytes, of the connection
    /// and of each stream.
    pub fn record_http2(&self, window: u32) {
        self.overhead.set(Some(Overhead::new(self.limits.max_overhead, window.into(), self.limits.max_streams)));
    }

    /// Records that the HTTP/2 handshake is complete. From now on the idle timeout applies.
    pub fn record_http2_handshake(&self) {
        self.was_used.set(true);
        self.idle_since.set(Instant::now());
    }

    /// Records that a request begins.
    pub fn begin(self: Rc<Self>) -> RunningRequest {
        self.running.set(self.running.get() + 1);
        self.was_used.set(true);
        self.since_head.set(0);
        if self.overhead(Overhead::request).is_none() {
            self.head_since.set(None);
            let was_blocked = self.is_reading_blocked();
            self.change_pipeline(Pipeline::begin);
            self.reserve();
            if was_blocked && !self.is_reading_blocked() {
                self.turn.end();
            }
        }
        RunningRequest(self)
    }

    /// Reports whether a request that is about to begin is pipelined: it arrived in one read with the request before it.
    pub fn is_pipelined(&self) -> bool {
        self.was_used.get() && self.since_head.get() == 0
    }

    fn awaits_request(&self) -> bool {
        self.running.get() == 0 && self.overhead.get().is_none() && !self.is_closing.get()
    }

    /// Reports whether the connection uses HTTP/1.1, and has not become a WebSocket.
    pub fn is_plain_http1(&self) -> bool {
        self.overhead.get().is_none() && !self.is_upgraded.get()
    }

    /// Reports whether the latest response announced that the connection will be closed.
    pub fn is_closing(&self) -> bool {
        self.is_closing.get()
    }

    /// Returns the request id for a head that is incomplete or cannot be read. A connection has at most one such head.
    pub fn id_of_unreadable_head(&self) -> RequestId {
        self.unreadable_head_id.get_or_init(RequestId::new).clone()
    }

    /// Records whether the bytes of HTTP/1.1 that have arrived end within a head or a chunked body.
    pub fn record_position(&self, is_in_request: bool) {
        self.is_in_request.set(is_in_request);
    }

    /// Records that the next `bytes` bytes of HTTP/1.1 belong to this part of a request. After the last part of the bytes
    /// that have arrived, the caller passes all these bytes to [`Self::received`].
    pub fn record_part(&self, part: MessagePart, bytes: usize) {
        // After the last response, bytes that still arrive are dropped.
        if self.is_closing.get() {
            return;
        }
        let bytes = bytes as u64;
        match part {
            MessagePart::EmptyLines => self.change_pipeline(|pipeline| pipeline.head(bytes, 0)),
            MessagePart::Head { begins, ends, lines } => {
                if begins {
                    // The limit ran for the rest of a chunked body. For the head after it, the limit begins anew.
                    self.head_since.set(None);
                }
                self.change_pipeline(|pipeline| pipeline.head(bytes, lines));
                if ends {
                    // If no request runs or waits, this one does not wait: it begins now, and the middleware reserves memory
                    // for its head.
                    let waits = self.running.get() > 0 || self.pipeline.get().requests() > 0;
                    self.change_pipeline(|pipeline| pipeline.end_head(waits));
                }
            }
            MessagePart::Body { framing } => {
                self.turn.read_framing(framing);
                // If no request runs, the body of the only waiting request does not count: that request begins now, and
                // reads its body.
                if self.running.get() > 0 || self.pipeline.get().requests() > 1 {
                    self.change_pipeline(|pipeline| pipeline.body(bytes));
                }
            }
        }
    }

    fn change_pipeline(&self, change: impl FnOnce(&mut Pipeline)) {
        let mut pipeline = self.pipeline.get();
        change(&mut pipeline);
        self.pipeline.set(pipeline);
    }

    /// Records bytes that have arrived.
    pub fn received(&self, bytes: &[u8]) {
        self.turn.read(bytes.len());
        match self.overhead(|overhead| overhead.spend(bytes)) {
            Some(Err(())) => self.end(EndReason::Flood),
            Some(Ok(())) => {
                let head = self.overhead(|overhead| (overhead.incomplete_head(), overhead.is_head_new()));
                let (head, is_new) = head.unwrap_or_default();
                let since = self.head_since.get().filter(|_| !is_new).unwrap_or_else(Instant::now);
                self.head_since.set((head > 0).then_some(since));
                self.reserve();
            }
            None => {
                self.since_head.set(self.since_head.get() + bytes.len() as u64);
                self.reserve();
                let has_request = self.running.get() > 0 || self.is_closing.get();
                if has_request && !self.is_upgraded.get() && self.since_head.get() > MAX_BODY_ON_WIRE {
                    self.end(EndReason::Flood);
                }
                if self.awaits_request() {
                    // Empty lines between requests begin no time limit.
                    let awaits_rest = self.is_in_request.get() || self.pipeline.get().requests() > 0;
                    let since = self.head_since.get().unwrap_or_else(Instant::now);
                    self.head_since.set(awaits_rest.then_some(since));
                }
            }
        }
    }

    /// Reports whether the HTTP/2 client has to open another connection, because of its header table.
    pub fn is_header_table_full(&self) -> bool {
        self.overhead(|overhead| overhead.is_table_full()).unwrap_or_default()
    }

    /// Records that the HTTP/2 client may send this number of additional bytes in the bodies of requests.
    pub fn open_window(&self, bytes: u64) {
        self.overhead(|overhead| overhead.open_window(bytes));
    }

    fn overhead<T>(&self, change: impl FnOnce(&mut Overhead) -> T) -> Option<T> {
        let mut overhead = self.overhead.get()?;
        let changed = change(&mut overhead);
        self.overhead.set(Some(overhead));
        Some(changed)
    }

    /// Records that bytes were written. `rest` is the number of bytes that wait to be written.
    pub fn written(&self, bytes: usize, rest: usize) {
        let all = rest == 0;
        self.record_unwritten(!all);
        self.overhead(|overhead| overhead.earn(bytes as u64 / Overhead::SENT));
        let mut pace = self.pace.get();
        let waited = pace.is_waiting();
        if !all {
            pace.start_waiting();
        }
        pace.advance(bytes);
        if all {
            pace.stop_waiting();
        }
        self.pace.set(pace);
        if all && waited {
            let now = Instant::now();
            self.idle_since.set(now);
            if self.overhead.get().is_none() {
                self.head_since.set(self.head_since.get().map(|_| now));
            }
            self.reset_pace();
        }
    }

    /// Records that bytes wait to be written, and that the kernel accepts none now.
    pub fn blocked(&self) {
        self.record_unwritten(true);
        let mut pace = self.pace.get();
        pace.start_waiting();
        self.pace.set(pace);
    }

    /// Starts a new pace for the next response, if the whole previous response was written.
    fn reset_pace(&self) {
        if self.running.get() == 0 && !self.is_waiting() {
            self.pace.set(self.limits.pace());
        }
    }

    /// Returns the bytes that arrived since the latest request began; 0 on HTTP/2, which has a budget for its frames.
    pub fn bytes_since_head(&self) -> usize {
        if self.overhead.get().is_some() { 0 } else { usize::try_from(self.since_head.get()).unwrap_or(usize::MAX) }
    }

    /// Reports whether bytes wait to be written.
    pub fn is_waiting(&self) -> bool {
        self.pace.get().is_waiting()
    }

    /// Ends the connection at its next poll. If several reasons are recorded, the first one counts.
    pub fn end(&self, end: EndReason) {
        if self.end_reason.get().is_none() {
            self.end_reason.set(Some(end));
        }
    }

    /// Returns why the service ends the connection; `None` if it does not.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.end_reason.get()
    }

    /// Returns the status with which the service responds to an incomplete HTTP/1.1 head when it ends the connection; `None`
    /// if no head is incomplete, if an earlier response is not written, or if the connection ends for a reason other than
    /// the head.
    pub fn status_of_incomplete_head(&self) -> Option<StatusCode> {
        self.head_since.get().filter(|_| self.overhead.get().is_none() && !self.is_waiting())?;
        match self.end_reason()? {
            EndReason::HeadTimeout => Some(StatusCode::REQUEST_TIMEOUT),
            EndReason::Memory => Some(StatusCode::SERVICE_UNAVAILABLE),
            _ => None,
        }
    }

    /// Returns when and why the connection ends if there is no activity until then; `None` if no time limit applies.
    pub fn deadline(&self) -> Option<(Instant, EndReason)> {
        // The time limit of an HTTP/2 head applies while other streams run, too.
        let head = self.head_since.get().filter(|_| self.overhead.get().is_some());
        let head = head.map(|since| (since + self.limits.head_timeout, EndReason::HeadTimeout));
        head.into_iter().chain(self.deadline_of_state()).min_by_key(|(at, _)| *at)
    }

    fn deadline_of_state(&self) -> Option<(Instant, EndReason)> {
        let limits = &self.limits;
        if let Some((at, lag)) = self.pace.get().deadline() {
            return Some((at, EndReason::Response(lag)));
        }
        if self.running.get() > 0 {
            return None;
        }
        if self.is_closing.get() {
            // After the last response, bytes that still arrive are the rest of a body, which is not read.
            return Some((self.idle_since.get() + limits.head_timeout, EndReason::Idle));
        }
        Some(match self.head_since.get() {
            Some(since) => (since + limits.head_timeout, EndReason::HeadTimeout),
            None if !self.was_used.get() => (self.idle_since.get() + limits.head_timeout, EndReason::HeadTimeout),
            // `KeepAlive` closes idle HTTP/2 connections itself. This limit applies if the client does not close its side.
            None if self.overhead.get().is_some() => {
                (self.idle_since.get() + limits.idle_timeout + limits.close_timeout, EndReason::Idle)
            }
            None => (self.idle_since.get() + limits.idle_timeout, EndReason::Idle),
        })
    }
}

impl RunningRequest {
    /// Records that the connection becomes a WebSocket.
    pub fn record_upgrade(&self) {
        self.0.is_upgraded.set(true);
    }

    /// Records that the response announces that the connection will be closed.
    pub fn record_closing(&self) {
        self.0.is_closing.set(true);
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        let running = self.0.running.get().saturating_sub(1);
        self.0.running.set(running);
        if running == 0 {
            let now = Instant::now();
            self.0.idle_since.set(now);
            if self.0.overhead.get().is_none() {
                let awaits_rest = self.0.is_in_request.get() && !self.0.is_closing.get();
                self.0.head_since.set(awaits_rest.then_some(now));
            }
            if self.0.has_reserved_body.take() {
                self.0.reserve_unwritten();
            }
            self.0.reset_pace();
        }
    }
}
