//! Rate limits by cost: each caller has a budget of points that fills up again.
//!
//! A budget of N points a minute is a bucket that holds N points and gains N a minute, so a caller who was away may spend a
//! minute's worth at once. It is the generic cell rate algorithm, as `governor` implements it.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};

use super::{AccessProblem, Client};

/// How long an empty budget takes to be full.
const TO_FILL: Duration = Duration::from_mins(1);

/// How many clients are kept before those are looked for whose budgets are full again.
const CLIENTS_BEFORE_SWEEP: usize = 1024;

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Points that the budget holds, and gains in a minute.
    pub limit: u32,
    /// Points that can be spent now.
    pub remaining: u32,
    /// Seconds until it is full again.
    pub reset_seconds: u64,
}

/// A budget that does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This costs {cost} points, and {} of your {} a minute are left. Try again in {retry_after_seconds} seconds.",
    left.remaining, left.limit
)]
pub struct Limited {
    /// What is left.
    pub left: Left,
    /// What was to be spent.
    pub cost: u32,
    /// Seconds until the same can be spent, if nothing else is.
    pub retry_after_seconds: u64,
}

impl From<Limited> for AccessProblem {
    fn from(limited: Limited) -> Self {
        Self { code: Self::RATE_LIMITED, message: limited.to_string().into() }
    }
}

/// The budgets of all callers.
pub struct Limiter<C: Clock = DefaultClock> {
    anonymous: Option<Budget<C>>,
    signed_in: Option<Budget<C>>,
}

impl Limiter {
    /// Budgets of this many points a minute, for clients that are known by their address and for those that have signed in;
    /// 0 sets no limit.
    #[must_use]
    pub fn new(anonymous: u32, signed_in: u32) -> Self {
        Self::with_clock(anonymous, signed_in, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limiter<C> {
    fn with_clock(anonymous: u32, signed_in: u32, clock: &C) -> Self {
        let budget = |points| NonZeroU32::new(points).map(|points| Budget::new(points, clock));
        Self { anonymous: budget(anonymous), signed_in: budget(signed_in) }
    }

    /// Spends points; what is left, or `None` where there is no limit. A cost of nothing counts as one point, and one that
    /// is higher than the whole budget as the whole, so that it can be asked for at all.
    ///
    /// # Errors
    /// When the budget does not reach; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32) -> Result<Option<Left>, Limited> {
        let budget = match client {
            Client::Address(_) => &self.anonymous,
            Client::Key(_) | Client::Subject(_) => &self.signed_in,
        };
        budget.as_ref().map(|budget| budget.spend(client, cost)).transpose()
    }
}

/// Budgets of one size, one a client.
struct Budget<C: Clock> {
    points: NonZeroU32,
    clock: C,
    states: RateLimiter<Client, HashMapStateStore<Client>, C, StateInformationMiddleware>,
    /// How many clients there are when the next sweep is due.
    sweep_at: AtomicUsize,
}

impl<C: Clock + Clone> Budget<C> {
    fn new(points: NonZeroU32, clock: &C) -> Self {
        let states = RateLimiter::new(Quota::per_minute(points), HashMapStateStore::default(), clock.clone());
        let sweep_at = AtomicUsize::new(CLIENTS_BEFORE_SWEEP);
        Self { points, clock: clock.clone(), states, sweep_at }
    }

    fn spend(&self, client: &Client, cost: u32) -> Result<Left, Limited> {
        self.sweep();
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.points);
        match self.states.check_key_n(client, cost) {
            Ok(Ok(state)) => Ok(self.left(state.remaining_burst_capacity())),
            Ok(Err(not_yet)) => {
                let wait = not_yet.wait_time_from(self.clock.now());
                let missing = self.points_in(wait).min(cost.get());
                let left = self.left(cost.get() - missing);
                Err(Limited { left, cost: cost.get(), retry_after_seconds: whole_seconds(wait).max(1) })
            }
            // Cannot be: the cost is at most what the budget holds.
            Err(_) => Ok(self.left(0)),
        }
    }

    fn left(&self, remaining: u32) -> Left {
        let limit = self.points.get();
        let spent = limit.saturating_sub(remaining);
        Left { limit, remaining, reset_seconds: whole_seconds(TO_FILL * spent / limit) }
    }

    /// Points that are gained in this time, rounded up.
    fn points_in(&self, time: Duration) -> u32 {
        let points = (time.as_nanos() * u128::from(self.points.get())).div_ceil(TO_FILL.as_nanos());
        u32::try_from(points).unwrap_or(u32::MAX)
    }

    /// Forgets clients whose budgets are full again, each time that there are twice as many as were left the last time. What
    /// is kept is thus in proportion to the clients of the last minute, and a sweep costs little for each of them.
    fn sweep(&self) {
        if self.states.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.states.retain_recent();
            self.states.shrink_to_fit();
            self.sweep_at.store((2 * self.states.len()).max(CLIENTS_BEFORE_SWEEP), Ordering::Relaxed);
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::access::{Caller, Role, Who};

    fn address(text: &str) -> Client {
        Client::of(&Caller::ANONYMOUS, text.parse().unwrap())
    }

    fn limiter(anonymous: u32, signed_in: u32) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::with_clock(anonymous, signed_in, &clock), clock)
    }

