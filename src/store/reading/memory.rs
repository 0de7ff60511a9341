//! Memory that is reserved for what an operation stores while it reads, such as the index entries of a search, or the counts
//! of facets.

use std::sync::Arc;

/// A reservation grows in steps of this number of bytes, so it rarely changes. Less than a step is not reserved.
const STEP: u64 = 16 * 1024;

/// The limit of the memory that an operation may use while it reads: the share of its client.
pub trait MemoryLimit: Send + Sync {
    /// Reserves bytes in addition to those that are already reserved. Returns false if that would exceed the limit; then
    /// nothing more is reserved.
    fn acquire(&self, bytes: u64) -> bool;

    /// Releases reserved bytes.
    fn release(&self, bytes: u64);
}

/// Memory that is reserved for an operation while it reads. Dropping the reservation releases it.
#[derive(Default)]
pub struct ReadReservation {
    /// `None` for no limit; then nothing is reserved.
    limit: Option<Arc<dyn MemoryLimit>>,
    used: u64,
    reserved: u64,
}

/// The error that an operation needs more memory than its client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client has no memory left")]
pub struct OutOfMemory;

impl ReadReservation {
    /// Creates a reservation without bytes.
    #[must_use]
    pub fn new(limit: Option<Arc<dyn MemoryLimit>>) -> Self {
        Self { limit, used: 0, reserved: 0 }
    }

    /// Returns another reservation without bytes, which has the same limit.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(self.limit.clone())
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// If the limit would be exceeded.
    pub fn grow(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        let Some(limit) = &self.limit else { return Ok(()) };
        self.used += bytes as u64;
        let more = self.used - self.used % STEP - self.reserved;
        if more > 0 {
            if !limit.acquire(more) {
                return Err(OutOfMemory);
            }
            self.reserved += more;
        }
        Ok(())
    }
}

impl Drop for ReadReservation {
    fn drop(&mut self) {
        if let Some(limit) = self.limit.as_ref().filter(|_| self.reserved > 0) {
            limit.release(self.reserved);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A limit that counts the reserved bytes.
    #[derive(Default)]
    pub(crate) struct Counted {
        pub(crate) limit: u64,
        pub(crate) reserved: AtomicU64,
    }

    impl MemoryLimit for Counted {
        fn acquire(&self, bytes: u64) -> bool {
            let more = |reserved: u64| (reserved + bytes <= self.limit).then_some(reserved + bytes);
            self.reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
        }

        fn release(&self, bytes: u64) {
            self.reserved.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_reservation_grows_in_steps_up_to_its_limit() {
        let counted = Arc::new(Counted { limit: 3 * STEP, ..Counted::default() });
        let reserved = || counted.reserved.load(Ordering::Relaxed);
        let mut reservation = ReadReservation::new(Some(Arc::<Counted>::clone(&counted)));
        let step = usize::try_from(STEP).unwrap();
        assert_eq!((reservation.grow(step - 1), reserved()), (Ok(()), 0));
        assert_eq!((reservation.grow(1), reserved()), (Ok(()), STEP));
        let mut other = reservation.another();
        assert_eq!((other.grow(2 * step), reserved()), (Ok(()), 3 * STEP));
        assert_eq!((reservation.grow(step), reserved()), (Err(OutOfMemory), 3 * STEP));
        drop(other);
        assert_eq!(reserved(), STEP);
        drop(reservation);
        assert_eq!(reserved(), 0);
    }
}
