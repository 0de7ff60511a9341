//! Permits for what stays open for long, such as connections and sockets: a limit for all of them together, and a share for each
//! holder, so that one client cannot take what others need.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// This part of all permits is for holders that have none yet, where one holder cannot have all.
const RESERVE: usize = 4;

/// The permits of a process, shared by its threads. A holder is a network, or a client.
#[derive(Debug)]
pub struct Permits<H: Eq + Hash>(Arc<Inner<H>>);

#[derive(Debug)]
struct Inner<H> {
    most: usize,
    share: usize,
    taken: Mutex<Taken<H>>,
}

#[derive(Debug)]
struct Taken<H> {
    all: usize,
    /// Only holders that have some.
    holders: HashMap<H, usize>,
}

/// A permit. Dropping it gives it back.
#[derive(Debug)]
pub struct Permit<H: Eq + Hash> {
    permits: Permits<H>,
    holder: H,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPermit {
    /// All permits are taken.
    AllTaken,
    /// The holder has its whole share.
    ShareTaken,
}

impl NoPermit {
    /// As it is called in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AllTaken => "all",
            Self::ShareTaken => "network",
        }
    }
}

impl<H: Eq + Hash + Clone> Permits<H> {
    /// So many permits, of which each holder may have `share`.
    #[must_use]
    pub fn new(most: usize, share: usize) -> Self {
        let taken = Mutex::new(Taken { all: 0, holders: HashMap::new() });
        Self(Arc::new(Inner { most, share, taken }))
    }

    /// Takes a permit.
    ///
    /// # Errors
    /// When none is left, or none for the holder.
    pub fn take(&self, holder: H) -> Result<Permit<H>, NoPermit> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.holders.get(&holder).copied().unwrap_or_default();
        let reserve = if own == 0 || self.0.share >= self.0.most { 0 } else { self.0.most / RESERVE };
        if taken.all >= self.0.most - reserve {
            return Err(NoPermit::AllTaken);
        }
        if own >= self.0.share {
            return Err(NoPermit::ShareTaken);
        }
        taken.all += 1;
        taken.holders.insert(holder.clone(), own + 1);
        Ok(Permit { permits: self.clone(), holder })
    }

    /// Whether all are taken.
    #[must_use]
    pub fn are_taken(&self) -> bool {
        self.taken() >= self.0.most
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl<H: Eq + Hash> Clone for Permits<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H: Eq + Hash> Drop for Permit<H> {
    fn drop(&mut self) {
        let mut taken = self.permits.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        match taken.holders.get_mut(&self.holder) {
            Some(own) if *own > 1 => *own -= 1,
            _ => _ = taken.holders.remove(&self.holder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_that_is_given_back_may_be_taken_again() {
        let permits = Permits::new(2, 2);
        let (first, second) = (permits.take("one"), permits.take("one"));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(permits.take("one").err(), Some(NoPermit::AllTaken));
        drop(first);
        assert_eq!(permits.taken(), 1);
        assert!(permits.take("one").is_ok());
    }

    #[test]
    fn a_part_is_for_holders_that_have_none() {
        let permits = Permits::new(8, 4);
        let kept: Vec<_> = ["one", "one", "one", "other", "other", "other"].map(|holder| permits.take(holder)).into();
        assert!(kept.iter().all(Result::is_ok));
        assert_eq!(permits.take("one").err(), Some(NoPermit::AllTaken));
        let third = permits.take("third");
        assert!(third.is_ok());
        assert_eq!(permits.take("third").err(), Some(NoPermit::AllTaken));
        assert!(permits.take("fourth").is_ok());
        drop((kept, third));
        assert!(permits.take("one").is_ok());
    }

    #[test]
    fn one_holder_takes_no_more_than_its_share() {
        let permits = Permits::new(3, 2);
        let kept = ["one", "one"].map(|holder| permits.take(holder));
        assert!(kept.iter().all(Result::is_ok));
        assert_eq!(permits.take("one").err(), Some(NoPermit::ShareTaken));
        let other = permits.take("other");
        assert!(other.is_ok());
        assert_eq!(permits.take("third").err(), Some(NoPermit::AllTaken));
        drop((kept, other));
        assert_eq!(permits.taken(), 0);
        assert!(permits.0.taken.lock().unwrap().holders.is_empty(), "holders without any are forgotten");
    }
}
