//! Accounts: what one client may use of the service, and what it uses now.
//!
//! Whatever a client makes the service do or hold is charged to its account: points of its budget for work ([`Limiter`]), and
//! bytes for what is held for it, such as answers that it has not taken yet. `docs/resources.md` lists what is charged.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::Notify;

use super::{Client, Left, Limited, Limiter};

/// Bytes that are held for all clients together, unless it is set otherwise.
pub const HELD_BYTES: u64 = 64 * 1024 * 1024;

/// One client may have this part of all bytes held.
const SHARE: u64 = 4;

/// The accounts of all clients.
pub struct Accounts {
    limiter: Limiter,
    held: Mutex<HeldBytes>,
    most: u64,
    /// Told whenever bytes are given back.
    released: Notify,
}

#[derive(Default)]
struct HeldBytes {
    all: u64,
    /// Only clients for which something is held.
    clients: HashMap<Client, u64>,
}

/// The account of one client.
#[derive(Clone)]
pub struct Account {
    client: Client,
    accounts: Arc<Accounts>,
}

/// Bytes that are held for a client. Dropping it gives them back.
pub struct Held {
    account: Account,
    bytes: u64,
}

/// Nothing more can be held for a client at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

impl Accounts {
    /// Accounts with these budgets, and room for so many bytes held at once.
    #[must_use]
    pub fn new(limiter: Limiter, most: u64) -> Arc<Self> {
        Arc::new(Self { limiter, held: Mutex::default(), most, released: Notify::new() })
    }

    /// The account of a client.
    #[must_use]
    pub fn of(self: &Arc<Self>, client: Client) -> Account {
        Account { client, accounts: Arc::clone(self) }
    }

    /// Bytes that are held for all clients together.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Bytes that one client may have held.
    #[must_use]
    pub fn share(&self) -> u64 {
        self.most / SHARE
    }
}

impl Account {
    /// Whose account it is.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Charges points for work that is about to be done; what is left, or `None` where there is no limit.
    ///
    /// # Errors
    /// When the budget does not suffice; then nothing is charged.
    pub fn charge(&self, points: u64) -> Result<Option<Left>, Limited> {
        self.accounts.limiter.spend(&self.client, u32::try_from(points).unwrap_or(u32::MAX))
    }

    /// Charges points for work that is done already: as many as are left when the budget does not suffice.
    pub fn settle(&self, points: u64) {
        self.accounts.limiter.settle(&self.client, u32::try_from(points).unwrap_or(u32::MAX));
    }

    /// Waits before the client is told that its budget does not suffice, when it was told so too often: so it cannot have the service
    /// refuse as fast as it can send.
    pub async fn wait_before_refusal(&self) {
        if let Some(delay) = self.accounts.limiter.delay(&self.client) {
            tokio::time::sleep(delay).await;
        }
    }

    /// Holds bytes for the client.
    ///
    /// # Errors
    /// When that is more than is held for all clients together, or for one.
    pub fn hold(&self, bytes: u64) -> Result<Held, NoRoom> {
        let mut held = self.accounts.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.clients.get(&self.client).copied().unwrap_or_default();
        if held.all + bytes > self.accounts.most || own + bytes > self.accounts.share() {
            return Err(NoRoom);
        }
        held.all += bytes;
        held.clients.insert(self.client.clone(), own + bytes);
        Ok(Held { account: self.clone(), bytes })
    }
}

impl Account {
    /// Holds bytes for the client as soon as there is room, within some time.
    ///
    /// # Errors
    /// When there is none in that time, or never.
    pub async fn hold_within(&self, patience: Duration, bytes: u64) -> Result<Held, NoRoom> {
        if bytes > self.accounts.share() {
            return Err(NoRoom);
        }
        let wait = async {
            loop {
                let released = self.accounts.released.notified();
                match self.hold(bytes) {
                    Ok(held) => return held,
                    Err(NoRoom) => released.await,
                }
            }
        };
        tokio::time::timeout(patience, wait).await.map_err(|_| NoRoom)
    }
}

/// The bytes of one thing that several holders share, counted once. The first holder's account counts them until the last one gives
/// them back.
#[derive(Default)]
pub struct SharedBytes(Mutex<Weak<Held>>);

impl SharedBytes {
    /// What its holders hold; `None` when there is no holder.
    pub fn held(&self) -> Option<Arc<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    /// Has its holders hold this from now on.
    pub fn share(&self, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&held);
        held
    }
}

impl Held {
    /// Holds fewer bytes from now on: what was held was an estimate of something that turned out smaller. An estimate that was too
    /// small stays as it is.
    pub fn shrink_to(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(bytes);
        self.bytes -= less;
        self.give_back(less);
    }

    fn give_back(&self, bytes: u64) {
        let mut held = self.account.accounts.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= bytes;
        let client = &self.account.client;
        match held.clients.get_mut(client) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => _ = held.clients.remove(client),
        }
        drop(held);
        self.account.accounts.released.notify_waiters();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(accounts: &Arc<Accounts>, address: &str) -> Account {
        accounts.of(Client::Address(address.parse().unwrap()))
    }

    #[test]
    fn bytes_are_held_up_to_a_share_for_each_client_and_a_limit_for_all() {
        let accounts = Accounts::new(Limiter::new(0, 0), 1000);
        let clients: Vec<_> = (1..=5).map(|at| account(&accounts, &format!("192.0.2.{at}"))).collect();
        assert!(clients[0].hold(251).is_err());
        let held: Vec<_> =
            clients[..4].iter().map(|client| client.hold(250).unwrap_or_else(|_| panic!("it fits"))).collect();
        assert_eq!(accounts.held(), 1000);
        assert!(clients[0].hold(1).is_err(), "its share is used");
        assert!(clients[4].hold(1).is_err(), "nothing is left for another");
        drop(held);
        assert_eq!(accounts.held(), 0);
        assert!(accounts.held.lock().unwrap().clients.is_empty(), "clients without anything are forgotten");
    }

    #[test]
    fn what_turns_out_smaller_is_given_back() {
        let accounts = Accounts::new(Limiter::new(0, 0), 1000);
        let client = account(&accounts, "192.0.2.1");
        let mut held = client.hold(200).unwrap_or_else(|_| panic!("it fits"));
        held.shrink_to(50);
        assert_eq!(accounts.held(), 50);
        held.shrink_to(80);
        assert_eq!(accounts.held(), 50);
        assert!(client.hold(200).is_ok());
        drop(held);
        assert_eq!(accounts.held(), 0);
    }
}
