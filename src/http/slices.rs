//! Response bodies that are handed to the connection slice by slice.
//!
//! Actix copies what it is given into the buffer of the connection as a whole. So a long body is given in slices: what waits to be taken
//! is then the body itself, which others may share, and not a copy for each connection.

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

/// Longest slice, in bytes: about what a connection takes at once.
pub const SLICE: usize = 32 * 1024;

/// Longest part that is copied to be handed over together with others, in bytes.
const SHORT: usize = 4 * 1024;

/// The pieces that something is handed over in that is given in parts: short parts together, long ones in slices, which are not copied.
pub fn pieces(parts: impl IntoIterator<Item = Bytes>) -> Vec<Bytes> {
    let (mut pieces, mut together) = (Vec::new(), BytesMut::new());
    for part in parts {
        if part.len() <= SHORT {
            together.extend_from_slice(&part);
            continue;
        }
        pieces.push(together.split().freeze());
        pieces.extend(Slices::new(part, Vec::new()));
    }
    pieces.push(together.freeze());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A body that is handed over in slices. What is held for it is given back with it.
pub struct Slices {
    rest: Bytes,
    _held: Vec<Arc<Reservation>>,
}

impl Slices {
    /// The slices of a body.
    pub fn new(body: Bytes, held: Vec<Arc<Reservation>>) -> Self {
        Self { rest: body, _held: held }
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

    #[test]
    fn the_slices_are_the_body() {
        for length in [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 7] {
            let body: Bytes = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let taken: Vec<Bytes> = Slices::new(body.clone(), Vec::new()).collect();
            assert!(taken.iter().all(|slice| slice.len() <= SLICE));
            assert_eq!(taken.concat(), body);
        }
    }
}
