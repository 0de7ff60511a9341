//! Rate limits by cost: each caller has a budget of points that fills up again.
//!
//! A budget of N points a minute is a bucket that holds N points and gains N a minute, so a caller who was away may spend a
//! minute's worth at once. It is the generic cell rate algorithm, as `governor` implements it.

use std::{
    fmt,
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

/// Refusals that a client gets at once, a minute. Each takes the time of a small request; a client that goes on when its budget is empty
/// must not get more of them than its budget would pay for.
const REFUSALS: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");

/// How long a client waits for any further refusal.
const REFUSAL_DELAY: Duration = Duration::from_secs(1);

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

/// A budget that does not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// What is left.
    pub left: Left,
    /// What was to be spent.
    pub cost: u32,
    /// Seconds until the same can be spent, if nothing else is; `None` when the whole budget does not hold as much.
    pub retry_after_seconds: Option<u64>,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left: Left { limit, remaining, .. }, cost, retry_after_seconds } = self;
        match retry_after_seconds {
            Some(seconds) => write!(
                f,
                "Your budget of {limit} points a minute has {remaining} left, and this costs {cost}. Try again in {seconds} seconds."
            ),
            None => write!(
                f,
                "This costs {cost} points, more than your budget of {limit} points a minute holds. Request smaller pages."
            ),
        }
    }
}

impl std::error::Error for Limited {}

impl From<Limited> for AccessProblem {
    fn from(limited: Limited) -> Self {
        Self { code: Self::RATE_LIMITED, message: limited.to_string().into() }
    }
}

/// The budgets of all callers.
pub struct Limiter<C: Clock = DefaultClock> {
    anonymous: Option<Budget<C>>,
    signed_in: Option<Budget<C>>,
    /// Refusals that each client gets at once.
    refusals: Budget<C>,
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
        Self { anonymous: budget(anonymous), signed_in: budget(signed_in), refusals: Budget::new(REFUSALS, clock) }
    }

    /// Spends points before work is done; what is left, or `None` where there is no limit. A cost of nothing counts as one point.
    ///
    /// # Errors
    /// When the budget does not suffice; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32) -> Result<Option<Left>, Limited> {
        self.budget(client).map(|budget| budget.spend(client, cost)).transpose()
    }

    /// Spends points for work that is done already: as many as are left when the budget does not suffice.
    pub fn settle(&self, client: &Client, cost: u32) {
        if let Some(budget) = self.budget(client).filter(|_| cost > 0) {
            let cost = cost.min(budget.points.get());
            if let Err(limited) = budget.spend(client, cost)
                && limited.left.remaining > 0
            {
                // Another request may spend the rest first, which is as good.
                let _ = budget.spend(client, limited.left.remaining);
            }
        }
    }

    /// How long a client whose budget does not suffice waits to be told so: it may be told ten times a second on average.
    pub fn delay(&self, client: &Client) -> Option<Duration> {
        self.refusals.spend(client, 1).is_err().then_some(REFUSAL_DELAY)
    }

    fn budget(&self, client: &Client) -> Option<&Budget<C>> {
        match client {
            Client::Address(_) => self.anonymous.as_ref(),
            Client::Key(_) | Client::Subject(_) => self.signed_in.as_ref(),
        }
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
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        match self.states.check_key_n(client, cost) {
            Ok(Ok(state)) => Ok(self.left(state.remaining_burst_capacity())),
            Ok(Err(not_yet)) => {
                let wait = not_yet.wait_time_from(self.clock.now());
                let missing = self.points_in(wait).min(cost.get());
                let left = self.left(cost.get() - missing);
                Err(Limited { left, cost: cost.get(), retry_after_seconds: Some(whole_seconds(wait).max(1)) })
            }
            // More than the budget ever holds.
            Err(_) => Err(Limited { left: self.left(self.points.get()), cost: cost.get(), retry_after_seconds: None }),
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
        assert_eq!(refused, Limited { left, cost: 30, retry_after_seconds: Some(20) });
        assert_eq!(
            refused.to_string(),
            "Your budget of 60 points a minute has 10 left, and this costs 30. Try again in 20 seconds."
        );
        assert_eq!(AccessProblem::from(refused).code, "RATE_LIMITED");
        clock.advance(Duration::from_secs(20));
        assert_eq!(limiter.spend(&client, 30), Ok(Some(Left { limit: 60, remaining: 0, reset_seconds: 60 })));
        clock.advance(10 * TO_FILL);
        assert_eq!(limiter.spend(&client, 0), Ok(Some(Left { limit: 60, remaining: 59, reset_seconds: 1 })));
    }

    #[test]
    fn what_costs_more_than_the_whole_budget_is_refused_with_its_cost() {
        let (limiter, _) = limiter(10, 0);
        let client = address("192.0.2.1");
        let refused = limiter.spend(&client, 1000).unwrap_err();
        assert_eq!((refused.cost, refused.retry_after_seconds), (1000, None));
        assert_eq!(
            refused.to_string(),
            "This costs 1000 points, more than your budget of 10 points a minute holds. Request smaller pages."
        );
        assert_eq!(limiter.spend(&client, 10).unwrap().unwrap().remaining, 0, "nothing was spent");
    }

    #[test]
    fn work_that_is_done_is_paid_as_far_as_the_budget_goes() {
        let (limiter, _) = limiter(10, 0);
        let client = address("192.0.2.1");
        limiter.settle(&client, 4);
        assert_eq!(limiter.spend(&client, 1).unwrap().unwrap().remaining, 5);
        limiter.settle(&client, 0);
        limiter.settle(&client, 1000);
        assert!(limiter.spend(&client, 1).is_err());
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
