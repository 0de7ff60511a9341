//! Permits for what stays open for long, such as connections and sockets: a limit for all of them together, and a share for each
//! network, so that one client cannot take what others need.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::access::network;

/// The permits of a process, shared by its threads.
#[derive(Clone, Debug)]
pub struct Permits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    taken: AtomicUsize,
    most: usize,
    /// How many each network may hold, and how many it holds; `None` when a network may hold all of them.
    shares: Option<(usize, Mutex<HashMap<IpAddr, usize>>)>,
}

/// A permit. Dropping it gives it back.
#[derive(Debug)]
pub struct Permit {
    permits: Permits,
    /// The network whose share it counts against; `None` when it counts against none.
    network: Option<IpAddr>,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPermit {
    /// All permits are taken.
    AllTaken,
    /// The network holds its whole share.
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

impl Permits {
    /// So many permits, which one network may take all of.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Inner { taken: AtomicUsize::new(0), most, shares: None }))
    }

    /// So many permits, of which each network may hold `share`.
    #[must_use]
    pub fn shared(most: usize, share: usize) -> Self {
        Self(Arc::new(Inner { taken: AtomicUsize::new(0), most, shares: Some((share, Mutex::default())) }))
    }

    /// Takes a permit for a client at an address.
    ///
    /// # Errors
    /// When none is left, or none for the network of the address.
    pub fn take(&self, address: IpAddr) -> Result<Permit, NoPermit> {
        let network = self.0.shares.as_ref().map(|_| network(address));
        if let Some(network) = network {
            self.0.take_share(network)?;
        }
        let more = |taken| (taken < self.0.most).then_some(taken + 1);
        if self.0.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err() {
            if let Some(network) = network {
                self.0.give_share_back(network);
            }
            return Err(NoPermit::AllTaken);
        }
        Ok(Permit { permits: self.clone(), network })
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Relaxed)
    }
}

impl Permit {
    /// Counts the permit against no network any more: its holder has signed in.
    pub fn leave_share(&mut self) {
        if let Some(network) = self.network.take() {
            self.permits.0.give_share_back(network);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.leave_share();
        self.permits.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Inner {
    fn take_share(&self, network: IpAddr) -> Result<(), NoPermit> {
        let Some((share, held)) = &self.shares else { return Ok(()) };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.get(&network).copied().unwrap_or_default();
        if count >= *share {
            return Err(NoPermit::ShareTaken);
        }
        held.insert(network, count + 1);
        Ok(())
    }

    fn give_share_back(&self, network: IpAddr) {
        let Some((_, held)) = &self.shares else { return };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = held.remove(&network),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_permit_that_is_given_back_may_be_taken_again() {
        let permits = Permits::new(2);
        let one = address("192.0.2.1");
        let (first, second) = (permits.take(one), permits.take(one));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(permits.take(one).err(), Some(NoPermit::AllTaken));
        drop(first);
        assert_eq!(permits.taken(), 1);
        assert!(permits.take(one).is_ok());
    }

    #[test]
    fn one_network_takes_no_more_than_its_share() {
        let permits = Permits::shared(3, 2);
        let kept: Vec<_> = ["2001:db8:0:1::1", "2001:db8:0:1::2"].map(|text| permits.take(address(text))).into();
        assert!(kept.iter().all(Result::is_ok));
        assert_eq!(permits.take(address("2001:db8:0:1::3")).err(), Some(NoPermit::ShareTaken));
        let other = permits.take(address("192.0.2.1"));
        assert!(other.is_ok());
        assert_eq!(permits.take(address("192.0.2.2")).err(), Some(NoPermit::AllTaken));
        drop((kept, other));
        assert_eq!(permits.taken(), 0);
        assert!(permits.0.shares.as_ref().is_some_and(|(_, held)| held.lock().is_ok_and(|held| held.is_empty())));
    }

    #[test]
    fn a_client_that_has_signed_in_leaves_its_share_to_others() {
        let permits = Permits::shared(3, 1);
        let mut first = permits.take(address("192.0.2.1")).expect("a permit");
        first.leave_share();
        let second = permits.take(address("192.0.2.1")).expect("another permit");
        drop(first);
        assert_eq!(permits.take(address("192.0.2.1")).err(), Some(NoPermit::ShareTaken));
        drop(second);
        assert_eq!(permits.taken(), 0);
    }
}
