//! Accounts: the budget of each client, and the memory that is reserved for it.
//!
//! Work is charged to the account of the client in points of its budget ([`Limiter`]). Memory is reserved in bytes, for
//! example for responses that the client has not read yet. `docs/resources.md` lists what is charged.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{BudgetExceeded, BudgetStatus, Client, Limiter};
use crate::store::MemoryLimit;

#[cfg(test)]
mod tests;

/// Default of the maximum number of bytes that are reserved for all clients together. With this default, one client may
/// reserve 24 MiB, which is 1.5 times the longest response.
pub const MAX_RESERVED_BYTES: u64 = 96 * 1024 * 1024;

/// The maximum for all clients, divided by this, is the maximum for one client.
const CLIENT_DIVISOR: u64 = 4;

/// [`Account::adjust`] and [`SharedReservation`](super::SharedReservation) reserve nothing for a buffer with fewer bytes
/// than this. Each connection needs about as much memory anyway, and the number of connections is limited.
pub(super) const MIN_COUNTED: u64 = 16 * 1024;

/// The accounts of all clients.
pub struct Accounts {
    limiter: Limiter,
    reserved: Mutex<ReservedBytes>,
    max_bytes: u64,
    /// Notified when bytes are released.
    released: Notify,
}

#[derive(Default)]
pub(super) struct ReservedBytes {
    all: u64,
    /// Bytes of each client with a reservation; clients without one have no entry.
    pub(super) clients: HashMap<Client, u64>,
    /// Temporary bytes of each client, which its searches and facets use. They do not count against the share of the
    /// client. They only reduce what is left for all clients. So a large search of a client does not prevent its other
    /// requests.
    temporary: HashMap<Client, u64>,
}

impl ReservedBytes {
    fn of(&mut self, share: Share) -> &mut HashMap<Client, u64> {
        match share {
            Share::Usual | Share::Existing => &mut self.clients,
            Share::Temporary => &mut self.temporary,
        }
    }
}

/// The account of one client. Clones refer to the same account.
#[derive(Clone)]
pub struct Account {
    pub(super) client: Client,
    pub(super) accounts: Arc<Accounts>,
}

/// Bytes that are reserved for a client. Dropping the reservation releases them.
pub struct Reservation {
    pub(super) account: Account,
    pub(super) bytes: u64,
    pub(super) total: Arc<CountedOnce>,
}

/// Bytes that count once towards the total of all clients, even if several clients share them.
pub(super) struct CountedOnce {
    accounts: Arc<Accounts>,
    bytes: u64,
}

/// How many bytes one client may reserve.
#[derive(Clone, Copy)]
pub(super) enum Share {
    /// At most a quarter of the maximum, and at most half of what the other clients leave. So something is always left for
    /// further clients.
    Usual,
    /// At most a quarter of the maximum, and at most all that the other clients leave. The bytes exist already.
    Existing,
    /// At most half of what the other clients leave. It is for bytes that are released before the response is sent.
    Temporary,
}

/// The error that no more bytes can be reserved for a client now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimitReached;

impl Accounts {
    /// Creates accounts with these budgets. `max_bytes` is the maximum number of bytes that are reserved for all clients
    /// together.
    #[must_use]
    pub fn new(limiter: Limiter, max_bytes: u64) -> Arc<Self> {
        Arc::new(Self { limiter, reserved: Mutex::default(), max_bytes, released: Notify::new() })
    }

    /// Returns the account of a client.
    #[must_use]
    pub fn of(self: &Arc<Self>, client: Client) -> Account {
        Account { client, accounts: Arc::clone(self) }
    }

