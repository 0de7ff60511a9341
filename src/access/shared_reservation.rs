//! Memory that several clients share.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{
    MemoryLimitReached,
    account::{Account, CountedOnce, MIN_COUNTED, Reservation, Share},
};

/// Bytes that several clients share, such as a cached response. They count once for each client and once in the total.
#[derive(Default)]
pub struct SharedReservation(Mutex<Holders>);

#[derive(Default)]
struct Holders {
    total: Weak<CountedOnce>,
    /// One reservation for each client.
    clients: Vec<Weak<Reservation>>,
}

impl SharedReservation {
    /// Reserves the bytes for a client, or returns its existing reservation. Returns `None` for fewer than
    /// [`MIN_COUNTED`] bytes.
    ///
    /// # Errors
    /// If a limit would be exceeded.
    pub fn reserve(&self, account: &Account, bytes: u64) -> Result<Option<Arc<Reservation>>, MemoryLimitReached> {
        if bytes < MIN_COUNTED {
            return Ok(None);
        }
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holders.clients.retain(|reservation| reservation.strong_count() > 0);
        let mut all = holders.clients.iter().filter_map(Weak::upgrade);
        if let Some(reservation) = all.find(|reservation| reservation.account.client == account.client) {
            return Ok(Some(reservation));
        }
        drop(all);
        let reservation = match holders.total.upgrade() {
            Some(total) => {
                account.accounts.add(&account.client, bytes, 0, Share::Usual)?;
                Reservation { account: account.clone(), bytes, total }
            }
            None => account.reserve(bytes)?,
        };
        Ok(Some(holders.register(reservation)))
    }

    /// Registers a reservation that a client already has for these bytes, so that other clients can share them.
    pub fn register(&self, reservation: Reservation) -> Arc<Reservation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).register(reservation)
    }
}

impl Holders {
    fn register(&mut self, reservation: Reservation) -> Arc<Reservation> {
        let reservation = Arc::new(reservation);
        self.total = Arc::downgrade(&reservation.total);
        self.clients.push(Arc::downgrade(&reservation));
        reservation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Accounts, Client, Limiter};

    #[test]
    fn shared_bytes_count_once_per_client_and_once_in_total() {
        const EACH: u64 = 20 * 1024;
        let accounts = Accounts::new(Limiter::new(0, 0), 5 * EACH);
        let (one, other) = (accounts.of(Client::at([192, 0, 2, 1].into())), accounts.of(Client::at([192, 0, 2, 2].into())));
        let shared = SharedReservation::default();
        let own = shared.register(one.reserve(EACH).expect("it fits"));
        let again = shared.reserve(&one, EACH).expect("it is its own");
        let others = shared.reserve(&other, EACH).expect("its share is free");
        assert_eq!(accounts.reserved(), EACH);
        assert!(one.reserve(EACH).is_err() && other.reserve(EACH).is_err());
        drop((own, again));
        assert_eq!(accounts.reserved(), EACH, "the other still has it");
        assert!(one.reserve(EACH).is_ok(), "they no longer count for the first");
        drop(others);
        assert_eq!(accounts.reserved(), 0);
        assert!(accounts.locked().clients.is_empty());
    }
}
