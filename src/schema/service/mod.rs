//! The service: requests in, answers out.
//!
//! [`prepare`] does all that can be done without the database, [`answer`] runs an operation once, [`subscribe`] again and again.
//! Everything is charged to the [`Account`] of the client that sent the request.

mod answer;
mod prepare;
mod subscribe;

use std::{
    any::Any,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use quick_cache::{Weighter, sync::Cache};

pub use prepare::{PlanKey, Ready};
pub use subscribe::{Answers, Renew};

use super::{
    documents::Documents,
    kept::kept,
    pool::{Failure, Pool},
    publications::Publications,
    recognised::Recognised,
    request::{Refusal, RefusalKind},
    responses::Responses,
    threads::Threads,
    trusted::TrustedDocuments,
    types,
};
use crate::{
    access::{Account, HELD_BYTES},
    engine::statistics::Statistics,
    error,
    schema::operation::Planned,
    store::{Mark, Store},
};

/// Least bytes of plans that are kept; a quarter of those of responses when that is more, since a response is found by its plan.
const KEPT_PLAN_BYTES: u64 = 8 * 1024 * 1024;

/// Limits that the operator may set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most cost of one operation.
    pub cost: u64,
    /// Most heavy operations that run at once.
    pub heavy: usize,
    /// How long a heavy operation waits for its turn, and an answer for room.
    pub patience: Duration,
    /// Bytes of responses that are kept; with 0 none is.
    pub responses: u64,
    /// Bytes of answers and subscriptions that are held for clients at once.
    pub held: u64,
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
        let patience = Duration::from_secs(2);
        Self { cost: Self::COST, heavy, patience, responses: Self::RESPONSES, held: HELD_BYTES, tags: false }
    }
}

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
    preparing: Pool,
    answering: Pool,
    threads: Arc<Threads>,
    /// What the tables hold, and the revision in which that was read; `None` before the first time.
    statistics: RwLock<Option<(Mark, Arc<Statistics>)>>,
    /// Held while they are read for the first time.
    reading: tokio::sync::Mutex<()>,
    limits: Limits,
}

/// What a turn is taken for. Work of one kind does not wait behind work of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Decompressing, reading, validating and planning requests: milliseconds.
    Preparing,
    /// Running heavy operations and compressing responses: up to seconds.
    Answering,
}

/// What the service uses now, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Requests that are prepared in a turn, and those that wait for one.
    pub preparing: (usize, usize),
    /// Heavy operations that run, and those that wait for their turn.
    pub answering: (usize, usize),
    /// Bytes of documents that are kept.
    pub documents: u64,
    /// Bytes of plans that are kept.
    pub plans: u64,
    /// Bytes of requests that are recognised when they come again.
    pub recognised: u64,
    /// Bytes of responses that are kept.
    pub responses: u64,
}

impl Service {
    /// The service over a store.
    #[must_use]
    pub fn new(store: &Store, limits: Limits, trusted: TrustedDocuments) -> Self {
        types::prepare();
        let cores = Limits::default().heavy;
        // Enough for both pools, and as many again for clients that have none.
        let threads = Arc::new(Threads::new(2 * (cores + limits.heavy)));
        Self(Arc::new(Inner {
            store: store.clone(),
            documents: Documents::new(trusted),
            plans: kept(KEPT_PLAN_BYTES.max(limits.responses / 4), ByWeight),
            recognised: Recognised::new(),
            responses: Responses::new(limits.responses),
            publications: Publications::default(),
            preparing: Pool::new(&threads, cores, limits.patience),
            answering: Pool::new(&threads, limits.heavy, limits.patience),
            threads,
            statistics: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
            limits,
        }))
    }

    /// What it uses now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            preparing: self.0.preparing.count(),
            answering: self.0.answering.count(),
            documents: self.0.documents.weight(),
            plans: self.0.plans.weight(),
            recognised: self.0.recognised.weight(),
            responses: self.0.responses.as_ref().map_or(0, Responses::weight),
        }
    }

    /// Does work on a thread of its own, in the client's turn.
    ///
    /// # Errors
    /// When too much else is under way, or the work breaks off.
    pub async fn in_pool<T: Send + 'static>(
        &self,
        kind: Work,
        account: &Account,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let pool = match kind {
            Work::Preparing => &self.0.preparing,
            Work::Answering => &self.0.answering,
        };
        pool.run(account.client(), work).await.map_err(|failure| match failure {
            Failure::Busy => overloaded(),
            Failure::Panicked(panic) => crashed(&*panic),
        })
    }

    /// What the tables hold, as it was read last. It is read again when something was published since; until then the old one is good
    /// enough for an estimate.
    async fn statistics(&self) -> Arc<Statistics> {
        let known = self.known_statistics();
        let Ok(latest) = self.0.store.latest().await else { return known.map(|(_, known)| known).unwrap_or_default() };
        match known {
            Some((mark, statistics)) if mark == latest => statistics,
            Some((_, statistics)) => {
                // One request reads them; the others see the new mark at once.
                *self.0.statistics.write().unwrap_or_else(PoisonError::into_inner) = Some((latest, Arc::clone(&statistics)));
                let service = self.clone();
                tokio::spawn(async move { service.read_statistics(latest).await });
                statistics
            }
            None => {
                // The others wait for the first.
                let _first = self.0.reading.lock().await;
                match self.known_statistics() {
                    Some((_, statistics)) => statistics,
                    None => self.read_statistics(latest).await,
                }
            }
        }
    }

    fn known_statistics(&self) -> Option<(Mark, Arc<Statistics>)> {
        self.0.statistics.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads them on a thread of its own. Without them, plans are estimated as for small tables.
    async fn read_statistics(&self, latest: Mark) -> Arc<Statistics> {
        let (store, runtime) = (self.0.store.clone(), tokio::runtime::Handle::current());
        let read = async move {
            let mut snapshot = store.snapshot().await?;
            Statistics::read(&mut snapshot, store.dialect(), crate::content::catalog()).await
        };
        let read = self.0.threads.run(move || runtime.block_on(read)).await;
        let read = read.map_err(|failure| failure.to_string()).and_then(|read| read.map_err(|failure| failure.to_string()));
        let read = Arc::new(read.unwrap_or_else(|failure| {
            tracing::warn!(failure, "the sizes of the tables cannot be read");
            Statistics::default()
        }));
        *self.0.statistics.write().unwrap_or_else(PoisonError::into_inner) = Some((latest, Arc::clone(&read)));
        read
    }
}

/// The refusal when too much is under way.
fn overloaded() -> Refusal {
    Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::overloaded()] }
}

/// The database does not answer.
fn unavailable() -> Refusal {
    Refusal { kind: RefusalKind::Unavailable(1), errors: vec![error::unavailable()] }
}

/// The refusal for work that panicked.
fn crashed(panic: &(dyn Any + Send)) -> Refusal {
    Refusal { kind: RefusalKind::Failed, errors: vec![error::of_panic(panic)] }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Arc<PlanKey>, Arc<Planned>> for ByWeight {
    fn weight(&self, key: &Arc<PlanKey>, planned: &Arc<Planned>) -> u64 {
        planned.weight() + key.2.len() as u64
    }
}
