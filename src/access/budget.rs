//! Budgets: one token bucket of points for each client.
//!
//! A budget of N points has at most N points and gains N points in its refill time, which is a minute for requests. So a
//! client that was idle may spend N points at once. The algorithm is the generic cell rate algorithm (ITU-T I.371): for
//! each client it stores only the time at which the budget will be full. Work that is already done is charged even if the
//! budget is empty. The budget can then become negative, down to minus N points, and the client cannot spend points until
//! the budget is positive again.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher as _, RandomState},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{AccessProblem, Client};
use crate::plural;

/// Interval at which clients with a full budget are removed. They are also removed when the number of entries has doubled.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// Number of shards. Each has its own lock, and clients with a full budget are removed from one shard at a time. So
/// removing them does not block a thread for long, even after a flood of clients.
const SHARDS: usize = 32;

/// A shard with fewer than twice this number of entries is swept only when the interval is over.
const FEW: usize = 64;

/// The state of a client's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// Points of a full budget, which is also the gain per minute.
    pub limit: u32,
    /// Points that can be spent now.
    pub remaining: u32,
    /// Seconds until the budget is full.
    pub reset_seconds: u64,
}

/// The error that a budget is too small for a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// The budget, from which nothing was spent.
    pub budget: BudgetStatus,
    /// The cost.
    pub cost: u32,
    /// Seconds until the budget has enough points, if nothing else is spent; `None` if the cost is above the whole budget.
    pub retry_after_seconds: Option<u64>,
}

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { budget: BudgetStatus { limit, remaining, .. }, cost, retry_after_seconds } = self;
        let budget = plural::count(*limit, "point");
        match retry_after_seconds {
            Some(seconds) => write!(
                f,
                "Your budget of {budget} per minute has {remaining} left; this costs {cost}. Retry in {}.",
                plural::count(*seconds, "second")
            ),
            None => write!(
                f,
                "This costs {cost} points, more than your whole budget of {budget} per minute. Request smaller pages."
            ),
        }
    }
}

impl std::error::Error for BudgetExceeded {}

impl From<BudgetExceeded> for AccessProblem {
    fn from(limited: BudgetExceeded) -> Self {
        Self { code: Self::RATE_LIMITED, message: limited.to_string().into() }
    }
}

/// The budgets of many clients, all with the same number of points and the same refill time.
pub struct Budgets {
    points: NonZeroU32,
    /// How long an empty budget takes to fill up.
    refill_time: Duration,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    /// When the budget of each client will be full. A client with a full budget needs no entry.
    full_at: HashMap<Client, Instant>,
    /// When clients with a full budget were last removed; `None` before the first time.
    swept: Option<Instant>,
    /// The number of entries at that time.
    swept_entries: usize,
}

impl Budgets {
    /// Creates budgets of this many points, which an empty budget gains in `refill_time`.
    #[must_use]
    pub fn new(points: NonZeroU32, refill_time: Duration) -> Self {
        Self { points, refill_time, hasher: RandomState::new(), shards: Default::default() }
    }

    /// Spends points, and returns the budget afterwards. A cost of 0 counts as 1.
    ///
    /// # Errors
    /// If the budget is too small; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32, now: Instant) -> Result<BudgetStatus, BudgetExceeded> {
        let cost = cost.max(1);
        let mut shard = self.shard(client, now);
        let until_full = shard.time_until_full(client, now);
        let after = until_full + self.time_of(cost);
        let wait = after.saturating_sub(self.refill_time);
        if !wait.is_zero() {
            let retry_after_seconds = (cost <= self.points.get()).then(|| whole_seconds(wait).max(1));
            return Err(BudgetExceeded { budget: self.status(until_full), cost, retry_after_seconds });
        }
        shard.set(client, now, after);
        Ok(self.status(after))
    }

    /// Spends points for work that is already done. The budget may become negative, by at most its own size.
    pub fn settle(&self, client: &Client, cost: u32, now: Instant) {
        let mut shard = self.shard(client, now);
        let after = shard.time_until_full(client, now).saturating_add(self.time_of(cost));
        shard.set(client, now, after.min(2 * self.refill_time));
    }

    /// Adds points to the budget that were spent for work that was not done.
    pub fn refund(&self, client: &Client, cost: u32, now: Instant) {
        let mut shard = self.shard(client, now);
        let after = shard.time_until_full(client, now).saturating_sub(self.time_of(cost));
        shard.set(client, now, after);
    }

    /// Spends one point, even if the budget is empty. Returns how long the client must wait until the budget has gained
    /// that point, at most `max_wait`.
    pub fn spend_one(&self, client: &Client, max_wait: Duration, now: Instant) -> Duration {
        let mut shard = self.shard(client, now);
        let after = (shard.time_until_full(client, now) + self.time_of(1)).min(self.refill_time + max_wait);
        shard.set(client, now, after);
        after.saturating_sub(self.refill_time)
    }

    /// Returns the number of clients with an entry.
    #[cfg(test)]
    pub fn client_count(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).full_at.len()).sum()
    }

    fn shard(&self, client: &Client, now: Instant) -> MutexGuard<'_, Shard> {
        let at = usize::try_from(self.hasher.hash_one(client) % SHARDS as u64).unwrap_or_default();
        let mut shard = lock(&self.shards[at]);
        shard.sweep(now);
        shard
    }

    /// Returns how long it takes to gain this many points.
    fn time_of(&self, points: u32) -> Duration {
        self.refill_time * points / self.points.get()
    }

    fn status(&self, until_full: Duration) -> BudgetStatus {
        let limit = self.points.get();
        let spent = (until_full.as_nanos() * u128::from(limit)).div_ceil(self.refill_time.as_nanos());
        let remaining = limit.saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX));
        BudgetStatus { limit, remaining, reset_seconds: whole_seconds(until_full) }
    }
}

