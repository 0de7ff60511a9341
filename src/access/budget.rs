//! Budgets: buckets of points that fill up again, one for each client.
//!
//! A budget of N points a minute holds N points and gains N a minute, so a client that was away may spend a minute's worth at once. It is the
//! generic cell rate algorithm (ITU-T I.371): what is kept of a client is the moment at which its budget will be full again. A client
//! may be charged for work that is done already, up to a whole budget beyond what it has; it pays that off before it spends again.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Client, Left, Limited};

/// How long an empty budget takes to be full, and how often clients are looked for whose budgets are full.
const TO_FILL: Duration = Duration::from_mins(1);

/// Parts that are locked and swept each by itself, so that a sweep over the clients of a flood takes no thread for long.
const SHARDS: usize = 32;

/// Budgets of one size.
pub struct Budgets {
    points: NonZeroU32,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    /// When the budget of each client will be full; a budget that is full is as good as none.
    full_at: HashMap<Client, Instant>,
    /// When those that are full were removed last; `None` before the first time.
    swept: Option<Instant>,
}

impl Budgets {
    /// Budgets of so many points a minute.
    #[must_use]
    pub fn new(points: NonZeroU32) -> Self {
        Self { points, hasher: RandomState::new(), shards: Default::default() }
    }

    /// Spends points; what is left. A cost of nothing counts as one point.
    ///
    /// # Errors
    /// When the budget does not suffice; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32, now: Instant) -> Result<Left, Limited> {
        let cost = cost.max(1);
        let mut shard = self.shard(client, now);
        let owed = shard.owed(client, now);
        let after = owed + self.time_of(cost);
        let late = after.saturating_sub(TO_FILL);
        if !late.is_zero() {
            let retry_after_seconds = (cost <= self.points.get()).then(|| whole_seconds(late).max(1));
            return Err(Limited { left: self.left(owed), cost, retry_after_seconds });
        }
        shard.set(client, now, after);
        Ok(self.left(after))
    }

    /// Spends points for work that is done already: more than there are, but a whole budget more at most.
    pub fn settle(&self, client: &Client, cost: u32, now: Instant) {
        let mut shard = self.shard(client, now);
        let after = shard.owed(client, now).saturating_add(self.time_of(cost));
        shard.set(client, now, after.min(2 * TO_FILL));
    }

    /// Gives points back for work that was paid for and is not done.
    pub fn refund(&self, client: &Client, cost: u32, now: Instant) {
        let mut shard = self.shard(client, now);
        let after = shard.owed(client, now).saturating_sub(self.time_of(cost));
        shard.set(client, now, after);
    }

    /// Spends a point that is there now, or will be; how long it takes until it is. The wait is no longer than `most`.
    pub fn reserve(&self, client: &Client, most: Duration, now: Instant) -> Duration {
        let mut shard = self.shard(client, now);
        let after = (shard.owed(client, now) + self.time_of(1)).min(TO_FILL + most);
        shard.set(client, now, after);
        after.saturating_sub(TO_FILL)
    }

    /// How many clients are kept.
    #[cfg(test)]
    pub fn clients(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).full_at.len()).sum()
    }

    fn shard(&self, client: &Client, now: Instant) -> MutexGuard<'_, Shard> {
        let at = usize::try_from(self.hasher.hash_one(client) % SHARDS as u64).unwrap_or_default();
        let mut shard = lock(&self.shards[at]);
        shard.sweep(now);
        shard
    }

    /// How long it takes to gain so many points.
    fn time_of(&self, points: u32) -> Duration {
        TO_FILL * points / self.points.get()
    }

    fn left(&self, owed: Duration) -> Left {
        let limit = self.points.get();
        let spent = (owed.as_nanos() * u128::from(limit)).div_ceil(TO_FILL.as_nanos());
        let remaining = limit.saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX));
        Left { limit, remaining, reset_seconds: whole_seconds(owed) }
    }
}

