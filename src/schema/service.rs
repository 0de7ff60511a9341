//! The service: requests in, answers out.

use std::{sync::Arc, time::Duration};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use quick_cache::{Weighter, sync::Cache};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument as _;

use super::{
    documents::{Documents, Hash, Prepared},
    introspection,
    operation::{Asked, Planned, Ran, chosen},
    publications::Publications,
    recognised::{Known, RawRequest, Recognised},
    request::{Answer, GraphqlRequest, OperationKind, Refusal, RefusalKind},
    responses::{Key, Lasting, Responses},
    trusted::TrustedDocuments,
    turns::Turns,
    validation,
};
use crate::{
    error,
    store::{Mark, ReadIn, Store, Until},
};

/// Least bytes of plans that are kept, as [`ByWeight`] counts them; half of those of responses when that is more, since a response is
/// found by its plan.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;

/// Longest variables, in bytes of JSON, whose plan is kept. Longer ones hardly come again.
const MAX_KEPT_VARIABLES: usize = 2048;

/// Limits that whoever runs the service may set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most cost of one operation.
    pub cost: u64,
    /// Most heavy operations that run at once.
    pub heavy: usize,
    /// How long a heavy operation waits for its turn.
    pub patience: Duration,
    /// Bytes of responses that are kept; with 0 none is.
    pub responses: u64,
    /// Responses tell what content they used.
    pub tags: bool,
}

impl Limits {
    /// Most cost of one operation, unless it is set otherwise.
    pub const COST: u64 = 500_000;

    /// Bytes of responses that are kept, unless it is set otherwise.
    pub const RESPONSES: u64 = 64 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        let heavy = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { cost: Self::COST, heavy, patience: Duration::from_secs(2), responses: Self::RESPONSES, tags: false }
    }
}

/// The answers of one operation: one of a query or a mutation; of a subscription the answer as it is now, and again whenever
/// something was published. It ends when it is dropped. A refusal is the last.
pub type Answers = BoxStream<'static, Result<Answer, Refusal>>;

/// Answers GraphQL requests. One a process, shared by all threads.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    store: Store,
    documents: Documents,
    plans: Cache<Arc<PlanKey>, Arc<Planned>, ByWeight>,
    recognised: Recognised,
    responses: Option<Responses>,
    publications: Publications,
    turns: Turns,
    limits: Limits,
}

/// The same document, operation and variables have the same plan.
pub type PlanKey = (Hash, Option<Arc<str>>, String);

/// A request that may be run: its document is valid, its variables fit, and its cost is within the limit.
#[derive(Clone)]
pub struct Ready {
    prepared: Arc<Prepared>,
    planned: Arc<Planned>,
    key: Arc<PlanKey>,
    tells_cost: bool,
}

impl Ready {
    /// What kind of operation it is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.planned.kind
    }

    /// The operation's name; `None` when it has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.key.1.as_deref()
    }

    /// SHA-256 of the document, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.prepared.digits
    }

    /// Name and hash for whoever keeps them.
    #[must_use]
    pub fn labels(&self) -> (Option<Arc<str>>, Arc<str>) {
        (self.key.1.clone(), Arc::clone(&self.prepared.digits))
    }

    /// What it costs at most.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.planned.at_most
    }

    /// Whether it asks for the schema itself.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.planned.introspection() > 0
    }

    /// Whether the plan is kept, and may come again.
    fn comes_again(&self) -> bool {
        comes_again(&self.key)
    }
}

/// Whether a plan is kept.
fn comes_again((_, _, variables): &PlanKey) -> bool {
    variables.len() <= MAX_KEPT_VARIABLES
}

impl Service {
    /// The service over a store.
    #[must_use]
    pub fn new(store: &Store, limits: Limits, trusted: TrustedDocuments) -> Self {
        validation::prepare();
        Self(Arc::new(Inner {
            store: store.clone(),
            documents: Documents::new(trusted),
            plans: Cache::with_weighter(1000, KEPT_BYTES.max(limits.responses / 2), ByWeight),
            recognised: Recognised::new(),
            responses: Responses::new(limits.responses),
            publications: Publications::default(),
            turns: Turns::new(limits.heavy, limits.patience),
            limits,
        }))
    }

