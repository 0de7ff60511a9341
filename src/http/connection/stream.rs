//! The byte stream of a connection, which records its activity.

use std::{
    io::{self, Read as _},
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use super::{
    ConnectionLimits,
    end_reason::EndReason,
    http1::{
        Line, MessagePart, MessageParts, unreadable,
        upgrade_offers::{self, HeadSearch},
    },
    timing::Activity,
};

/// Maximum bytes that the kernel buffers in addition to those in transit. With a larger buffer, the service could not see
/// how fast the client reads.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 * 1024;

/// Maximum bytes of a chunked body that are read at once. They may have many short chunks, each of which is work for Actix:
/// then the turn of the connection ends after two reads. The bytes that are read together with the head may be more.
const MAX_CHUNKED_READ: usize = 2 * 1024;

/// A TCP connection that records in its [`Activity`] what is read and written.
///
/// While bytes wait in the service to be written, the deadline of the activity limits how long the client may take to read.
/// The last bytes of a response wait only in the kernel. For them the kernel has a timeout: it ends the connection if they
/// do not arrive within [`ConnectionLimits::stall_timeout`]. The timeout of the kernel is off while bytes wait in the
/// service, because Linux treats a client with a small receive window like one that reads nothing (`tcp_probe_timer`).
pub struct TimedStream {
    stream: TcpStream,
    activity: Rc<Activity>,
    /// Bytes that were read to detect the protocol, and will be read again.
    peeked: Vec<u8>,
    /// Bytes that are withheld from Actix: an incomplete head, or a head and the bytes that arrived with its end. They were
    /// recorded when they arrived.
    head: Vec<u8>,
    /// The number of bytes at the start of [`Self::head`] that can be delivered now, because their heads are complete
    /// or no further bytes are awaited. The rest, if any, is an incomplete head.
    deliverable: usize,
    /// The search for the end of the incomplete head in [`Self::head`].
    search: HeadSearch,
    /// The position in the requests of HTTP/1.1.
    parts: MessageParts,
    /// The line of a head that is arriving.
    line: Line,
    stall_timeout: Duration,
    close_timeout: Duration,
}

impl TimedStream {
    /// Wraps a connection that has just been opened.
    pub fn new(stream: TcpStream, activity: Rc<Activity>, limits: &ConnectionLimits) -> Self {
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        set_kernel_timeout(&stream, Some(limits.stall_timeout));
        Self {
            stream,
            activity,
            peeked: Vec::new(),
            head: Vec::new(),
            deliverable: 0,
            search: HeadSearch::default(),
            parts: MessageParts::default(),
            line: Line::default(),
            stall_timeout: limits.stall_timeout,
            close_timeout: limits.close_timeout,
        }
    }

    /// Waits for more bytes and returns all bytes that have arrived, at most `limit`. The bytes stay buffered, and a
    /// later read returns them again. They are recorded as activity when they are read again, or when the stream is
    /// dropped.
    ///
    /// # Errors
    /// Returns an error if the connection fails or has ended.
    pub async fn peek(&mut self, limit: usize) -> io::Result<&[u8]> {
        let more = limit.saturating_sub(self.peeked.len()) as u64;
        match (&mut self.stream).take(more).read_buf(&mut self.peeked).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(&self.peeked),
        }
    }

    pub fn activity(&self) -> Rc<Activity> {
        Rc::clone(&self.activity)
    }

    /// Delivers the withheld bytes that can be delivered, as many as fit.
    fn deliver_head(&mut self, into: &mut ReadBuf<'_>) {
        let fitting = self.deliverable.min(into.remaining());
        into.put_slice(&self.head[..fitting]);
        self.head.drain(..fitting);
        self.deliverable -= fitting;
        if self.head.is_empty() {
            self.head = Vec::new();
        }
    }

    /// Records bytes that have arrived. If a head begins in these bytes and does not end in them, returns the index at which
    /// it begins. Empty lines before the head count as part of it.
    fn receive(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let head = if self.activity.is_plain_http1() { self.find_heads(bytes) } else { None };
        self.activity.received(bytes);
        // After the last response, bytes that still arrive are dropped.
        head.filter(|_| !self.activity.is_closing())
    }

    /// Finds the heads in bytes of HTTP/1.1, and records the parts of the bytes. Refuses long names in the heads. If all
    /// bytes of a head are in `bytes`, removes its offer to upgrade to another protocol. Returns the index of the
    /// incomplete head at the end.
    fn find_heads(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let (mut at, mut incomplete) = (0, None);
        while let Some((part, length)) = self.parts.next(&bytes[at..]) {
            let piece = &mut bytes[at..at + length];
            match part {
                MessagePart::EmptyLines => _ = incomplete.get_or_insert(at),
                MessagePart::Head { begins, ends, .. } => {
                    self.line.refuse_long_names(piece);
                    if begins {
                        incomplete.get_or_insert(at);
                    }
                    if begins && ends {
                        upgrade_offers::remove_offer(piece);
                    }
                    if ends {
                        incomplete = None;
                    }
                }
                MessagePart::Body { .. } => incomplete = None,
            }
            self.activity.record_part(part, length);
            at += length;
        }
        self.activity.record_position(self.parts.is_in_request());
        incomplete
    }

    fn fill(&mut self, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let peeked = self.peeked.len().min(into.remaining());
        into.put_slice(&self.peeked[..peeked]);
        self.peeked.drain(..peeked);
        let filled = if self.parts.is_in_chunks() {
            let length = into.remaining().min(MAX_CHUNKED_READ);
            let mut piece = ReadBuf::new(into.initialize_unfilled_to(length));
            let filled = Pin::new(&mut self.stream).poll_read(context, &mut piece);
            let length = piece.filled().len();
            into.advance(length);
            filled
        } else {
            Pin::new(&mut self.stream).poll_read(context, into)
        };
        match filled {
            Poll::Pending if peeked > 0 => Poll::Ready(Ok(())),
            filled => filled,
        }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        loop {
            if self.activity.end_reason().is_some() {
                // The connection ends after this poll, so the request of a head that arrives now must not begin.
                return Poll::Pending;
            }
            if self.activity.is_closing() {
                // After the last response, no rest of a head is awaited.
                self.deliverable = self.head.len();
            }
            if self.deliverable > 0 {
                self.deliver_head(into);
                return Poll::Ready(Ok(()));
            }
            if self.activity.turn.is_reading_paused() || self.activity.is_reading_blocked() {
                return Poll::Pending;
            }
            if self.activity.turn.has_read_enough() {
                self.activity.turn.end();
                return Poll::Pending;
            }
            ready!(self.fill(context, into))?;
            let received = &mut into.filled_mut()[before..];
            if received.is_empty() {
                // The client has closed its side.
                self.deliverable = self.head.len();
                if self.deliverable > 0 {
                    continue;
                }
                return Poll::Ready(Ok(()));
            }
            let (incomplete, mut search) = (self.receive(received), HeadSearch::default());
            // The bytes from this index on are withheld until the head that they begin is complete.
            let withheld = incomplete.filter(|at| search.awaits_rest(&received[*at..])).unwrap_or(received.len());
            if self.head.is_empty() {
                self.head.extend_from_slice(&received[withheld..]);
                self.search = search;
                into.set_filled(before + withheld);
                if withheld > 0 {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            let mut current = self.search;
            self.head.extend_from_slice(received);
            if current.awaits_rest(&self.head) {
                self.search = current;
            } else {
                upgrade_offers::remove_offer(&mut self.head);
                self.deliverable = self.head.len() - (received.len() - withheld);
                self.search = search;
            }
            into.set_filled(before);
        }
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_may_write());
        let response_at = if self.activity.is_plain_http1() { unreadable::find(bytes) } else { None };
        let written = match response_at {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(0) => {
                let response = unreadable::with_id(bytes, &self.activity.id_of_unreadable_head());
                // This last response is short. If the kernel does not accept all of it, the client does not read anyway.
                Pin::new(&mut self.stream).poll_write(context, &response).map_ok(|_| bytes.len())
            }
            Some(at) => Pin::new(&mut self.stream).poll_write(context, &bytes[..at]),
        };
        self.record(&written, bytes.len());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_may_write());
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.record(&written, pieces.iter().map(|piece| piece.len()).sum());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl TimedStream {
    /// Waits for the next turn if enough bytes were written in this one.
    fn poll_may_write(&self) -> Poll<()> {
        if self.activity.turn.has_written_enough() {
            self.activity.turn.end();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn record(&self, written: &Poll<io::Result<usize>>, all: usize) {
        let waited = self.activity.is_waiting();
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.activity.turn.written(*bytes);
                self.activity.written(*bytes, all - *bytes);
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.blocked(),
        }
        if waited != self.activity.is_waiting() {
            set_kernel_timeout(&self.stream, waited.then_some(self.stall_timeout));
        }
        if waited && !self.activity.is_waiting() {
            // In its next turn, the connection reads again, and its next request begins. It writes nothing before that:
            // otherwise a socket that always has more to send than the kernel accepts would read nothing, not even pongs.
            self.activity.turn.stop_writing();
            self.activity.turn.end();
        }
    }
}

impl Drop for TimedStream {
    /// After the drop, the kernel still sends what it has buffered. `drop` sets how long the kernel tries.
    fn drop(&mut self) {
        // If the protocol was not detected in time, the bytes that have arrived are an incomplete head.
        if !self.peeked.is_empty() {
            let mut peeked = mem::take(&mut self.peeked);
            _ = self.receive(&mut peeked);
        }
        match self.activity.end_reason() {
            Some(EndReason::Response(_) | EndReason::PingTimeout | EndReason::Flood) => {
                // The client does not need the rest, so the kernel drops its buffer immediately.
                let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
            }
            Some(EndReason::HeadTimeout | EndReason::Memory | EndReason::Idle) => {
                if let Some(status) = self.activity.status_of_incomplete_head() {
                    let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let response = unreadable::with_id(response.as_bytes(), &self.activity.id_of_unreadable_head());
                    let _ = self.stream.try_write(&response);
                    discard_received(&self.stream);
                }
                set_kernel_timeout(&self.stream, Some(self.close_timeout));
            }
            None => set_kernel_timeout(&self.stream, Some(self.stall_timeout)),
        }
    }
}

/// Discards bytes that have arrived, up to the longest head. If some were left, the kernel would reset the connection, and the
/// client could lose the last response.
fn discard_received(stream: &TcpStream) {
    let (socket, mut bytes) = (socket2::SockRef::from(stream), [0; 4096]);
    for _ in 0..32 {
        if !(&*socket).read(&mut bytes).is_ok_and(|length| length > 0) {
            break;
        }
    }
}

/// Sets the time after which the kernel ends the connection if sent bytes do not arrive; `None` means the default of the
/// kernel. On systems other than Linux, the default always applies.
fn set_kernel_timeout(stream: &TcpStream, time: Option<Duration>) {
    #[cfg(target_os = "linux")]
    if let Err(failure) = socket2::SockRef::from(stream).set_tcp_user_timeout(time) {
        tracing::debug!(error = &failure as &dyn std::error::Error, "the timeout of the connection cannot be set");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, time);
}
