//! Bytes of response bodies that a connection holds.

use std::{cell::Cell, rc::Rc};

/// How many bytes of response bodies the streams of a connection hold, because they are not taken. Copies count together.
#[derive(Clone, Default)]
pub struct Held(Rc<Cell<usize>>);

/// The part of one stream. Dropping it gives it back.
pub struct HeldBytes {
    held: Held,
    bytes: usize,
}

impl Held {
    /// How many there are.
    pub fn bytes(&self) -> usize {
        self.0.get()
    }

    /// Counts the body of a response.
    pub fn hold(&self, bytes: usize) -> HeldBytes {
        self.0.set(self.0.get().saturating_add(bytes));
        HeldBytes { held: self.clone(), bytes }
    }
}

impl HeldBytes {
    /// Some of them were sent.
    pub fn release(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.held.0.set(self.held.0.get().saturating_sub(bytes));
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.release(self.bytes);
    }
}
