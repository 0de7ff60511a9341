//! The gate: every request of every transport passes it. Before a request is prepared the gate finds out which client sent it; after
//! that, whether the client may run it. Whatever happens is charged to the client's account, from the first byte on.

use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};

use super::{metrics::Metrics, refused::Refused, seen::Operation, socket::Host, visitor::Visitor};
use crate::{
    access::{Access, AccessProblem, Account, Accounts, BudgetExceeded, BudgetStatus, Client, Principal},
    error,
    schema::{self, Answer, Answers, GraphqlRequest, OperationKind, Ready, Refusal, RefusalKind, Renew, Service},
};

/// A client that was let in.
#[derive(Clone)]
pub struct Guest {
    caller: Principal,
    visitor: Visitor,
    /// What its requests are charged to.
    pub account: Account,
}

/// What all transports ask before they run anything.
pub struct Gate {
    /// Answers GraphQL requests.
    pub service: Service,
    /// Who may do what.
    pub access: Arc<Access>,
    /// How much of it.
    pub accounts: Arc<Accounts>,
    /// What is counted.
    pub metrics: Metrics,
}

/// Why a request is not run.
pub enum Denied {
    /// The service does not run it.
    Refusal(Refusal),
    /// It does not get as far as the service, or the client may not send it.
    Refused(Refused),
}

/// Whether a transport takes operations of a kind.
pub type Takes<'a> = &'a (dyn Fn(OperationKind) -> Result<(), Refused> + Sync);

/// A request that may be run, and what is left of the budget after it; `None` without one.
pub type Admitted = (Ready, Option<BudgetStatus>);

/// A request whose reading is paid for, and what is left of the budget after that; `None` without one.
#[derive(Clone, Copy, Debug)]
pub struct Paid {
    left: Option<BudgetStatus>,
    points: u64,
}

impl Paid {
    /// Charges the reading of a request of so many bytes, before it is read.
    ///
    /// # Errors
    /// When the budget does not suffice.
    pub fn by(account: &Account, bytes: usize) -> Result<Self, BudgetExceeded> {
        let points = schema::price_of_request(bytes);
        Ok(Self { left: account.charge(points)?, points })
    }
}

impl Guest {
    /// A client that is known.
    #[must_use]
    pub fn new(accounts: &Arc<Accounts>, caller: Principal, visitor: &Visitor) -> Self {
        let account = accounts.of(Client::of(&caller, visitor.address));
        Self { caller, visitor: visitor.clone(), account }
    }
}

impl From<Refused> for Denied {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<BudgetExceeded> for Denied {
    fn from(limited: BudgetExceeded) -> Self {
        Self::Refused(limited.into())
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        match refusal.kind {
            RefusalKind::Limited(limited) => limited.into(),
            _ => Self::Refusal(refusal),
        }
    }
}

impl Gate {
    /// Charges a point for a request before its client is let in, to the account of its credential when that is good, or else to that of its address.
    /// A client whose budget is empty waits to be told so.
    ///
    /// # Errors
    /// When the budget does not suffice.
    pub async fn charge(&self, visitor: &Visitor) -> Result<Account, Refused> {
        let caller = self.access.authenticate(visitor.authorization.as_deref()).await.unwrap_or(Principal::ANONYMOUS);
        let account = self.accounts.of(Client::of(&caller, visitor.address));
        match account.charge(1) {
            Ok(_) => Ok(account),
            Err(limited) => {
                account.wait_before_refusal().await;
                Err(limited.into())
            }
        }
    }

    /// Lets a client in that may send requests at all. One that may not pays a point for having tried.
    ///
    /// # Errors
    /// When its credentials are not good, or something is needed that it does not have.
    pub async fn admit(&self, visitor: &Visitor) -> Result<Guest, Refused> {
        let caller = match admitted(&self.access, visitor).await {
            Ok(caller) => caller,
            Err(problem) => return Err(self.turned_away(visitor, problem.into()).await),
        };
        Ok(Guest::new(&self.accounts, caller, visitor))
    }

    /// The refusal of a request before its client is let in. It pays a point; when its budget does not suffice, that is the refusal.
    pub async fn turned_away(&self, visitor: &Visitor, refused: Refused) -> Refused {
        self.charge(visitor).await.err().unwrap_or(refused)
    }

    /// Charges the reading of a request of so many bytes, before it is read.
    ///
    /// # Errors
    /// When the budget does not suffice.
    pub fn read(&self, guest: &Guest, bytes: usize) -> Result<Paid, Denied> {
        Ok(Paid::by(&guest.account, bytes)?)
    }

    /// Charges the rest of a request that turned out to have so many bytes.
    ///
    /// # Errors
    /// When the budget does not suffice.
    pub fn read_more(&self, guest: &Guest, paid: Paid, bytes: usize) -> Result<Paid, Denied> {
        match schema::price_of_request(bytes).saturating_sub(paid.points) {
            0 => Ok(paid),
            more => Ok(Paid { left: guest.account.charge(more)?, points: paid.points + more }),
        }
    }

