//! Response bodies that are passed to the connection in slices.
//!
//! Actix copies each chunk of a body as a whole into the buffer of the connection. So a long body is passed in slices. Then
//! only one slice is copied for each connection, and the rest of the body may be shared by several responses.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::{Bytes, BytesMut},
};

use crate::access::Reservation;

/// Longest slice, in bytes: about as much as a connection sends at once.
pub const SLICE: usize = 32 * 1024;

/// Longest part that is joined with its neighbours by copying, in bytes.
const SHORT: usize = 4 * 1024;

/// Turns the parts of a message into pieces to send: short parts are joined, long parts are sliced without copying.
pub fn pieces(parts: impl IntoIterator<Item = Bytes>) -> Vec<Bytes> {
    let (mut pieces, mut joined) = (Vec::new(), BytesMut::new());
    for part in parts {
        if part.len() <= SHORT {
            joined.extend_from_slice(&part);
            continue;
        }
        pieces.push(joined.split().freeze());
        pieces.extend(Slices::new(part, Vec::new()));
    }
    pieces.push(joined.freeze());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Bytes, and the memory that is reserved for them.
struct Reserved<M> {
    bytes: Bytes,
    _memory: M,
}

impl<M> AsRef<[u8]> for Reserved<M> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Returns bytes whose reserved memory is released when all slices of them are dropped. `h2` drops a slice when it has
/// written the slice and everything before it.
pub fn reserved(bytes: Bytes, memory: impl Send + 'static) -> Bytes {
    Bytes::from_owner(Reserved { bytes, _memory: memory })
}

/// A body in slices.
pub struct Slices {
    rest: Bytes,
}

impl Slices {
    /// Creates the slices of a body. `reservations` is the memory that is reserved for it, until all slices are dropped.
    pub fn new(body: Bytes, reservations: Vec<Arc<Reservation>>) -> Self {
        Self { rest: if reservations.is_empty() { body } else { reserved(body, reservations) } }
    }
}

impl Iterator for Slices {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let length = self.rest.len().min(SLICE);
        (length > 0).then(|| self.rest.split_to(length))
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(self.next().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Accounts, Client, Limiter};

    #[test]
    fn memory_is_released_when_the_last_slice_is_dropped() {
        let accounts = Accounts::new(Limiter::new(0, 0), 100);
        let reservation = accounts.of(Client::at([192, 0, 2, 1].into())).reserve(10).expect("it fits");
        let mut slices = Slices::new(vec![0_u8; SLICE + 1].into(), vec![Arc::new(reservation)]);
        let (first, last) = (slices.next(), slices.next());
        drop((slices, last));
        assert_eq!(accounts.reserved(), 10, "the first slice is not sent");
        drop(first);
        assert_eq!(accounts.reserved(), 0);
    }

    #[test]
    fn slices_of_at_most_32_kib_make_up_the_body() {
        for length in [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 7] {
            let body: Bytes = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let taken: Vec<Bytes> = Slices::new(body.clone(), Vec::new()).collect();
            assert!(taken.iter().all(|slice| slice.len() <= SLICE));
            assert_eq!(taken.concat(), body);
        }
    }
}
