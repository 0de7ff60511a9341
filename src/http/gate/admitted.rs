//! Clients and operations that the gate has admitted.

use std::sync::Arc;

use crate::{
    access::{AccessProblem, Account, Accounts, BudgetExceeded, BudgetStatus, Client, Principal},
    http::{client::UnverifiedClient, response::HttpRefusal},
    schema::{self, PreparedRequest},
};

/// A client whose credentials are verified.
#[derive(Clone)]
pub struct AdmittedClient {
    pub(super) principal: Principal,
    pub(super) unverified: UnverifiedClient,
    /// The account that its requests are charged to.
    pub account: Account,
}

impl AdmittedClient {
    /// Returns the client with the account of its credentials, or of its address if it sent none.
    #[must_use]
    pub fn new(accounts: &Arc<Accounts>, principal: Principal, unverified: &UnverifiedClient) -> Self {
        let account = accounts.of(Client::of(&principal, unverified.address));
        Self { principal, unverified: unverified.clone(), account }
    }
}

/// The refusal of a client that may not send requests.
pub struct NotAdmitted {
    /// Why it may not.
    pub problem: AccessProblem,
    /// The refusal for its budget; `None` unless the budget is empty.
    pub limited: Option<HttpRefusal>,
}

impl From<NotAdmitted> for HttpRefusal {
    /// Returns the refusal for the budget, if there is one: the client has to wait before anything else.
    fn from(refused: NotAdmitted) -> Self {
        refused.limited.unwrap_or_else(|| refused.problem.into())
    }
}

/// An operation that may run, and the budget that remains after its maximum cost is charged; `None` if the client may spend
/// any number of points.
pub type AdmittedOperation = (PreparedRequest, Option<BudgetStatus>);

/// The points that were charged for reading a request.
#[derive(Clone, Copy, Debug)]
pub struct ReadCharge {
    /// The budget that remains; `None` if the client may spend any number of points.
    pub(super) remaining: Option<BudgetStatus>,
    points: u64,
}

impl ReadCharge {
    /// Charges the reading of a request before it is read. `bytes` is the length that the request declares.
    ///
    /// # Errors
    /// Returns an error if the budget is too small.
    pub fn new(account: &Account, bytes: usize) -> Result<Self, BudgetExceeded> {
        let points = schema::price_of_request(bytes);
        Ok(Self { remaining: account.charge(points)?, points })
    }

    /// Charges the received bytes that are not charged yet, even if the budget is too small. `bytes` is the number of all
    /// received bytes.
    pub fn settle(&mut self, account: &Account, bytes: usize) {
        let points = schema::price_of_request(bytes).max(self.points);
        account.settle(points - self.points);
        self.points = points;
    }

    /// Charges the bytes of a decompressed body that are not charged yet. `bytes` is its decompressed length.
    ///
    /// # Errors
    /// Returns an error if the budget is too small. The bytes are charged nevertheless, because they are decompressed
    /// already.
    pub fn raise(self, account: &Account, bytes: usize) -> Result<Self, BudgetExceeded> {
        match schema::price_of_request(bytes).saturating_sub(self.points) {
            0 => Ok(self),
            more => {
                let remaining = account.charge(more).inspect_err(|_| account.settle(more))?;
                Ok(Self { remaining, points: self.points + more })
            }
        }
    }
}