    /// Checks a request as far as that goes without running it.
    ///
    /// # Errors
    /// When it is not to be run.
    pub fn prepare(&self, request: GraphqlRequest) -> Result<Ready, Refusal> {
        let _span = tracing::info_span!("prepare").entered();
        let refused = |error| Refusal::request(vec![error]);
        let prepared = self.0.documents.find(&request)?;
        let name = request.operation_name.as_deref();
        let (name, operation) = chosen(&prepared.document.operations, name).map_err(refused)?;
        let variables = serde_json::to_string(&request.variables).unwrap_or_default();
        let key = Arc::new((prepared.hash, name.map(Arc::from), variables));
        let tells_cost = request.tells_cost;
        if let Some(planned) = self.0.plans.get(&*key) {
            return Ok(Ready { prepared, planned, key, tells_cost });
        }
        let variables = validation::coerce(operation, request.variables).map_err(refused)?;
        let planned = Arc::new(Planned::new(&prepared, operation, variables));
        if planned.introspection() > 0 {
            validation::check_introspection(&prepared.valid, name).map_err(refused)?;
        }
        self.affordable(&planned).map_err(refused)?;
        if comes_again(&key) {
            self.0.plans.insert(Arc::clone(&key), Arc::clone(&planned));
        }
        Ok(Ready { prepared, planned, key, tells_cost })
    }

    /// What a request was found to be when the same bytes came before; `None` when they are new.
    #[must_use]
    pub fn recognise(&self, raw: RawRequest<'_>) -> Option<Ready> {
        let Known { key, tells_cost } = self.0.recognised.find(raw)?;
        let prepared = self.0.documents.known(&key.0)?;
        Some(Ready { planned: self.0.plans.get(&*key)?, prepared, key, tells_cost })
    }

    /// Takes note of what a request was found to be, for when the same bytes come again.
    pub fn remember(&self, raw: RawRequest<'_>, ready: &Ready) {
        if ready.comes_again() {
            self.0.recognised.keep(raw, Known { key: Arc::clone(&ready.key), tells_cost: ready.tells_cost });
        }
    }

    fn affordable(&self, planned: &Planned) -> Result<(), async_graphql::ServerError> {
        let introspection = planned.introspection();
        if introspection > introspection::MAX_POINTS {
            return Err(error::of_cost(introspection, introspection::MAX_POINTS));
        }
        // Whatever the limit, the schema can be asked for.
        let rest = planned.at_most.saturating_sub(introspection);
        if rest > self.0.limits.cost { Err(error::of_cost(rest, self.0.limits.cost)) } else { Ok(()) }
    }

    /// Answers an operation once: with what it answered before, as long as nothing was published since.
    ///
    /// # Errors
    /// When too much else is under way.
    pub async fn answer(&self, ready: Ready) -> Result<Answer, Refusal> {
        let lasting = ready.comes_again() && ready.planned.is_lasting();
        let Some(responses) = self.0.responses.as_ref().filter(|_| lasting) else {
            return Ok(self.make(ready, None).await?.0);
        };
        // A database that does not tell its revision will not tell more; the operation says so in its own errors.
        let Ok(latest) = self.0.store.latest().await else { return Ok(self.make(ready, None).await?.0) };
        let key = Key { plan: ready.planned.number, tells_cost: ready.tells_cost, revision: latest };
        let mut statements = 0;
        let make = async || {
            let (answer, read_in) = self.make(ready, Some(latest)).await?;
            statements = answer.statements;
            let lasting = match read_in {
                _ if answer.response.errors > 0 => Lasting::Not,
                Some(read_in) if read_in == latest => Lasting::Long,
                _ => Lasting::Over,
            };
            Ok((answer.response, lasting))
        };
        let response = responses.find(key, make).await?;
        Ok(Answer { response, statements })
    }

