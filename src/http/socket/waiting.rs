//! Sockets whose clients are not admitted yet.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::{
    access::Client,
    http::gate::{NoPermit, Permit, Permits},
};

/// Maximum waiting sockets of one client. Each is closed when `connection_init` is late.
const MAX_PER_CLIENT: usize = 64;

/// The sockets that wait for `connection_init`. If there are too many, a new socket replaces the one that has waited
/// longest. Usual clients send `connection_init` at once, so only clients that send nothing lose their sockets.
#[derive(Clone)]
pub struct WaitingSockets {
    permits: Permits<Client>,
    order: Arc<Mutex<Order>>,
    limit: usize,
}

/// The tokens of the waiting sockets, by the order in which they were opened.
#[derive(Default)]
struct Order {
    next: u64,
    tokens: BTreeMap<u64, CancellationToken>,
}

/// The permit of a waiting socket. Dropping it returns the permit.
pub struct Waiting {
    sockets: WaitingSockets,
    number: u64,
    replaced: CancellationToken,
    _permit: Permit<Client>,
}

impl WaitingSockets {
    /// Creates the state for at most `limit` waiting sockets.
    pub fn new(limit: usize) -> Self {
        // `order` enforces the limit of all clients together. The permits enforce only the maximum of each client.
        Self { permits: Permits::new(usize::MAX, MAX_PER_CLIENT), order: Arc::default(), limit }
    }

    /// Adds a socket of a client.
    ///
    /// # Errors
    /// Returns an error if the client has its share of waiting sockets.
    pub fn add(&self, client: Client) -> Result<Waiting, NoPermit> {
        let permit = self.permits.acquire(client)?;
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if order.tokens.len() >= self.limit
            && let Some((_, oldest)) = order.tokens.pop_first()
        {
            oldest.cancel();
        }
        let (number, replaced) = (order.next, CancellationToken::new());
        order.next += 1;
        order.tokens.insert(number, replaced.clone());
        drop(order);
        Ok(Waiting { sockets: self.clone(), number, replaced, _permit: permit })
    }

    /// Returns the number of waiting sockets.
    pub fn count(&self) -> usize {
        self.permits.in_use()
    }
}

impl Waiting {
    /// Waits until a newer socket replaces this one.
    pub async fn replaced(&self) {
        self.replaced.cancelled().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.sockets.order.lock().unwrap_or_else(PoisonError::into_inner).tokens.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client::at([192, 0, 2, last].into())
    }

    #[test]
    fn the_socket_that_has_waited_longest_is_replaced() {
        let sockets = WaitingSockets::new(2);
        let add = |last| sockets.add(client(last)).expect("its share is free");
        let [first, second] = [1, 2].map(add);
        assert!(!first.replaced.is_cancelled());
        let third = add(3);
        assert!(first.replaced.is_cancelled() && !second.replaced.is_cancelled());
        drop(second);
        let fourth = add(4);
        assert!(!third.replaced.is_cancelled() && !fourth.replaced.is_cancelled());
        drop((first, third, fourth));
        assert_eq!(sockets.count(), 0);
        assert!(sockets.order.lock().unwrap().tokens.is_empty());
    }

    #[test]
    fn a_client_replaces_no_others_beyond_its_share() {
        let sockets = WaitingSockets::new(2 * MAX_PER_CLIENT);
        let other = sockets.add(client(2)).expect("its share is free");
        let own: Vec<_> = (0..MAX_PER_CLIENT).map(|_| sockets.add(client(1)).expect("its share is free")).collect();
        assert_eq!(sockets.add(client(1)).err(), Some(NoPermit::ShareInUse));
        assert!(!other.replaced.is_cancelled());
        drop(own);
    }
}
