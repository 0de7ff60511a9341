//! Rate limits by cost: each client has a budget of points that fills up again.

use std::{
    fmt,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use super::{AccessProblem, Client, budget::Budgets};

/// Refusals that a client gets at once, a minute, and further ones one after another at that rate. Each takes the time of a small request; a
/// client that goes on when its budget is empty must not get more of them than its budget would pay for.
const REFUSALS: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");

/// Longest that a client waits for a refusal: one that has more than 300 requests waiting for one gets them that much faster.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

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

/// The budgets of all clients.
pub struct Limiter {
    anonymous: Option<Budgets>,
    signed_in: Option<Budgets>,
    /// Refusals that each client gets at once.
    refusals: Budgets,
}

impl Limiter {
    /// Budgets of this many points a minute, for clients that are known by their address and for those that have signed in;
    /// 0 sets no limit.
    #[must_use]
    pub fn new(anonymous: u32, signed_in: u32) -> Self {
        let budgets = |points| NonZeroU32::new(points).map(Budgets::new);
        Self { anonymous: budgets(anonymous), signed_in: budgets(signed_in), refusals: Budgets::new(REFUSALS) }
    }

    /// Spends points before work is done; what is left, or `None` where there is no limit. A cost of nothing counts as one point.
    ///
    /// # Errors
    /// When the budget does not suffice; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32) -> Result<Option<Left>, Limited> {
        self.budgets(client).map(|budgets| budgets.spend(client, cost, Instant::now())).transpose()
    }

    /// Spends points for work that is done already: more than there are, but a whole budget more at most.
    pub fn settle(&self, client: &Client, cost: u32) {
        if let Some(budgets) = self.budgets(client).filter(|_| cost > 0) {
            budgets.settle(client, cost, Instant::now());
        }
    }

    /// Gives points back for work that was paid for and is not done.
    pub fn refund(&self, client: &Client, cost: u32) {
        if let Some(budgets) = self.budgets(client) {
            budgets.refund(client, cost, Instant::now());
        }
    }

    /// How long a client waits for its next refusal.
    pub fn delay(&self, client: &Client) -> Duration {
        self.refusals.reserve(client, LONGEST_DELAY, Instant::now())
    }

    fn budgets(&self, client: &Client) -> Option<&Budgets> {
        match client {
            Client::Address(_) => self.anonymous.as_ref(),
            Client::Key(_) | Client::Subject(_) => self.signed_in.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Caller, Role, Who};

    fn address(text: &str) -> Client {
        Client::of(&Caller::ANONYMOUS, text.parse().unwrap())
    }

    #[test]
    fn a_refusal_says_what_is_left_and_when_to_come_again() {
        let limiter = Limiter::new(60, 0);
        let client = address("192.0.2.1");
        assert!(limiter.spend(&client, 50).is_ok());
        let refused = limiter.spend(&client, 30).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Your budget of 60 points a minute has 10 left, and this costs 30. Try again in 20 seconds."
        );
        assert_eq!(AccessProblem::from(refused).code, "RATE_LIMITED");
        let refused = limiter.spend(&client, 1000).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "This costs 1000 points, more than your budget of 60 points a minute holds. Request smaller pages."
        );
    }

    #[test]
    fn each_client_has_a_budget_of_its_own_and_those_who_sign_in_another_one() {
        let limiter = Limiter::new(1, 5);
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
}
