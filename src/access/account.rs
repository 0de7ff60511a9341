//! Accounts: what one client may use of the service, and what it uses now.
//!
//! Whatever a client makes the service do or hold is charged to its account: points of its budget for work ([`Limiter`]), and
//! bytes for what is held for it, such as answers that it has not taken yet. `docs/resources.md` lists what is charged.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::Notify;

use super::{Client, Left, Limited, Limiter};

/// Bytes that are held for all clients together, unless it is set otherwise. One client's part is half as much again as the longest answer.
pub const HELD_BYTES: u64 = 96 * 1024 * 1024;

/// One client may have this part of all bytes held.
const SHARE: u64 = 4;

/// This part of all bytes is for clients that hold nothing yet.
const RESERVE: u64 = 4;

/// Things of fewer bytes are not counted: connections are limited in number, and what each holds beside is of that order.
const COUNTED: u64 = 16 * 1024;

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
    all: Arc<HeldOnce>,
}

/// The bytes of one thing as they count for all clients together, however many of them hold it.
struct HeldOnce {
    accounts: Arc<Accounts>,
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
        self.locked().all
    }

    /// Bytes that one client may have held.
    #[must_use]
    pub fn share(&self) -> u64 {
        self.most / SHARE
    }

    /// Counts bytes for a client, and bytes for all clients together.
    fn take(&self, client: &Client, own: u64, all: u64) -> Result<(), NoRoom> {
        let mut held = self.locked();
        let before = held.clients.get(client).copied().unwrap_or_default();
        let most = if before == 0 { self.most } else { self.most - self.most / RESERVE };
        if before + own > self.share() || (all > 0 && held.all + all > most) {
            return Err(NoRoom);
        }
        held.all += all;
        if own > 0 {
            held.clients.insert(client.clone(), before + own);
        }
        Ok(())
    }

    fn give_back(&self, client: &Client, bytes: u64) {
        let mut held = self.locked();
        match held.clients.get_mut(client) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => _ = held.clients.remove(client),
        }
        drop(held);
        self.released.notify_waiters();
    }

    fn give_back_once(&self, bytes: u64) {
        self.locked().all -= bytes;
        self.released.notify_waiters();
    }

    fn locked(&self) -> MutexGuard<'_, HeldBytes> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.accounts.limiter.spend(&self.client, whole(points))
    }

    /// Charges points for work that is done already: more than there are, but a whole budget more at most.
    pub fn settle(&self, points: u64) {
        self.accounts.limiter.settle(&self.client, whole(points));
    }

    /// Gives points back for work that was charged and is not done.
    pub fn refund(&self, points: u64) {
        self.accounts.limiter.refund(&self.client, whole(points));
    }

    /// Waits before the client is told that its budget does not suffice, when it was told so too often: so it cannot have the service
    /// refuse as fast as it can send, however many connections it has.
    pub async fn wait_before_refusal(&self) {
        let delay = self.accounts.limiter.delay(&self.client);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Holds bytes for the client.
    ///
    /// # Errors
    /// When that is more than is held for all clients together, or for one.
    pub fn hold(&self, bytes: u64) -> Result<Held, NoRoom> {
        self.accounts.take(&self.client, bytes, bytes)?;
        let all = Arc::new(HeldOnce { accounts: Arc::clone(&self.accounts), bytes });
        Ok(Held { account: self.clone(), bytes, all })
    }

    /// Holds so many bytes from now on for one thing, which grows or turns out otherwise; none for a short one.
    ///
    /// # Errors
    /// When there is no room for more; then it holds what it held before.
    pub fn hold_as(&self, held: &mut Option<Held>, bytes: u64) -> Result<(), NoRoom> {
        match held {
            _ if bytes < COUNTED => *held = None,
            Some(held) => held.resize(bytes)?,
            None => *held = Some(self.hold(bytes)?),
        }
        Ok(())
    }

    /// Tries to hold bytes until there is room, within some time.
    ///
    /// # Errors
    /// When there is none in that time.
    pub async fn within<T>(&self, patience: Duration, mut hold: impl FnMut() -> Result<T, NoRoom>) -> Result<T, NoRoom> {
        let wait = async {
            loop {
                let room = self.accounts.released.notified();
                match hold() {
                    Ok(done) => return done,
                    Err(NoRoom) => room.await,
                }
            }
        };
        tokio::time::timeout(patience, wait).await.map_err(|_| NoRoom)
    }
}

fn whole(points: u64) -> u32 {
    u32::try_from(points).unwrap_or(u32::MAX)
}

