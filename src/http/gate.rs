//! The gate: every request of every transport passes it, before it is prepared to know who asks, and after that to know
//! whether they may and what is left of their budget.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName, HeaderValue},
    web::Data,
};
use futures_util::{StreamExt as _, future::BoxFuture};

use super::{endpoint::Endpoint, metrics::Metrics, refused::Refused, seen::Operation, socket::Host};
use crate::{
    access::{Access, AccessProblem, Caller, Client, Left, Limiter},
    error,
    schema::{Answer, Answers, GraphqlRequest, OperationKind, Ready, Refusal, Service},
};

/// Somebody at the gate, not yet known.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address that they ask from.
    pub address: IpAddr,
    /// What they show to be let in: `authorization` of `connection_init`, or else the header `Authorization`.
    pub authorization: Option<String>,
}

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Guest {
    caller: Caller,
    client: Client,
}

/// What all transports ask before they run anything.
pub struct Gate {
    /// Answers GraphQL requests.
    pub service: Service,
    /// Who may do what.
    pub access: Access,
    /// How much of it.
    pub limiter: Limiter,
    /// What is counted.
    pub metrics: Metrics,
}

/// Why a request is not run.
pub enum Denied {
    /// The service does not run it.
    Refusal(Refusal),
    /// It does not get as far as the service, or the caller may not ask it.
    Refused(Refused),
}

/// Whether a transport takes operations of a kind.
pub type Takes<'a> = &'a dyn Fn(OperationKind) -> Result<(), Refused>;

/// A request that may be run, and what is left of the budget after it; `None` without one.
pub type Admitted = (Ready, Option<Left>);

impl Visitor {
    /// Who sent a request. The address is that of the connection, unless a header is set in which a proxy tells another one.
    #[must_use]
    pub fn of(http: &HttpRequest) -> Self {
        let header = http.app_data::<Data<Endpoint>>().and_then(|endpoint| endpoint.config.client_header.as_ref());
        // A proxy adds the address at the end, perhaps on a line of its own; what stands before may be anybody's invention.
        let told = header.and_then(|name| http.headers().get_all(name).last());
        let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let connected = http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        let authorization = http.headers().get(header::AUTHORIZATION);
        // A header that is no text is no good credential, and must not pass for none.
        let authorization = authorization.map(|value| value.to_str().unwrap_or_default().to_owned());
        Self { address: told.unwrap_or(connected), authorization }
    }
}

impl Guest {
    /// Somebody who is known already.
    #[must_use]
    pub fn new(caller: Caller, address: IpAddr) -> Self {
        let client = Client::of(&caller, address);
        Self { caller, client }
    }
}

impl Gate {
    /// Lets a visitor in who may ask at all.
    ///
    /// # Errors
    /// When their credentials are not good, or something is needed that they do not have.
    pub async fn admit(&self, visitor: &Visitor) -> Result<Guest, AccessProblem> {
        let caller = self.access.caller(visitor.authorization.as_deref()).await?;
        self.access.may_read(&caller)?;
        Ok(Guest::new(caller, visitor.address))
    }

    /// Prepares a request, and takes what it costs at most from the budget of who asks.
    ///
    /// # Errors
    /// When it is not run.
    pub fn prepare(&self, guest: &Guest, request: GraphqlRequest, takes: Takes<'_>) -> Result<Admitted, Denied> {
        let ready = self.service.prepare(request).map_err(|refusal| match self.limiter.spend(&guest.client, 1) {
            // What is refused costs work too.
            Ok(_) => Denied::Refusal(refusal),
            Err(limited) => Denied::Refused(limited.into()),
        })?;
        self.pass(guest, ready, takes)
    }

    /// Takes what a request costs at most from the budget of who asks.
    ///
    /// # Errors
    /// When it is not run.
    pub fn pass(&self, guest: &Guest, ready: Ready, takes: Takes<'_>) -> Result<Admitted, Denied> {
        takes(ready.kind()).map_err(Denied::Refused)?;
        if ready.introspects() {
            self.access.may_introspect(&guest.caller).map_err(|problem| Denied::Refused(problem.into()))?;
        }
        let cost = u32::try_from(ready.cost()).unwrap_or(u32::MAX);
        let left = self.limiter.spend(&guest.client, cost).map_err(|limited| Denied::Refused(limited.into()))?;
        Ok((ready, left))
    }
}

impl Host for Gate {
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>> {
        Box::pin(async { Gate::admit(self, visitor).await.ok() })
    }

    fn begin(&self, guest: &Guest, request: GraphqlRequest) -> Result<Answers, Refusal> {
        let (ready, _) = self.prepare(guest, request, &|_| Ok(())).map_err(|denied| {
            self.count(&denied);
            match denied {
                Denied::Refusal(refusal) => refusal,
                Denied::Refused(refused) => Refusal::request(vec![error::of_request(refused.code, refused.message)]),
            }
        })?;
        Ok(self.counted(ready))
    }
}

impl Gate {
    /// Counts what is not run, for transports without a response of their own.
    pub fn count(&self, denied: &Denied) {
        match denied {
            Denied::Refusal(refusal) => _ = refusal.code().map(|code| self.metrics.refused(code)),
            Denied::Refused(refused) => self.metrics.refused(refused.code),
        }
    }

    /// Runs an operation of any kind, and counts each of its answers.
    pub fn counted(&self, ready: Ready) -> Answers {
        let (operation, metrics) = (Operation::of(&ready), self.metrics.clone());
        let count = move |result: &Result<Answer, Refusal>| {
            if let Ok(answer) = result {
                let (cost, statements) = (answer.response.cost, answer.statements);
                metrics.operation(&Operation { cost, statements, ..operation.clone() });
            }
        };
        self.service.answers(ready).inspect(count).boxed()
    }
}

/// What is left of a budget, in the fields of <https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html>.
#[must_use]
pub fn budget_headers(left: Left) -> Vec<(HeaderName, HeaderValue)> {
    let policy = format!("\"cost\";q={};w=60", left.limit);
    let now = format!("\"cost\";r={};t={}", left.remaining, left.reset_seconds);
    let field = |name, value: String| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?));
    [field("ratelimit-policy", policy), field("ratelimit", now)].into_iter().flatten().collect()
}