    #[test]
    fn a_budget_is_spent_and_fills_up_again() {
        let (limiter, clock) = limiter(60, 0);
        let client = address("192.0.2.1");
        assert_eq!(limiter.spend(&client, 50), Ok(Some(Left { limit: 60, remaining: 10, reset_seconds: 50 })));
        let refused = limiter.spend(&client, 30).unwrap_err();
        let left = Left { limit: 60, remaining: 10, reset_seconds: 50 };
        assert_eq!(refused, Limited { left, cost: 30, retry_after_seconds: 20 });
        assert_eq!(
            refused.to_string(),
            "This costs 30 points, and 10 of your 60 a minute are left. Try again in 20 seconds."
        );
        assert_eq!(AccessProblem::from(refused).code, "RATE_LIMITED");
        clock.advance(Duration::from_secs(20));
        assert_eq!(limiter.spend(&client, 30), Ok(Some(Left { limit: 60, remaining: 0, reset_seconds: 60 })));
        clock.advance(10 * TO_FILL);
        assert_eq!(limiter.spend(&client, 0), Ok(Some(Left { limit: 60, remaining: 59, reset_seconds: 1 })));
    }

    #[test]
    fn what_costs_more_than_the_whole_runs_alone() {
        let (limiter, clock) = limiter(10, 0);
        let client = address("192.0.2.1");
        assert_eq!(limiter.spend(&client, 1000), Ok(Some(Left { limit: 10, remaining: 0, reset_seconds: 60 })));
        assert_eq!(limiter.spend(&client, 1000).unwrap_err().retry_after_seconds, 60);
        clock.advance(TO_FILL);
        assert_eq!(limiter.spend(&client, u32::MAX).unwrap().unwrap().remaining, 0);
    }

    #[test]
    fn each_client_has_a_budget_of_its_own_and_those_who_sign_in_another_one() {
        let (limiter, _) = limiter(1, 5);
        let caller = |who| Caller { who, role: Some(Role::Reader) };
        let key = caller(Who::Key { id: "one".to_owned(), name: "name".to_owned() });
        let token = caller(Who::Token { subject: "one".to_owned() });
        for caller in [key, token] {
            let client = Client::of(&caller, "192.0.2.1".parse().unwrap());
            assert_eq!(limiter.spend(&client, 5).unwrap().unwrap().limit, 5);
            assert!(limiter.spend(&client, 1).is_err());
        }
        assert!(limiter.spend(&address("192.0.2.1"), 1).is_ok());
        assert!(limiter.spend(&address("::ffff:192.0.2.1"), 1).is_err());
        assert!(limiter.spend(&address("2001:db8:0:1::1"), 1).is_ok());
        assert!(limiter.spend(&address("2001:db8:0:1:ffff::2"), 1).is_err());
        assert!(limiter.spend(&address("2001:db8:0:2::1"), 1).is_ok());
    }

    #[test]
    fn no_limit_is_set_by_default() {
        let limiter = Limiter::new(0, 0);
        assert_eq!(limiter.spend(&address("192.0.2.1"), u32::MAX), Ok(None));
        assert_eq!(limiter.spend(&Client::Key("one".to_owned()), u32::MAX), Ok(None));
    }

    #[test]
    fn clients_that_are_gone_are_forgotten() {
        let (limiter, clock) = limiter(10, 0);
        for client in 0..100_000_u32 {
            limiter.spend(&Client::Address(IpAddr::V4(client.into())), 10).unwrap();
            clock.advance(Duration::from_millis(60));
        }
        let kept = limiter.anonymous.unwrap().states.len();
        assert!(kept <= 3000, "{kept} clients are kept of 1000 a minute");
    }
}
