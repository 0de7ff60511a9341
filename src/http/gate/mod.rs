//! The gate, which every GraphQL request of every transport passes. Before a request is prepared, it authenticates the
//! client, and checks that the client may send requests. Afterwards it checks the permissions that the operation
//! requires. Reading, preparing and running the request are charged to the client's account. `charge` is the
//! middleware in front of all routes, which charges the other requests, and `permits` limits what stays open for long.

mod admitted;
mod charge;
mod permits;

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _};

pub use self::{
    admitted::{AdmittedClient, AdmittedOperation, NotAdmitted, ReadCharge},
    charge::charge,
    permits::{NoPermit, Permit, Permits},
};
use super::{
    client::UnverifiedClient,
    observe::{Metrics, OperationStats},
    response::{AnyRefusal, HttpRefusal},
};
use crate::{
    access::{Access, AccessProblem, Account, Accounts, Client, Principal},
    schema::{
        GraphqlRequest, OperationKind, OperationResponse, OperationResponses, PreparedRequest, Refusal, Service, Verify,
        Work,
    },
};

/// Authenticates, charges and runs the requests of all transports.
pub struct Gate {
    /// Runs GraphQL requests.
    pub service: Service,
    /// Verifies credentials and permissions.
    pub access: Arc<Access>,
    /// The budgets of clients, and the memory that is reserved for them.
    pub accounts: Arc<Accounts>,
    /// Counts requests and refusals.
    pub metrics: Metrics,
}

/// Checks whether a transport accepts operations of a kind.
pub type KindCheck<'a> = &'a (dyn Fn(OperationKind) -> Result<(), HttpRefusal> + Sync);

impl Gate {
    /// Charges one point for a request whose client is not admitted yet. If its credentials are valid, the account that
    /// belongs to them is charged, else the account of its address. If the budget is empty, the refusal is delayed.
    ///
    /// # Errors
    /// Returns a refusal if the budget is empty.
    pub async fn charge(&self, client: &UnverifiedClient) -> Result<Account, HttpRefusal> {
        let principal = self.access.authenticate(client.authorization.as_deref()).await.unwrap_or(Principal::ANONYMOUS);
        self.charge_as(&principal, client).await
    }

    /// Like [`Self::charge`], but with the result of verifying the credentials. If they are invalid, `principal` is
    /// anonymous.
    async fn charge_as(&self, principal: &Principal, client: &UnverifiedClient) -> Result<Account, HttpRefusal> {
        let account = self.accounts.of(Client::of(principal, client.address));
        if let Err(limited) = account.charge(1) {
            account.wait_before_refusal().await;
            return Err(limited.into());
        }
        Ok(account)
    }

    /// Admits a client that may send requests. Any other client is charged one point.
    ///
    /// # Errors
    /// Returns a refusal if the credentials are invalid or cannot be verified, or if the client lacks a role that reading
    /// requires.
    pub async fn admit(&self, client: &UnverifiedClient) -> Result<AdmittedClient, NotAdmitted> {
        let (principal, refused) = match self.access.authenticate(client.authorization.as_deref()).await {
            Ok(principal) => {
                let refused = self.access.may_read(&principal).err();
                (principal, refused)
            }
            Err(problem) => (Principal::ANONYMOUS, Some(problem)),
        };
        match refused {
            None => Ok(AdmittedClient::new(&self.accounts, principal, client)),
            Some(problem) => Err(NotAdmitted { problem, limited: self.charge_as(&principal, client).await.err() }),
        }
    }

    /// Charges one point for a request that is refused before its client is admitted. Returns the refusal to send:
    /// `refusal`, or another one if the budget is empty.
    pub async fn charge_refusal(&self, client: &UnverifiedClient, refusal: HttpRefusal) -> HttpRefusal {
        self.charge(client).await.err().unwrap_or(refusal)
    }

    /// Parses a text of this length: a long one in the thread pool, which needs a permit.
    ///
    /// # Errors
    /// Returns a refusal if no permit is available.
    pub async fn parse<T: Send + 'static>(
        &self,
        account: &Account,
        length: usize,
        parse: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        /// Longest text, in bytes, that is parsed on the serving thread. That takes 50 microseconds.
        const SHORT: usize = 16 * 1024;
        if length <= SHORT { Ok(parse()) } else { self.service.in_pool(Work::Preparing, account, parse).await }
    }

    /// Prepares a request and charges its maximum cost.
    ///
    /// # Errors
    /// Returns a refusal if the request is invalid, is not permitted or is not accepted by the transport, or if the budget
    /// is too small.
    pub async fn prepare(
        &self,
        client: &AdmittedClient,
        charge: ReadCharge,
        request: GraphqlRequest,
        accepts: KindCheck<'_>,
    ) -> Result<AdmittedOperation, AnyRefusal> {
        let ready = self.service.prepare(request, &client.account).await?;
        accepts(ready.kind()).map_err(AnyRefusal::Http)?;
        if ready.introspects() {
            self.may_introspect(client)?;
        }
        if ready.reports_plan() {
            self.access.may_see_plans(&client.principal).map_err(HttpRefusal::from)?;
        }
        Access::require(&client.principal, ready.required_role()).map_err(HttpRefusal::from)?;
        let ready = ready.by(client.principal.author());
        let remaining = match ready.cost() {
            0 | 1 => charge.remaining,
            // One point of this cost was already charged for reading the request.
            cost => client.account.charge(cost - 1)?,
        };
        Ok((ready, remaining))
    }

    /// Checks whether a client may read the schema.
    ///
    /// # Errors
    /// Returns a refusal if the client lacks the role that introspection requires.
    pub fn may_introspect(&self, client: &AdmittedClient) -> Result<(), HttpRefusal> {
        Ok(self.access.may_introspect(&client.principal)?)
    }

    /// Checks whether a client may open the playground.
    ///
    /// # Errors
    /// Returns a refusal if the client lacks the role that the playground requires.
    pub fn may_open_playground(&self, client: &AdmittedClient) -> Result<(), HttpRefusal> {
        Ok(self.access.may_open_playground(&client.principal)?)
    }

    /// Runs an operation of any kind, and counts each of its responses in the metrics.
    #[must_use]
    pub fn run(&self, client: &AdmittedClient, ready: PreparedRequest) -> OperationResponses {
        let (operation, metrics) = (OperationStats::of(&ready), self.metrics.clone());
        let count = move |result: &Result<OperationResponse, Refusal>| {
            if let Ok(response) = result {
                metrics.operation(&operation.clone().finished(response));
            }
        };
        self.service.responses(ready, &client.account, self.verification(client)).inspect(count).boxed()
    }

    /// Returns a function that the service calls before the responses of a subscription. It verifies the credentials again,
    /// because keys can be revoked and tokens can expire meanwhile. If the credentials cannot be verified at the moment, the
    /// refusal does not end the subscription.
    fn verification(&self, client: &AdmittedClient) -> Verify {
        let (access, client) = (Arc::clone(&self.access), client.clone());
        Arc::new(move || {
            let (access, client) = (Arc::clone(&access), client.clone());
            let verify = async move {
                let principal = verify(&access, &client.unverified).await.map_err(Refusal::access)?;
                if principal == client.principal { Ok(()) } else { Err(Refusal::access(AccessProblem::changed())) }
            };
            verify.boxed()
        })
    }
}

/// Verifies the credentials of a client, and that it may send requests at all.
async fn verify(access: &Access, client: &UnverifiedClient) -> Result<Principal, AccessProblem> {
    let principal = access.authenticate(client.authorization.as_deref()).await?;
    access.may_read(&principal)?;
    Ok(principal)
}