    /// Runs an operation: where it was asked for, or in its turn when it is heavy. Gives the revision that it was read in as well,
    /// when it is known.
    async fn make(&self, ready: Ready, latest: Option<Mark>) -> Result<(Answer, Option<Mark>), Refusal> {
        if !ready.planned.is_heavy() {
            return Ok(self.run(&ready, latest, CancellationToken::new()).await);
        }
        let overloaded = || Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::overloaded()] };
        let turn = self.0.turns.take().await.ok_or_else(overloaded)?;
        let left = CancellationToken::new();
        // Whoever leaves drops this future, and the work stops.
        let _leaving = left.clone().drop_guard();
        let (service, runtime, span) = (self.clone(), tokio::runtime::Handle::current(), tracing::Span::current());
        let running = tokio::task::spawn_blocking(move || {
            let answer = async {
                tokio::select! {
                    answer = service.run(&ready, latest, left.clone()) => Some(answer),
                    () = left.cancelled() => None,
                }
            };
            let answer = runtime.block_on(answer.instrument(span));
            drop(turn);
            answer
        });
        match running.await {
            Ok(answer) => answer.ok_or_else(overloaded),
            Err(failure) => Err(crashed(&failure)),
        }
    }

    /// Runs an operation, all of it in one revision. Where a transaction costs round trips it is read without one, and once more
    /// when something was published meanwhile. Each statement tells in which revision it read; after one that had nothing to tell
    /// it with, the latest is asked for: revisions only grow, so with the same one before and after, all is of that.
    async fn run(&self, ready: &Ready, latest: Option<Mark>, left: CancellationToken) -> (Answer, Option<Mark>) {
        /// How often it is tried without a transaction.
        const GLIMPSES: usize = 2;
        let store = &self.0.store;
        let until = Until { left, ..Until::default() };
        if let Some(known) = store.before_glimpse().filter(|_| ready.planned.reads()) {
            let mut before = latest.unwrap_or(known);
            for _ in 0..GLIMPSES {
                let Some((answer, read_in)) = self.run_once(ready, false, until.clone()).await else { break };
                match read_in {
                    ReadIn::One(revision) => return (answer, Some(revision)),
                    // What nothing was read for is of any.
                    ReadIn::None => return (answer, latest),
                    ReadIn::Unknown => {}
                }
                match store.latest().await {
                    Ok(now) if now == before => return (answer, Some(now)),
                    Ok(now) => before = now,
                    Err(_) => break,
                }
            }
        }
        // In a snapshot it does not fail without an answer.
        let answer = self.run_once(ready, true, until).await.map_or_else(Answer::nothing, |(answer, _)| answer);
        let read_in = match latest {
            Some(latest) => store.latest().await.ok().filter(|now| *now == latest),
            None => None,
        };
        (answer, read_in)
    }

    async fn run_once(&self, ready: &Ready, snapshot: bool, until: Until) -> Option<(Answer, ReadIn)> {
        let asked = Asked {
            store: &self.0.store,
            prepared: &ready.prepared,
            operation: ready.name(),
            snapshot,
            until,
            tells_cost: ready.tells_cost.then_some(self.0.limits.cost),
            tags: self.0.limits.tags,
        };
        let span = tracing::info_span!("answer", cost = ready.cost());
        let Ran { response, statements, read_in } = ready.planned.run(&asked).instrument(span).await?;
        Some((Answer { response: Arc::new(response), statements }, read_in))
    }

    /// Runs an operation of any kind.
    #[must_use]
    pub fn answers(&self, ready: Ready) -> Answers {
        if ready.kind() != OperationKind::Subscription {
            return stream::once(apart(self.clone(), ready)).boxed();
        }
        let mut revisions = self.0.publications.watch(&self.0.store);
        revisions.mark_changed();
        let events = stream::unfold((self.clone(), ready, revisions), |(service, ready, mut revisions)| async move {
            loop {
                revisions.changed().await.ok()?;
                if *revisions.borrow_and_update() >= 0 {
                    break;
                }
            }
            let answer = apart(service.clone(), ready.clone()).await;
            // One that was refused is told like one with errors: the next publication is another chance.
            let answer = answer.unwrap_or_else(|refusal| Answer::told(&refusal));
            Some((Ok(answer), (service, ready, revisions)))
        });
        events.boxed()
    }
}

/// Runs an operation in a task of its own, which is stopped when nobody waits for it. Somebody who takes nothing may wait without
/// looking; what stands in line for a turn or a connection must not wait for them.
async fn apart(service: Service, ready: Ready) -> Result<Answer, Refusal> {
    let task = AbortOnDropHandle::new(tokio::spawn(async move { service.answer(ready).await }.in_current_span()));
    task.await.unwrap_or_else(|failure| Err(crashed(&failure)))
}

/// The refusal for a task that ended without an answer.
fn crashed(failure: &tokio::task::JoinError) -> Refusal {
    Refusal { kind: RefusalKind::Failed, errors: vec![error::of_crash(failure)] }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Arc<PlanKey>, Arc<Planned>> for ByWeight {
    fn weight(&self, key: &Arc<PlanKey>, planned: &Arc<Planned>) -> u64 {
        planned.weight() + key.2.len() as u64
    }
}