    /// Returns the bytes that are reserved for all clients together.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        self.locked().all
    }

    /// Returns the maximum number of bytes that may be reserved for one client.
    #[must_use]
    pub fn max_bytes_per_client(&self) -> u64 {
        self.max_bytes / CLIENT_DIVISOR
    }

    /// Reserves `own` bytes for a client, and adds `all` bytes to the total of all clients.
    pub(super) fn add(&self, client: &Client, own: u64, all: u64, share: Share) -> Result<(), MemoryLimitReached> {
        let mut reserved = self.locked();
        let before = reserved.of(share).get(client).copied().unwrap_or_default();
        let left = self.max_bytes.saturating_sub(reserved.all.saturating_sub(before));
        let (max_own, max_all) = match share {
            Share::Usual => (self.max_bytes_per_client(), left / 2),
            Share::Existing => (self.max_bytes_per_client(), left),
            Share::Temporary => (left / 2, left / 2),
        };
        if before + own > max_own || (all > 0 && before + all > max_all) {
            return Err(MemoryLimitReached);
        }
        reserved.all += all;
        if own > 0 {
            reserved.of(share).insert(client.clone(), before + own);
        }
        Ok(())
    }

    fn release(&self, client: &Client, bytes: u64, share: Share) {
        let mut reserved = self.locked();
        let clients = reserved.of(share);
        match clients.get_mut(client) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => _ = clients.remove(client),
        }
        drop(reserved);
        self.released.notify_waiters();
    }

    fn release_total(&self, bytes: u64) {
        self.locked().all -= bytes;
        self.released.notify_waiters();
    }

    pub(super) fn locked(&self) -> MutexGuard<'_, ReservedBytes> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    /// Returns the client of the account.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Charges points before work is done. Returns the budget afterwards, or `None` if the client has no limit.
    ///
    /// # Errors
    /// If the budget is too small; then nothing is charged.
    pub fn charge(&self, points: u64) -> Result<Option<BudgetStatus>, BudgetExceeded> {
        self.accounts.limiter.spend(&self.client, saturated(points))
    }

    /// Charges points for work that is already done. The budget may become negative, by at most its own size.
    pub fn settle(&self, points: u64) {
        self.accounts.limiter.settle(&self.client, saturated(points));
    }

    /// Adds points to the budget that were charged for work that was not done.
    pub fn refund(&self, points: u64) {
        self.accounts.limiter.refund(&self.client, saturated(points));
    }

    /// Counts a refusal, and waits before it is sent if the client has had many refusals. This bounds the work that
    /// refusals cause, whatever number of connections the client uses.
    pub async fn wait_before_refusal(&self) {
        let delay = self.accounts.limiter.next_delay(&self.client);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Reserves bytes for the client.
    ///
    /// # Errors
    /// If the limit of the client, or the limit of all clients together, would be exceeded.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, MemoryLimitReached> {
        self.add(bytes, Share::Usual)
    }

    fn add(&self, bytes: u64, share: Share) -> Result<Reservation, MemoryLimitReached> {
        self.accounts.add(&self.client, bytes, bytes, share)?;
        let total = Arc::new(CountedOnce { accounts: Arc::clone(&self.accounts), bytes });
        Ok(Reservation { account: self.clone(), bytes, total })
    }

    /// Changes the reservation of a buffer to its length, rounded up to a multiple of [`MIN_COUNTED`], and creates or
    /// drops the reservation as needed. A buffer that is shorter than [`MIN_COUNTED`] needs none. A buffer that grows
    /// byte by byte rarely changes its reservation.
    ///
    /// # Errors
    /// If a limit would be exceeded; then the reservation is unchanged.
    pub fn adjust(&self, reservation: &mut Option<Reservation>, bytes: u64) -> Result<(), MemoryLimitReached> {
        self.change(reservation, bytes, Share::Usual)
    }

    /// Changes a reservation for an estimated length to the actual length, after the bytes were created. Unlike
    /// [`adjust`](Self::adjust), it may use all that is left, because refusing the bytes would waste the work that created
    /// them.
    ///
    /// # Errors
    /// If a limit would be exceeded; then the reservation is unchanged.
    pub fn adjust_existing(&self, reservation: &mut Option<Reservation>, bytes: u64) -> Result<(), MemoryLimitReached> {
        self.change(reservation, bytes, Share::Existing)
    }

    fn change(&self, reservation: &mut Option<Reservation>, bytes: u64, share: Share) -> Result<(), MemoryLimitReached> {
        let bytes = counted(bytes);
        match reservation {
            _ if bytes == 0 => *reservation = None,
            Some(reservation) if reservation.bytes == bytes => {}
            Some(reservation) => reservation.change(bytes, share)?,
            None => *reservation = Some(self.add(bytes, share)?),
        }
        Ok(())
    }

    /// Calls `reserve`, and again whenever bytes are released, until it succeeds or the timeout has passed.
    ///
    /// # Errors
    /// If `reserve` did not succeed in that time.
    pub async fn retry_within<T>(
        &self,
        timeout: Duration,
        mut reserve: impl FnMut() -> Result<T, MemoryLimitReached>,
    ) -> Result<T, MemoryLimitReached> {
        let wait = async {
            loop {
                let released = self.accounts.released.notified();
                match reserve() {
                    Ok(done) => return done,
                    Err(MemoryLimitReached) => released.await,
                }
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|_| MemoryLimitReached)
    }
}

/// What an operation stores while it reads counts as memory of its client.
impl MemoryLimit for Account {
    fn acquire(&self, bytes: u64) -> bool {
        self.accounts.add(&self.client, bytes, bytes, Share::Temporary).is_ok()
    }

    fn release(&self, bytes: u64) {
        self.accounts.release(&self.client, bytes, Share::Temporary);
        self.accounts.release_total(bytes);
    }
}

/// Returns how many bytes are reserved for a buffer of this length: none below [`MIN_COUNTED`], else the length rounded
/// up to a multiple of it.
fn counted(bytes: u64) -> u64 {
    if bytes < MIN_COUNTED { 0 } else { bytes.next_multiple_of(MIN_COUNTED) }
}

fn saturated(points: u64) -> u32 {
    u32::try_from(points).unwrap_or(u32::MAX)
}

impl Reservation {
    /// Changes the number of bytes. A reservation that is shared with other clients keeps its size.
    ///
    /// # Errors
    /// If a limit would be exceeded.
    pub fn resize(&mut self, bytes: u64) -> Result<(), MemoryLimitReached> {
        self.change(bytes, Share::Usual)
    }

    fn change(&mut self, bytes: u64, share: Share) -> Result<(), MemoryLimitReached> {
        let Some(total) = Arc::get_mut(&mut self.total) else { return Ok(()) };
        let (accounts, client) = (&self.account.accounts, &self.account.client);
        if bytes > self.bytes {
            accounts.add(client, bytes - self.bytes, bytes - self.bytes, share)?;
        } else {
            accounts.release(client, self.bytes - bytes, share);
            accounts.release_total(self.bytes - bytes);
        }
        (self.bytes, total.bytes) = (bytes, bytes);
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.account.accounts.release(&self.account.client, self.bytes, Share::Usual);
    }
}

impl Drop for CountedOnce {
    fn drop(&mut self) {
        self.accounts.release_total(self.bytes);
    }
}