impl Shard {
    /// How long it takes until the budget of a client is full.
    fn owed(&self, client: &Client, now: Instant) -> Duration {
        self.full_at.get(client).map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now))
    }

    fn set(&mut self, client: &Client, now: Instant, owed: Duration) {
        match self.full_at.get_mut(client) {
            Some(full_at) => *full_at = now + owed,
            None if owed.is_zero() => {}
            None => _ = self.full_at.insert(client.clone(), now + owed),
        }
    }

    fn sweep(&mut self, now: Instant) {
        if now.duration_since(*self.swept.get_or_insert(now)) >= TO_FILL {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.full_at.shrink_to_fit();
            self.swept = Some(now);
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

    fn budgets(points: u32) -> Budgets {
        Budgets::new(NonZeroU32::new(points).unwrap())
    }

    fn client(number: u32) -> Client {
        Client::Address(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_budget_is_spent_and_fills_up_again() {
        let (budgets, client, start) = (budgets(60), client(1), Instant::now());
        let left = Left { limit: 60, remaining: 10, reset_seconds: 50 };
        assert_eq!(budgets.spend(&client, 50, start), Ok(left));
        let refused = budgets.spend(&client, 30, start).unwrap_err();
        assert_eq!(refused, Limited { left, cost: 30, retry_after_seconds: Some(20) });
        let later = start + Duration::from_secs(20);
        let left = Left { limit: 60, remaining: 0, reset_seconds: 60 };
        assert_eq!(budgets.spend(&client, 30, later), Ok(left));
        let left = Left { limit: 60, remaining: 59, reset_seconds: 1 };
        assert_eq!(budgets.spend(&client, 0, later + 10 * TO_FILL), Ok(left));
    }

    #[test]
    fn what_costs_more_than_the_whole_budget_is_refused_with_its_cost() {
        let (budgets, client, now) = (budgets(10), client(1), Instant::now());
        let refused = budgets.spend(&client, u32::MAX, now).unwrap_err();
        assert_eq!((refused.cost, refused.retry_after_seconds), (u32::MAX, None));
        assert_eq!(budgets.spend(&client, 10, now).unwrap().remaining, 0, "nothing was spent");
    }

    #[test]
    fn work_that_is_done_is_owed_up_to_a_whole_budget() {
        let (budgets, client, start) = (budgets(10), client(1), Instant::now());
        budgets.settle(&client, 4, start);
        assert_eq!(budgets.spend(&client, 1, start).unwrap().remaining, 5);
        budgets.settle(&client, 0, start);
        assert_eq!(budgets.spend(&client, 1, start).unwrap().remaining, 4);
        budgets.settle(&client, u32::MAX, start);
        let refused = budgets.spend(&client, 1, start + TO_FILL).unwrap_err();
        assert_eq!((refused.left.remaining, refused.retry_after_seconds), (0, Some(6)));
        assert!(budgets.spend(&client, 1, start + TO_FILL + Duration::from_secs(6)).is_ok());
    }

    #[test]
    fn work_that_is_not_done_is_given_back() {
        let (budgets, client, now) = (budgets(10), client(1), Instant::now());
        assert!(budgets.spend(&client, 8, now).is_ok());
        budgets.refund(&client, 5, now);
        assert_eq!(budgets.spend(&client, 1, now).unwrap().remaining, 6);
        budgets.refund(&client, u32::MAX, now);
        assert_eq!(budgets.spend(&client, 10, now).unwrap().remaining, 0, "it is full, and no more than that");
    }

    #[test]
    fn points_that_are_reserved_come_one_after_another() {
        let (budgets, client, now) = (budgets(60), client(1), Instant::now());
        let most = Duration::from_secs(3);
        let waits: Vec<u64> = (0..65).map(|_| budgets.reserve(&client, most, now).as_secs()).collect();
        assert_eq!(waits[..60], [0; 60]);
        assert_eq!(waits[60..], [1, 2, 3, 3, 3]);
    }

    #[test]
    fn clients_that_are_gone_are_forgotten() {
        let (budgets, start) = (budgets(10), Instant::now());
        for number in 0..100_000 {
            budgets.spend(&client(number), 10, start + Duration::from_millis(60) * number).unwrap();
        }
        let kept = budgets.clients();
        assert!(kept <= 3000, "{kept} clients are kept of 1000 a minute");
    }
}
