//! Permits for network connections, sockets and event streams, which stay open for long. There is a limit for all of them
//! together, and a share for each holder, so that one client cannot use up what others need.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// The number of all permits, divided by this, is reserved for holders that have no permit yet. If one holder may have
/// all permits, none are reserved.
const RESERVE_DIVISOR: usize = 4;

/// The permits of a process, shared by its threads. A holder is a network or a client.
#[derive(Debug)]
pub struct Permits<H: Eq + Hash>(Arc<Inner<H>>);

#[derive(Debug)]
struct Inner<H> {
    total: usize,
    share: usize,
    in_use: Mutex<InUse<H>>,
}

#[derive(Debug)]
struct InUse<H> {
    all: usize,
    /// Permits of each holder that has any.
    holders: HashMap<H, usize>,
}

/// A permit. Dropping it returns it.
#[derive(Debug)]
pub struct Permit<H: Eq + Hash> {
    permits: Permits<H>,
    holder: H,
}

/// Why no permit is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPermit {
    /// All permits are in use, or the last ones are reserved for other holders.
    AllInUse,
    /// The holder uses its whole share.
    ShareInUse,
}

impl NoPermit {
    /// Returns the label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AllInUse => "all",
            Self::ShareInUse => "network",
        }
    }
}

impl<H: Eq + Hash + Clone> Permits<H> {
    /// Creates `total` permits, of which each holder may have `share`.
    #[must_use]
    pub fn new(total: usize, share: usize) -> Self {
        let in_use = Mutex::new(InUse { all: 0, holders: HashMap::new() });
        Self(Arc::new(Inner { total, share, in_use }))
    }

    /// Acquires a permit for a holder.
    ///
    /// # Errors
    /// Returns the reason if no permit is available to the holder.
    pub fn acquire(&self, holder: H) -> Result<Permit<H>, NoPermit> {
        let mut in_use = self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let own = in_use.holders.get(&holder).copied().unwrap_or_default();
        let reserve = if own == 0 || self.0.share >= self.0.total { 0 } else { self.0.total / RESERVE_DIVISOR };
        if in_use.all >= self.0.total - reserve {
            return Err(NoPermit::AllInUse);
        }
        if own >= self.0.share {
            return Err(NoPermit::ShareInUse);
        }
        in_use.all += 1;
        in_use.holders.insert(holder.clone(), own + 1);
        Ok(Permit { permits: self.clone(), holder })
    }

    /// Reports whether all permits are in use.
    #[must_use]
    pub fn are_exhausted(&self) -> bool {
        self.in_use() >= self.0.total
    }

    /// Returns the number of permits in use.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl<H: Eq + Hash> Clone for Permits<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H: Eq + Hash> Drop for Permit<H> {
    fn drop(&mut self) {
        let mut in_use = self.permits.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        in_use.all -= 1;
        match in_use.holders.get_mut(&self.holder) {
            Some(own) if *own > 1 => *own -= 1,
            _ => _ = in_use.holders.remove(&self.holder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_permit_can_be_acquired_again() {
        let permits = Permits::new(2, 2);
        let (first, second) = (permits.acquire("one"), permits.acquire("one"));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(permits.acquire("one").err(), Some(NoPermit::AllInUse));
        drop(first);
        assert_eq!(permits.in_use(), 1);
        assert!(permits.acquire("one").is_ok());
    }

    #[test]
    fn a_quarter_of_the_permits_is_reserved_for_holders_that_have_none() {
        let permits = Permits::new(8, 4);
        let held: Vec<_> = ["one", "one", "one", "other", "other", "other"].map(|holder| permits.acquire(holder)).into();
        assert!(held.iter().all(Result::is_ok));
        assert_eq!(permits.acquire("one").err(), Some(NoPermit::AllInUse));
        let third = permits.acquire("third");
        assert!(third.is_ok());
        assert_eq!(permits.acquire("third").err(), Some(NoPermit::AllInUse));
        assert!(permits.acquire("fourth").is_ok());
        drop((held, third));
        assert!(permits.acquire("one").is_ok());
    }

    #[test]
    fn a_holder_gets_no_more_than_its_share() {
        let permits = Permits::new(3, 2);
        let held = ["one", "one"].map(|holder| permits.acquire(holder));
        assert!(held.iter().all(Result::is_ok));
        assert_eq!(permits.acquire("one").err(), Some(NoPermit::ShareInUse));
        let other = permits.acquire("other");
        assert!(other.is_ok());
        assert_eq!(permits.acquire("third").err(), Some(NoPermit::AllInUse));
        drop((held, other));
        assert_eq!(permits.in_use(), 0);
        assert!(permits.0.in_use.lock().unwrap().holders.is_empty(), "holders without permits are removed");
    }
}
