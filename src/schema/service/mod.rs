//! The service, which prepares requests and runs their operations.
//!
//! [`prepare`] validates and plans a request, [`run`] runs an operation once, and [`subscribe`] runs it again after
//! each publication. Everything is charged to the [`Account`] of the client that sent the request.

mod limits;
mod prepare;
mod run;
mod statistics;
mod subscribe;
#[cfg(test)]
pub(crate) mod testing;

use std::{
    any::Any,
    sync::{Arc, RwLock},
    time::Duration,
};

use quick_cache::{Weighter, sync::Cache};

pub use limits::Limits;
use limits::cores;
pub use prepare::{PlanKey, PreparedRequest};
use statistics::KnownStatistics;
pub use subscribe::{OperationResponses, Verify};

use super::{
    documents::{cache::cache_by_bytes, prepared::Documents, trusted::TrustedDocuments},
    operations::{operation::OperationPlan, publications::Publications, response_cache::ResponseCache},
    request::{Refusal, RefusalKind},
    threads::{
        pool::{Failure, Pool},
        shared::Threads,
    },
    types,
};
use crate::{
    access::{Account, MemoryLimitReached},
    error,
    store::Store,
};

/// Minimum size of the cache of plans, in bytes. If a quarter of the response cache is larger, the cache of plans has
/// that size, because a cached response can only be found while its plan is cached.
const MIN_PLAN_CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// The GraphQL service. A process has one, which all threads share.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    store: Store,
    documents: Documents,
    plans: Cache<Arc<PlanKey>, Arc<OperationPlan>, ByBytes>,
    responses: Option<ResponseCache>,
    publications: Publications,
    preparing: Pool,
    running: Pool,
    publishing: Pool,
    threads: Arc<Threads>,
    /// The statistics of the tables; `None` until they have been read.
    statistics: RwLock<Option<KnownStatistics>>,
    /// Locked while the statistics are read for the first time, and while it is checked whether they are outdated.
    reading: tokio::sync::Mutex<()>,
    limits: Limits,
}

/// Number of permits for mutations of content. The same number of additional permits is reserved for clients without a
/// running mutation. One mutation writes at a time. Meanwhile the others are prepared, each on a database connection of its
/// own.
const MUTATIONS: usize = 2;

/// Maximum time that a mutation waits for a permit, while other mutations of this process run.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The kinds of work that require a permit. Each kind has its own queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Decompressing, reading, validating and planning requests, making pages with long data or URLs, and compressing most
    /// responses: milliseconds.
    Preparing,
    /// Running expensive operations and compressing long responses: up to seconds. Changes of API keys belong here: they
    /// must not wait for mutations of content, because a leaked key must be revoked soon.
    Running,
    /// Running mutations of content, dry runs included: each uses a connection for publications, of which there are few.
    Publishing,
}

/// The current usage of the service, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Requests that are prepared with a permit, and requests that wait for one.
    pub preparing: (usize, usize),
    /// Expensive operations that run, and those that wait for a permit.
    pub running: (usize, usize),
    /// Mutations that run, and those that wait for a permit.
    pub publishing: (usize, usize),
    /// Bytes of cached documents.
    pub documents: u64,
    /// Bytes of cached plans.
    pub plans: u64,
    /// Bytes of cached responses.
    pub responses: u64,
}

impl Service {
    /// Creates the service for a store.
    #[must_use]
    pub fn new(store: &Store, mut limits: Limits, trusted: TrustedDocuments) -> Self {
        types::prepare();
        let cores = cores();
        // Permits are shared evenly among clients, but connections are not. So an operation with a permit should not have to
        // wait for a connection. The same number of additional permits is reserved for clients without a running operation,
        // so `expensive` is at most half of the connections, but at least one.
        limits.expensive = limits.expensive.min((store.connections_for_expensive() / 2).max(1));
        // Enough for all permits of the pools, including those for clients without a running job.
        let threads = Arc::new(Threads::new(2 * (cores + limits.expensive + MUTATIONS)));
        Self(Arc::new(Inner {
            store: store.clone(),
            documents: Documents::new(trusted),
            plans: cache_by_bytes(MIN_PLAN_CACHE_BYTES.max(limits.responses / 4), ByBytes),
            responses: ResponseCache::new(limits.responses),
            publications: Publications::default(),
            preparing: Pool::new(&threads, cores, limits.queue_timeout),
            running: Pool::new(&threads, limits.expensive, limits.queue_timeout),
            publishing: Pool::new(&threads, MUTATIONS, MAX_WAIT),
            threads,
            statistics: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
            limits,
        }))
    }

