//! The service, which prepares requests and runs their operations.
//!
//! [`prepare`] validates and plans a request, [`run`] runs an operation once, and [`subscribe`] runs it again after
//! each publication. Everything is charged to the [`Account`] of the client that sent the request.

mod limits;
mod prepare;
mod run;
mod subscribe;
#[cfg(test)]
pub(crate) mod testing;

use std::{
    any::Any,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use quick_cache::{Weighter, sync::Cache};

pub use limits::Limits;
use limits::cores;
pub use prepare::{PlanKey, PreparedRequest};
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
    engine::plan::statistics::Statistics,
    error,
    store::{ReadOptions, RevisionStamp, Store},
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

/// Number of permits for mutations of content. The same number of additional permits is reserved for clients without a running
/// mutation. One mutation writes at a time. Meanwhile the others are prepared, each on a database connection of its own.
const MUTATIONS: usize = 2;

/// Maximum time that a mutation waits for a permit, while other mutations of this process run.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The kinds of work that require a permit. Each kind has its own queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Decompressing, reading, validating and planning requests, making pages with long data or URLs, and compressing most
    /// responses: milliseconds.
    Preparing,
    /// Running expensive operations and compressing long responses: up to seconds. Mutations that write no content belong here:
    /// they must not wait for those that do, because a leaked key must be revoked soon.
    Running,
    /// Running mutations that write content.
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
        // wait for a connection. Because as many permits again are reserved for clients without a running operation,
        // `expensive` is at most half of the connections, but at least one.
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
    /// If the client's share of the memory is used up until then.
    pub async fn reserve<T>(
        &self,
        account: &Account,
        reserve: impl FnMut() -> Result<T, MemoryLimitReached>,
    ) -> Result<T, Refusal> {
        account.retry_within(self.0.limits.queue_timeout, reserve).await.map_err(|_| out_of_memory())
    }

    /// Returns the statistics of the tables. After a publication, they are read again in the background. Until then the
    /// outdated ones are returned, which are sufficient for estimates.
    async fn statistics(&self) -> Arc<Statistics> {
        if let Some(known) = self.known_statistics() {
            if known.may_be_read_again() {
                // In the background, so that planning does not wait for the database.
                let service = self.clone();
                tokio::spawn(async move { service.refresh_statistics().await });
            }
            return known.statistics;
        }
        let Ok(latest) = self.0.store.latest().await else { return Arc::default() };
        // Single flight: other requests wait for the first.
        let _first = self.0.reading.lock().await;
        match self.known_statistics() {
            Some(known) => known.statistics,
            None => self.read_statistics(latest).await.unwrap_or_default(),
        }
    }

    /// Reads the statistics again if there was a publication since they were read.
    async fn refresh_statistics(&self) {
        // Single flight: other requests use the previous statistics.
        let Ok(_only) = self.0.reading.try_lock() else { return };
        let Some(known) = self.known_statistics().filter(KnownStatistics::may_be_read_again) else { return };
        let latest = self.0.store.latest().await;
        if let Ok(latest) = latest
            && latest != known.stamp
            && self.read_statistics(latest).await.is_some()
        {
            return;
        }
        // They are up to date, or the database failed. The next check follows after the usual pause.
        if let Some(known) = self.0.statistics.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            known.checked = Instant::now();
        }
    }

    fn known_statistics(&self) -> Option<KnownStatistics> {
        self.0.statistics.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the statistics on a thread for long work. If that fails, returns `None`: costs are then estimated by the previous
    /// ones, or as for empty tables.
    async fn read_statistics(&self, latest: RevisionStamp) -> Option<Arc<Statistics>> {
        let (store, runtime, begun) = (self.0.store.clone(), tokio::runtime::Handle::current(), Instant::now());
        // All requests wait for the first statistics, so reading those does not wait for expensive operations.
        let is_expensive = self.known_statistics().is_some();
        let read = async move {
            let options = ReadOptions { is_expensive, reads_many_rows: true, ..ReadOptions::default() };
            let mut snapshot = store.lazy_snapshot(options);
            Statistics::read(&mut snapshot, store.dialect(), crate::content::catalog()).await
        };
        let read = self.0.threads.run(move || runtime.block_on(read)).await;
        let read = read.map_err(|failure| failure.to_string()).and_then(|read| read.map_err(|failure| failure.to_string()));
        let read = read.inspect_err(|failure| tracing::warn!(failure, "cannot read the statistics of the tables"));
        let statistics = Arc::new(read.ok()?);
        let (stamp, took) = (latest, begun.elapsed());
        let known = KnownStatistics { stamp, statistics: Arc::clone(&statistics), checked: begun, took };
        *self.0.statistics.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Some(statistics)
    }
}

/// The statistics of the tables that were read last.
#[derive(Clone)]
struct KnownStatistics {
    /// The revision for which they were read.
    stamp: RevisionStamp,
    statistics: Arc<Statistics>,
    /// When they were begun to be read, or when it was last checked whether they are outdated.
    checked: Instant,
    took: Duration,
}

impl KnownStatistics {
    /// Reports whether they may be read again. Reading every row of a large library after every small publication would take
    /// longer than the publication, so at most a fiftieth of the time is spent on it.
    fn may_be_read_again(&self) -> bool {
        self.checked.elapsed() >= self.took * 50
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

/// Creates the refusal for a search that needs more memory than its client may use.
fn search_out_of_memory() -> Refusal {
    Refusal { kind: RefusalKind::Overloaded(1), errors: vec![error::search_out_of_memory()] }
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
    use sea_orm::ConnectionTrait as _;

    use super::{testing::RunningJob, *};
    use crate::{
        access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES},
        schema::GraphqlRequest,
    };

    /// Returns statistics that took a second to read, and were checked this long ago.
    fn statistics(stamp: RevisionStamp, milliseconds: u64) -> KnownStatistics {
        let checked = Instant::now().checked_sub(Duration::from_millis(milliseconds));
        let checked = checked.expect("the system has run for a minute");
        KnownStatistics { stamp, statistics: Arc::default(), checked, took: Duration::from_secs(1) }
    }

    #[test]
    fn statistics_are_read_for_at_most_two_percent_of_the_time() {
        assert!(!statistics(RevisionStamp::default(), 40_000).may_be_read_again());
        assert!(statistics(RevisionStamp::default(), 50_000).may_be_read_again());
    }

    #[tokio::test]
    async fn a_check_that_finds_no_publication_delays_the_next_one() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let publish = "INSERT INTO revision (id, published_at, summary, last_id, checksum) VALUES (1, '', '', 0, '')";
        service.0.store.writer().execute_unprepared(publish).await.expect("a revision");
        let latest = service.0.store.latest().await.expect("a revision");
        for stamp in [latest, RevisionStamp::default()] {
            *service.0.statistics.write().unwrap() = Some(statistics(stamp, 60_000));
            service.refresh_statistics().await;
            let known = service.known_statistics().expect("they are set");
            assert!(known.stamp == latest && !known.may_be_read_again());
            assert_eq!(known.took == Duration::from_secs(1), stamp == latest, "they are read again after a publication");
        }
    }

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