impl Held {
    /// Holds more or fewer bytes from now on. Bytes that are shared stay as they are.
    ///
    /// # Errors
    /// When there is no room for more.
    pub fn resize(&mut self, bytes: u64) -> Result<(), NoRoom> {
        let Some(all) = Arc::get_mut(&mut self.all) else { return Ok(()) };
        let (accounts, client) = (&self.account.accounts, &self.account.client);
        if bytes > self.bytes {
            accounts.take(client, bytes - self.bytes, bytes - self.bytes)?;
        } else {
            accounts.give_back(client, self.bytes - bytes);
            accounts.give_back_once(self.bytes - bytes);
        }
        (self.bytes, all.bytes) = (bytes, bytes);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.account.accounts.give_back(&self.account.client, self.bytes);
    }
}

impl Drop for HeldOnce {
    fn drop(&mut self) {
        self.accounts.give_back_once(self.bytes);
    }
}

/// The bytes of one thing that several clients hold: each client has them in its account once, and all together have them once.
#[derive(Default)]
pub struct SharedBytes(Mutex<Holders>);

#[derive(Default)]
struct Holders {
    all: Weak<HeldOnce>,
    /// One for each client.
    clients: Vec<Weak<Held>>,
}

impl SharedBytes {
    /// Has a client hold it, of so many bytes; the client's own when it does so already. `None` for a short one.
    ///
    /// # Errors
    /// When there is no room.
    pub fn hold(&self, account: &Account, bytes: u64) -> Result<Option<Arc<Held>>, NoRoom> {
        if bytes < COUNTED {
            return Ok(None);
        }
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holders.clients.retain(|held| held.strong_count() > 0);
        let mut all = holders.clients.iter().filter_map(Weak::upgrade);
        if let Some(held) = all.find(|held| held.account.client == account.client) {
            return Ok(Some(held));
        }
        drop(all);
        let held = match holders.all.upgrade() {
            Some(all) => {
                account.accounts.take(&account.client, bytes, 0)?;
                Held { account: account.clone(), bytes, all }
            }
            None => account.hold(bytes)?,
        };
        Ok(Some(holders.add(held)))
    }

    /// Has a client hold it that made it, and holds its bytes already.
    pub fn share(&self, held: Held) -> Arc<Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(held)
    }
}

impl Holders {
    fn add(&mut self, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        self.all = Arc::downgrade(&held.all);
        self.clients.push(Arc::downgrade(&held));
        held
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
        assert!(accounts.locked().clients.is_empty(), "clients without anything are forgotten");
    }

    #[test]
    fn an_estimate_is_put_right() {
        let accounts = Accounts::new(Limiter::new(0, 0), 1000);
        let client = account(&accounts, "192.0.2.1");
        let mut held = client.hold(200).unwrap_or_else(|_| panic!("it fits"));
        assert_eq!(held.resize(50), Ok(()));
        assert_eq!(accounts.held(), 50);
        assert!(client.hold(200).is_ok());
        assert_eq!(held.resize(250), Ok(()));
        assert_eq!(held.resize(251), Err(NoRoom));
        assert_eq!(accounts.held(), 250);
        drop(held);
        assert_eq!(accounts.held(), 0);
    }
    #[test]
    fn a_part_is_for_clients_that_hold_nothing() {
        let accounts = Accounts::new(Limiter::new(0, 0), 1000);
        let clients: Vec<_> = (1..=5).map(|at| account(&accounts, &format!("192.0.2.{at}"))).collect();
        let held: Vec<_> =
            clients[..3].iter().map(|client| client.hold(249).unwrap_or_else(|_| panic!("it fits"))).collect();
        let first = clients[3].hold(4).unwrap_or_else(|_| panic!("it holds nothing yet"));
        assert_eq!(accounts.held(), 751);
        assert!(clients[3].hold(1).is_err() && clients[0].hold(1).is_err());
        assert!(clients[4].hold(1).is_ok());
        drop((held, first));
        assert!(clients[0].hold(250).is_ok());
    }

    #[test]
    fn what_is_shared_is_held_once_by_all_and_once_by_each() {
        const EACH: u64 = 20 * 1024;
        let accounts = Accounts::new(Limiter::new(0, 0), 5 * EACH);
        let (one, other) = (account(&accounts, "192.0.2.1"), account(&accounts, "192.0.2.2"));
        let shared = SharedBytes::default();
        let own = shared.share(one.hold(EACH).unwrap_or_else(|_| panic!("it fits")));
        let again = shared.hold(&one, EACH).unwrap_or_else(|_| panic!("it is its own"));
        let others = shared.hold(&other, EACH).unwrap_or_else(|_| panic!("it has room"));
        assert_eq!(accounts.held(), EACH);
        assert!(one.hold(EACH).is_err() && other.hold(EACH).is_err());
        drop((own, again));
        assert_eq!(accounts.held(), EACH, "the other still has it");
        assert!(one.hold(EACH).is_ok(), "the first pays for it no longer");
        drop(others);
        assert_eq!(accounts.held(), 0);
        assert!(accounts.locked().clients.is_empty());
    }
}
