//! Rate limits by cost: each client has a budget of points that refills over time.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use super::{
    Client,
    budget::{BudgetExceeded, BudgetStatus, Budgets},
};

/// How long an empty budget takes to fill up. Budgets are limits per minute.
const REFILL_TIME: Duration = Duration::from_mins(1);

/// Refusals per minute that a client gets without delay; further ones are delayed to this rate. A refusal uses as much
/// processor time as a small request, so refusals must be limited like requests.
const REFUSALS: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");

/// Longest delay of a refusal. If more than 300 requests of a client wait for their refusals, the refusals are sent at a
/// higher rate than [`REFUSALS`].
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The budgets of all clients.
pub struct Limiter {
    anonymous: Option<Budgets>,
    signed_in: Option<Budgets>,
    /// Refusals that each client gets without delay.
    refusals: Budgets,
}

impl Limiter {
    /// Creates budgets of this many points per minute, for clients without and with credentials; 0 sets no limit.
    #[must_use]
    pub fn new(anonymous: u32, signed_in: u32) -> Self {
        let budgets = |points| Budgets::new(points, REFILL_TIME);
        let [anonymous, signed_in] = [anonymous, signed_in].map(|points| NonZeroU32::new(points).map(budgets));
        Self { anonymous, signed_in, refusals: budgets(REFUSALS) }
    }

    /// Spends points before work is done. Returns the budget afterwards, or `None` if the client has no limit. A cost of 0
    /// counts as 1.
    ///
    /// # Errors
    /// If the budget is too small; then nothing is spent.
    pub fn spend(&self, client: &Client, cost: u32) -> Result<Option<BudgetStatus>, BudgetExceeded> {
        self.budgets(client).map(|budgets| budgets.spend(client, cost, Instant::now())).transpose()
    }

    /// Spends points for work that is already done. The budget may become negative, by at most its own size.
    pub fn settle(&self, client: &Client, cost: u32) {
        if let Some(budgets) = self.budgets(client).filter(|_| cost > 0) {
            budgets.settle(client, cost, Instant::now());
        }
    }

    /// Adds points to the budget that were spent for work that was not done.
    pub fn refund(&self, client: &Client, cost: u32) {
        if let Some(budgets) = self.budgets(client) {
            budgets.refund(client, cost, Instant::now());
        }
    }

    /// Counts a refusal of a client, and returns how long to delay it.
    pub fn next_delay(&self, client: &Client) -> Duration {
        self.refusals.spend_one(client, LONGEST_DELAY, Instant::now())
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
    use crate::access::{AccessProblem, Identity, Principal, Role};

    fn address(text: &str) -> Client {
        Client::of(&Principal::ANONYMOUS, text.parse().unwrap())
    }

    #[test]
    fn a_refusal_says_what_is_left_and_when_to_retry() {
        let limiter = Limiter::new(60, 0);
        let client = address("192.0.2.1");
        assert!(limiter.spend(&client, 50).is_ok());
        let refused = limiter.spend(&client, 30).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Your budget of 60 points per minute has 10 left; this costs 30. Retry in 20 seconds."
        );
        assert_eq!(AccessProblem::from(refused).code, "RATE_LIMITED");
        let refused = limiter.spend(&client, 11).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Your budget of 60 points per minute has 10 left; this costs 11. Retry in 1 second."
        );
        let refused = limiter.spend(&client, 1000).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "This costs 1000 points, more than your whole budget of 60 points per minute. Request smaller pages."
        );
    }

    #[test]
    fn clients_with_and_without_credentials_have_budgets_of_their_own() {
        let limiter = Limiter::new(1, 5);
        let principal = |identity| Principal { identity, role: Some(Role::Reader) };
        let key = principal(Identity::Key { id: "one".to_owned(), name: "name".to_owned() });
        let token = principal(Identity::Token { subject: "one".to_owned() });
        for principal in [key, token] {
            let client = Client::of(&principal, "192.0.2.1".parse().unwrap());
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