    /// Returns its current usage.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            preparing: self.0.preparing.count(),
            running: self.0.running.count(),
            publishing: self.0.publishing.count(),
            documents: self.0.documents.allocated_bytes(),
            plans: self.0.plans.weight(),
            responses: self.0.responses.as_ref().map_or(0, ResponseCache::allocated_bytes),
        }
    }

    /// Runs work in the pool when the client gets a permit.
    ///
    /// # Errors
    /// If the service is overloaded, or the work panics.
    pub async fn in_pool<T: Send + 'static>(
        &self,
        kind: Work,
        account: &Account,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let pool = match kind {
            Work::Preparing => &self.0.preparing,
            Work::Running => &self.0.running,
            Work::Publishing => &self.0.publishing,
        };
        pool.run(account.client(), work).await.map_err(|failure| match failure {
            Failure::Overloaded => overloaded(),
            Failure::Panicked(panic) => crashed(&*panic),
        })
    }

    /// Calls `reserve`, which reserves memory for a client, until it succeeds. It waits at most as long as a request waits
    /// for a permit.
    ///
    /// # Errors
    /// If the client's share of the memory is still used up after that time.
    pub async fn reserve<T>(
        &self,
        account: &Account,
        reserve: impl FnMut() -> Result<T, MemoryLimitReached>,
    ) -> Result<T, Refusal> {
        account.retry_within(self.0.limits.queue_timeout, reserve).await.map_err(|_| out_of_memory())
    }
}

/// Creates the refusal for an overloaded service.
fn overloaded() -> Refusal {
    Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::overloaded()] }
}

/// Creates the refusal for a client whose share of the memory is used up.
fn out_of_memory() -> Refusal {
    Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::out_of_memory()] }
}

/// Creates the refusal for a search or facets that need more memory than their client may use.
fn read_out_of_memory() -> Refusal {
    Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::read_out_of_memory()] }
}

/// Creates the refusal for a database that does not respond.
fn unavailable() -> Refusal {
    Refusal { kind: RefusalKind::Unavailable(1), errors: vec![error::unavailable()] }
}

/// Creates the refusal for work that panicked.
fn crashed(panic: &(dyn Any + Send)) -> Refusal {
    Refusal { kind: RefusalKind::Failed, errors: vec![error::of_panic(panic)] }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Arc<PlanKey>, Arc<OperationPlan>> for ByBytes {
    fn weight(&self, key: &Arc<PlanKey>, planned: &Arc<OperationPlan>) -> u64 {
        planned.allocated_bytes() + key.2.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::{testing::RunningJob, *};
    use crate::{
        access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES},
        schema::GraphqlRequest,
    };

    #[tokio::test]
    async fn every_operation_of_a_connection_reserves_memory_until_it_ends() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let verify: Verify = Arc::new(|| Box::pin(std::future::ready(Ok(()))));
        for kind in ["query", "subscription"] {
            let document = Some(format!("{kind} {{ library {{ revision }} }}"));
            let request = GraphqlRequest { document, ..GraphqlRequest::default() };
            let ready = service.prepare(request, &account).await.expect("a valid request");
            let memory = 4096 + ready.key.2.len() as u64 + ready.planned.allocated_bytes();
            let mut waiting: Vec<_> =
                (0..3).map(|_| service.responses(ready.clone(), &account, Arc::clone(&verify))).collect();
            assert_eq!(accounts.reserved(), 3 * memory, "{kind}");
            let fitting = account.reserve(accounts.max_bytes_per_client() - 3 * memory).expect("the rest");
            let refused = service.responses(ready, &account, Arc::clone(&verify)).next().await;
            let reason = refused.and_then(Result::err).map(|refusal| refusal.errors);
            assert_eq!(reason, Some(vec![error::out_of_memory()]), "{kind}");
            drop(fitting);
            assert!(waiting[0].next().await.is_some_and(|response| response.is_ok()), "{kind}");
            waiting.clear();
            assert_eq!(accounts.reserved(), 0, "{kind}");
        }
    }

    #[tokio::test]
    async fn no_more_expensive_operations_run_than_have_a_database_connection() {
        let limits = Limits { expensive: 1024, queue_timeout: Duration::from_millis(10), ..Limits::default() };
        let (service, _folder) = testing::service(limits).await;
        assert_eq!(service.0.store.connections_for_expensive(), 12);
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let account = |number| accounts.of(Client::Address([192, 0, 2, number].into()));
        let refused = async |number| {
            let result = service.in_pool(Work::Running, &account(number), || ()).await;
            result.expect_err("there is no permit").kind
        };
        let mut running = Vec::new();
        // One client uses half of the connections, and six other clients the other half.
        for number in [1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7] {
            running.push(RunningJob::start(&service, Work::Running, &account(number)).await);
            if running.len() == 6 {
                assert_eq!(refused(1).await, RefusalKind::Overloaded(1));
            }
        }
        assert_eq!(refused(8).await, RefusalKind::Overloaded(1));
        for job in running {
            job.end().await;
        }
    }

    #[tokio::test]
    async fn a_mutation_waits_ten_seconds_for_a_permit() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let account = |number| accounts.of(Client::Address([192, 0, 2, number].into()));
        // Two mutations run. So a client that runs one of them gets no further permit.
        let mut running = Vec::new();
        for number in 1..=2 {
            running.push(RunningJob::start(&service, Work::Publishing, &account(number)).await);
        }
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let refused = service.in_pool(Work::Publishing, &account(1), || ()).await.expect_err("there is no permit");
        let waited = started.elapsed();
        assert_eq!((refused.kind, waited.as_secs()), (RefusalKind::Overloaded(1), 10), "{waited:?}");
        for job in running {
            job.end().await;
        }
    }
}