impl Shard {
    /// Returns how long it takes until the budget of a client is full.
    fn time_until_full(&self, client: &Client, now: Instant) -> Duration {
        self.full_at.get(client).map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now))
    }

    fn set(&mut self, client: &Client, now: Instant, until_full: Duration) {
        match self.full_at.get_mut(client) {
            Some(full_at) => *full_at = now + until_full,
            None if until_full.is_zero() => {}
            None => _ = self.full_at.insert(client.clone(), now + until_full),
        }
    }

    fn sweep(&mut self, now: Instant) {
        let has_doubled = self.full_at.len() >= 2 * self.swept_entries.max(FEW);
        if has_doubled || now.duration_since(*self.swept.get_or_insert(now)) >= SWEEP_INTERVAL {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.full_at.shrink_to_fit();
            (self.swept, self.swept_entries) = (Some(now), self.full_at.len());
        }
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const REFILL_TIME: Duration = Duration::from_mins(1);

    fn budgets(points: u32) -> Budgets {
        Budgets::new(NonZeroU32::new(points).unwrap(), REFILL_TIME)
    }

    fn client(number: u32) -> Client {
        Client::Address(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_budget_is_spent_and_fills_up_again() {
        let (budgets, client, start) = (budgets(60), client(1), Instant::now());
        let budget = BudgetStatus { limit: 60, remaining: 10, reset_seconds: 50 };
        assert_eq!(budgets.spend(&client, 50, start), Ok(budget));
        let refused = budgets.spend(&client, 30, start).unwrap_err();
        assert_eq!(refused, BudgetExceeded { budget, cost: 30, retry_after_seconds: Some(20) });
        let later = start + Duration::from_secs(20);
        let budget = BudgetStatus { limit: 60, remaining: 0, reset_seconds: 60 };
        assert_eq!(budgets.spend(&client, 30, later), Ok(budget));
        let budget = BudgetStatus { limit: 60, remaining: 59, reset_seconds: 1 };
        assert_eq!(budgets.spend(&client, 0, later + 10 * REFILL_TIME), Ok(budget));
    }

    #[test]
    fn a_cost_above_the_whole_budget_is_refused() {
        let (budgets, client, now) = (budgets(10), client(1), Instant::now());
        let refused = budgets.spend(&client, u32::MAX, now).unwrap_err();
        assert_eq!((refused.cost, refused.retry_after_seconds), (u32::MAX, None));
        assert_eq!(budgets.spend(&client, 10, now).unwrap().remaining, 0, "nothing was spent");
    }

    #[test]
    fn work_that_is_done_can_be_charged_up_to_a_whole_budget_in_advance() {
        let (budgets, client, start) = (budgets(10), client(1), Instant::now());
        budgets.settle(&client, 4, start);
        assert_eq!(budgets.spend(&client, 1, start).unwrap().remaining, 5);
        budgets.settle(&client, 0, start);
        assert_eq!(budgets.spend(&client, 1, start).unwrap().remaining, 4);
        budgets.settle(&client, u32::MAX, start);
        let refused = budgets.spend(&client, 1, start + REFILL_TIME).unwrap_err();
        assert_eq!((refused.budget.remaining, refused.retry_after_seconds), (0, Some(6)));
        assert!(budgets.spend(&client, 1, start + REFILL_TIME + Duration::from_secs(6)).is_ok());
    }

    #[test]
    fn points_for_work_that_was_not_done_are_returned() {
        let (budgets, client, now) = (budgets(10), client(1), Instant::now());
        assert!(budgets.spend(&client, 8, now).is_ok());
        budgets.refund(&client, 5, now);
        assert_eq!(budgets.spend(&client, 1, now).unwrap().remaining, 6);
        budgets.refund(&client, u32::MAX, now);
        assert_eq!(budgets.spend(&client, 10, now).unwrap().remaining, 0, "a budget is never more than full");
    }

    #[test]
    fn each_point_that_an_empty_budget_spends_makes_the_wait_longer_up_to_a_maximum() {
        let (budgets, client, now) = (budgets(60), client(1), Instant::now());
        let max_wait = Duration::from_secs(3);
        let waits: Vec<u64> = (0..65).map(|_| budgets.spend_one(&client, max_wait, now).as_secs()).collect();
        assert_eq!(waits[..60], [0; 60]);
        assert_eq!(waits[60..], [1, 2, 3, 3, 3]);
    }

    #[test]
    fn clients_with_a_full_budget_are_removed() {
        let (budgets, start) = (budgets(10), Instant::now());
        for number in 0..100_000 {
            budgets.spend(&client(number), 10, start + Duration::from_millis(60) * number).unwrap();
        }
        let clients = budgets.client_count();
        assert!(clients <= 3000, "{clients} clients have an entry, of 1000 a minute");
    }
}
