//! The bytes of a connection, and what is noted of them.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use super::{ConnectionLimits, activity::Activity, end::EndReason, upgrade};

/// Bytes that the system takes in advance, beside those on their way. More would hide from the service how fast they are taken.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 * 1024;

/// The response to a head that does not come in time (RFC 9110, 15.5.9).
const REQUEST_TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A TCP connection that notes in its [`Activity`] what is read and written.
///
/// The activity knows of what waits to be written. The system holds what was written last and ends the connection when that does not
/// arrive within [`ConnectionLimits::stall_timeout`]. It does so only while nothing else waits, since it takes a client with a small window
/// for one that takes nothing (`tcp_probe_timer` of Linux), and then the activity knows better.
pub struct TimedStream {
    stream: TcpStream,
    activity: Rc<Activity>,
    /// What was read to tell the protocol, and is to be read again.
    ahead: Vec<u8>,
    stall_timeout: Duration,
    close_timeout: Duration,
}

impl TimedStream {
    /// A connection that was opened now.
    pub fn new(stream: TcpStream, activity: Rc<Activity>, limits: &ConnectionLimits) -> Self {
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        give_up_after(&stream, Some(limits.stall_timeout));
        Self { stream, activity, ahead: Vec::new(), stall_timeout: limits.stall_timeout, close_timeout: limits.close_timeout }
    }

    /// Waits for more bytes, until there are `most`, and tells all that came so far. They are read again, and noted only then.
    ///
    /// # Errors
    /// When the connection cannot be read, or has ended.
    pub async fn peek(&mut self, most: usize) -> io::Result<&[u8]> {
        let more = most.saturating_sub(self.ahead.len()) as u64;
        match (&mut self.stream).take(more).read_buf(&mut self.ahead).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(&self.ahead),
        }
    }

    /// What happens on it.
    pub fn activity(&self) -> Rc<Activity> {
        Rc::clone(&self.activity)
    }

    fn fill(&mut self, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let ahead = self.ahead.len().min(into.remaining());
        into.put_slice(&self.ahead[..ahead]);
        self.ahead.drain(..ahead);
        match Pin::new(&mut self.stream).poll_read(context, into) {
            Poll::Pending if ahead > 0 => Poll::Ready(Ok(())),
            filled => filled,
        }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(self.fill(context, into))?;
        let came = &mut into.filled_mut()[before..];
        if !came.is_empty() {
            if self.activity.expects_head() {
                upgrade::ignore(came);
            }
            self.activity.received(came);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&written, bytes.len());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.note(&written, pieces.iter().map(|piece| piece.len()).sum());
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
    fn note(&self, written: &Poll<io::Result<usize>>, all: usize) {
        let waited = self.activity.waits();
        match written {
            Poll::Ready(Ok(bytes)) => self.activity.written(*bytes, *bytes == all),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.blocked(),
        }
        if waited != self.activity.waits() {
            give_up_after(&self.stream, waited.then_some(self.stall_timeout));
        }
    }
}

impl Drop for TimedStream {
    /// The system goes on with what is left, so it has to be told how long.
    fn drop(&mut self) {
        match self.activity.ended() {
            Some(EndReason::Response(_) | EndReason::Unanswered | EndReason::Flood) => {
                // Nothing of it is of use any more, and the memory is wanted back.
                let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
            }
            Some(EndReason::Head | EndReason::Idle) => {
                if self.activity.has_part_of_a_head() {
                    let _ = self.stream.try_write(REQUEST_TIMEOUT);
                }
                give_up_after(&self.stream, Some(self.close_timeout));
            }
            None => give_up_after(&self.stream, Some(self.stall_timeout)),
        }
    }
}

/// Has the system end the connection when what was sent does not arrive for so long; `None` leaves it to its own idea. Elsewhere than
/// on Linux it always has that.
fn give_up_after(stream: &TcpStream, time: Option<Duration>) {
    #[cfg(target_os = "linux")]
    if let Err(failure) = socket2::SockRef::from(stream).set_tcp_user_timeout(time) {
        tracing::debug!(error = &failure as &dyn std::error::Error, "the connection has no limit");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, time);
}