    /// Prepares a request, and charges what it costs at most.
    ///
    /// # Errors
    /// When it is not run.
    pub async fn prepare(
        &self,
        guest: &Guest,
        paid: Paid,
        request: GraphqlRequest,
        takes: Takes<'_>,
    ) -> Result<Admitted, Denied> {
        let ready = self.service.prepare(request, &guest.account).await?;
        self.pass(guest, paid, ready, takes)
    }

    /// Charges what a request costs at most, less the point that was charged for reading it.
    ///
    /// # Errors
    /// When it is not run.
    pub fn pass(&self, guest: &Guest, Paid { left, .. }: Paid, ready: Ready, takes: Takes<'_>) -> Result<Admitted, Denied> {
        takes(ready.kind()).map_err(Denied::Refused)?;
        if ready.introspects() {
            self.may_introspect(guest)?;
        }
        match ready.cost() {
            0 | 1 => Ok((ready, left)),
            cost => {
                let left = guest.account.charge(cost - 1)?;
                Ok((ready, left))
            }
        }
    }

    /// Whether a client may read the schema.
    ///
    /// # Errors
    /// When that is kept for a role that it does not have.
    pub fn may_introspect(&self, guest: &Guest) -> Result<(), Refused> {
        Ok(self.access.may_introspect(&guest.caller)?)
    }

    /// Runs an operation of any kind, and counts each of its answers.
    #[must_use]
    pub fn counted(&self, guest: &Guest, ready: Ready) -> Answers {
        let (operation, metrics) = (Operation::of(&ready), self.metrics.clone());
        let count = move |result: &Result<Answer, Refusal>| {
            if let Ok(answer) = result {
                metrics.operation(&operation.clone().answered(answer));
            }
        };
        let renew = self.renewal(guest, ready.cost());
        self.service.answers(ready, &guest.account, renew).inspect(count).boxed()
    }

    /// Looks at the credentials of a client again, and charges one more answer: keys are revoked and tokens expire while a subscription
    /// runs.
    fn renewal(&self, guest: &Guest, cost: u64) -> Renew {
        let (access, guest) = (Arc::clone(&self.access), guest.clone());
        Arc::new(move || {
            let (access, guest) = (Arc::clone(&access), guest.clone());
            let renew = async move {
                let caller = admitted(&access, &guest.visitor).await.map_err(Refusal::forbidden)?;
                if caller != guest.caller {
                    return Err(Refusal::forbidden(AccessProblem::changed()));
                }
                guest.account.charge(cost).map(drop).map_err(Refusal::limited)
            };
            renew.boxed()
        })
    }

    /// Counts what is not run, for transports without a response of their own.
    pub fn count(&self, denied: &Denied) {
        match denied {
            Denied::Refusal(refusal) => _ = refusal.code().map(|code| self.metrics.refused(code)),
            Denied::Refused(refused) => self.metrics.refused(refused.code),
        }
    }
}

/// The caller that a visitor is, when it may send requests at all.
async fn admitted(access: &Access, visitor: &Visitor) -> Result<Principal, AccessProblem> {
    let caller = access.authenticate(visitor.authorization.as_deref()).await?;
    access.may_read(&caller)?;
    Ok(caller)
}

impl Host for Gate {
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>> {
        Box::pin(async { Gate::admit(self, visitor).await.ok() })
    }

    fn charge<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Account, Refused>> {
        Gate::charge(self, visitor).boxed()
    }

    fn refused(&self, code: &str) {
        self.metrics.refused(code);
    }

    fn begin<'a>(
        &'a self,
        guest: &'a Guest,
        paid: Paid,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<Answers, Refusal>> {
        let begin = async move {
            match self.prepare(guest, paid, request, &|_| Ok(())).await {
                Ok((ready, _)) => Ok(self.counted(guest, ready)),
                Err(denied) => {
                    self.count(&denied);
                    Err(match denied {
                        Denied::Refusal(refusal) => refusal,
                        Denied::Refused(refused) => {
                            guest.account.wait_before_refusal().await;
                            Refusal::request(vec![error::of_request(refused.code, refused.message)])
                        }
                    })
                }
            }
        };
        begin.boxed()
    }
}

/// What is left of a budget, in the fields of <https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html>.
#[must_use]
pub fn budget_headers(left: BudgetStatus) -> Vec<(HeaderName, HeaderValue)> {
    let policy = format!("\"cost\";q={};w=60", left.limit);
    let now = format!("\"cost\";r={};t={}", left.remaining, left.reset_seconds);
    let field = |name, value: String| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?));
    [field("ratelimit-policy", policy), field("ratelimit", now)].into_iter().flatten().collect()
}
