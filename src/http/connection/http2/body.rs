//! The body of a request.
//!
//! The stream receives the body, and the application reads it before it responds. So the stream knows how many bytes have
//! arrived that the application has not read, and reserves memory for them. It copies the bytes, because a piece from
//! `h2` retains the whole buffer into which it was read, with the frames of other streams.
//!
//! When the application drops the body, the stream receives the rest and drops it, with the trailers. If nothing received
//! the trailers, `h2` would retain them until the connection ends, even after their stream has ended. Two kilobytes of
//! trailers can need 190 KB.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use actix_http::{BoxedPayloadStream, Payload};
use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;
use h2::RecvStream;

use super::{Activity, WINDOW};
use crate::{
    access::{Account, MemoryLimitReached, Reservation},
    http::MAX_BODY,
};

/// Maximum bytes of a joined piece: the longest frame of a request, so that joining makes no piece longer than a frame.
const PIECE: usize = 16 * 1024;

/// The body of a request, for the stream that receives it. The client may send as much as the window allows; the window is
/// extended when the application reads bytes.
pub struct ReceivedBody(Rc<RefCell<Arrived>>);

/// The body of a request, for the application that reads it.
struct BodyReader(Rc<RefCell<Arrived>>);

/// The part of a body that has arrived.
struct Arrived {
    stream: RecvStream,
    activity: Rc<Activity>,
    account: Account,
    /// The pieces that the application has not read, and the error at their end, if there was one. Short pieces are joined,
    /// because an entry for each frame could need much more memory than the bytes of the frame.
    unread: VecDeque<Result<Vec<u8>, PayloadError>>,
    unread_bytes: usize,
    /// The memory that is reserved for `unread`; `None` if the reservation of the stream is enough.
    memory: Option<Reservation>,
    has_ended: bool,
    /// Whether the application has dropped the body, and the bytes that have arrived since then.
    is_dropped: bool,
    dropped_bytes: usize,
    /// Woken when the application can read.
    reader: Option<Waker>,
}

impl ReceivedBody {
    /// Wraps a body. `account` is the account of the client.
    pub fn new(stream: RecvStream, activity: Rc<Activity>, account: Account) -> Self {
        if !stream.is_end_stream() {
            activity.open_window(WINDOW.into());
        }
        Self(Rc::new(RefCell::new(Arrived {
            stream,
            activity,
            account,
            unread: VecDeque::new(),
            unread_bytes: 0,
            memory: None,
            has_ended: false,
            is_dropped: false,
            dropped_bytes: 0,
            reader: None,
        })))
    }

    /// Returns the body for the application.
    pub fn payload(&self) -> Payload {
        let payload: BoxedPayloadStream = Box::pin(BodyReader(Rc::clone(&self.0)));
        Payload::Stream { payload }
    }

    /// Receives the body for the application. It is only ready if the client has no memory left for it.
    pub fn poll_receive(&self, context: &mut Context<'_>) -> Poll<MemoryLimitReached> {
        self.0.borrow_mut().poll_receive(context)
    }

    /// Receives the rest of a body that the application has dropped, and drops it. It is only ready if the rest is longer
    /// than the longest body.
    pub fn poll_rest(&self, context: &mut Context<'_>) -> Poll<()> {
        self.0.borrow_mut().poll_rest(context)
    }
}

impl Arrived {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<MemoryLimitReached> {
        while !self.is_dropped
            && let Poll::Ready(piece) = self.poll_piece(context)
        {
            match piece {
                Some(Ok(piece)) => {
                    self.add(&piece);
                    if let Err(failure) = self.adjust_memory() {
                        return Poll::Ready(failure);
                    }
                }
                Some(Err(failure)) => self.unread.push_back(Err(PayloadError::Io(io::Error::other(failure)))),
                None => {}
            }
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
        Poll::Pending
    }

    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.is_dropped
            && let Poll::Ready(piece) = self.poll_piece(context)
        {
            let bytes = piece.and_then(Result::ok).map_or(0, |piece| piece.len());
            self.dropped_bytes += bytes;
            self.extend_window(bytes);
            if self.dropped_bytes > MAX_BODY {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }

    /// Waits for the next piece. Returns `None` at the end of the body, once, and then drops the trailers, if there are any.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
        if self.has_ended {
            return Poll::Pending;
        }
        let piece = ready!(self.stream.poll_data(context));
        if !matches!(piece, Some(Ok(_))) {
            self.has_ended = true;
            let _ = self.stream.poll_trailers(context);
        }
        Poll::Ready(piece)
    }

    /// Adds a piece that has arrived to the unread ones.
    fn add(&mut self, piece: &[u8]) {
        self.unread_bytes += piece.len();
        match self.unread.back_mut() {
            Some(Ok(last)) if last.len() + piece.len() <= PIECE => last.extend_from_slice(piece),
            _ => self.unread.push_back(Ok(piece.to_vec())),
        }
    }

    /// Reserves memory for the bytes that the application has not read.
    fn adjust_memory(&mut self) -> Result<(), MemoryLimitReached> {
        self.account.adjust(&mut self.memory, self.unread_bytes as u64)
    }

    fn poll_read(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let Some(piece) = self.unread.pop_front() else {
            if self.has_ended {
                return Poll::Ready(None);
            }
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        };
        if let Ok(piece) = &piece {
            self.unread_bytes -= piece.len();
            let _ = self.adjust_memory();
            self.extend_window(piece.len());
        }
        Poll::Ready(Some(piece.map(Bytes::from)))
    }

    /// Lets the client send this number of additional bytes, on the stream and on the connection.
    fn extend_window(&mut self, bytes: usize) {
        self.activity.open_window(bytes as u64);
        let _ = self.stream.flow_control().release_capacity(bytes);
    }
}

impl Stream for BodyReader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_read(context)
    }
}

impl Drop for BodyReader {
    /// Drops the bytes that were not read, and extends the window by them. Otherwise they would use the window of the
    /// connection until the stream ends, and other streams could not receive their bodies.
    fn drop(&mut self) {
        let mut body = self.0.borrow_mut();
        let unread = mem::take(&mut body.unread_bytes);
        (body.is_dropped, body.unread, body.memory) = (true, VecDeque::new(), None);
        body.extend_window(unread);
    }
}
