//! Runs an operation once, or returns the cached response.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{PreparedRequest, Service, Work, overloaded, read_out_of_memory, unavailable};
use crate::{
    access::{Account, Reservation},
    engine::{plan::cost::BYTES_PER_POINT, run::MAX_RESPONSE},
    error::{self, OVERLOADED, TIMEOUT, UNAVAILABLE},
    graphql::tree::OperationKind,
    schema::{
        operations::{
            response::Response,
            response_cache::{CacheKey, Cacheability},
            run::RunOptions,
            stopwatch::{milliseconds, timed},
        },
        request::{OperationResponse, Refusal, RefusalKind},
    },
    store::{MemoryLimit, ReadOptions, Reading, RevisionStamp, Snapshot, StoreError, TIME_LIMIT},
};

/// A refusal of an operation whose cost was charged.
struct RefusedRun {
    refusal: Refusal,
    /// True if the operation was run, so that its cost is not refunded.
    was_run: bool,
}

impl RefusedRun {
    fn after_run(refusal: Refusal) -> Self {
        Self { refusal, was_run: true }
    }
}

impl From<Refusal> for RefusedRun {
    /// Only the refusal after a panic means that the operation was run.
    fn from(refusal: Refusal) -> Self {
        Self { was_run: refusal.kind == RefusalKind::Failed, refusal }
    }
}

/// Memory that is reserved for a client before an operation is run.
#[derive(Default)]
struct RunMemory {
    /// For the estimated response.
    response: Option<Reservation>,
    /// For the plan of an expensive operation. Operations of a client that use the same plan share this reservation.
    plan: Option<Arc<Reservation>>,
}

impl Service {
    /// Responds to an operation once: with the cached response of the latest revision, or by running the operation. The
    /// caller has charged its maximum cost. If the operation is refused before it runs, or the database does not respond,
    /// all but one point is refunded.
    ///
    /// # Errors
    /// If the service is overloaded, the database does not respond, or the operation panics.
    pub async fn run(&self, ready: PreparedRequest, account: &Account) -> Result<OperationResponse, Refusal> {
        let cost = ready.cost();
        let result = self.find_or_run(ready, account).await;
        result.map_err(|RefusedRun { refusal, was_run }| {
            if !was_run {
                refund(account, cost);
            }
            refusal
        })
    }

    async fn find_or_run(&self, ready: PreparedRequest, account: &Account) -> Result<OperationResponse, RefusedRun> {
        let reserve = async || self.reserve_run(&ready, account).await.map_err(RefusedRun::from);
        // A response that reports its statements must be read from the database, not from the cache.
        let is_cacheable = ready.is_plan_cached() && ready.planned.is_cacheable() && !ready.reports_plan;
        let Some(responses) = self.0.responses.as_ref().filter(|_| is_cacheable) else {
            return self.run_uncached(&ready, account, reserve().await?, None, TIME_LIMIT).await;
        };
        let started = Instant::now();
        let latest = match self.0.store.latest().await {
            Ok(latest) => latest,
            Err(StoreError::Unavailable(reason)) if ready.planned.reads() => {
                error::log_unavailable(&reason);
                return Err(unavailable().into());
            }
            // Perhaps the database is only slow, so the operation is run. If it times out as well, the database is not
            // available.
            Err(_) => {
                let time = TIME_LIMIT.saturating_sub(started.elapsed());
                let result = self.run_uncached(&ready, account, reserve().await?, None, time).await?;
                return if result.response.codes.contains(&TIMEOUT) { Err(unavailable().into()) } else { Ok(result) };
            }
        };
        let key = CacheKey { plan: ready.planned.number, reports_cost: ready.reports_cost, revision: latest };
        let mut fresh = None;
        let make = async |reservation| {
            let result = self.run_uncached(&ready, account, reservation, Some(latest), TIME_LIMIT).await?;
            let cacheability = match result.read_in {
                _ if result.response.errors > 0 => Cacheability::Failed,
                Some(read_in) if read_in == latest => Cacheability::Cacheable,
                _ => Cacheability::Outdated,
            };
            let response = Arc::clone(&result.response);
            fresh = Some(result);
            Ok::<_, RefusedRun>((response, cacheability))
        };
        let response = responses.find(key, reserve, make).await?;
        if let Some(result) = fresh {
            return Ok(result);
        }
        let reservation = self.reserve_cached(&response, account).await?;
        settle(account, ready.cost(), response.body.len(), 0);
        Ok(OperationResponse { response, statements: 0, reservation, read_in: Some(latest) })
    }

    /// Reserves memory for the client until a cached response has been sent.
    async fn reserve_cached(&self, response: &Response, account: &Account) -> Result<Option<Arc<Reservation>>, Refusal> {
        let reserve = || response.reservation.reserve(account, response.body.len() as u64);
        self.reserve(account, reserve).await
    }

    /// Reserves memory for an operation before it is run.
    async fn reserve_run(&self, ready: &PreparedRequest, account: &Account) -> Result<RunMemory, Refusal> {
        let (planned, mut memory) = (&ready.planned, RunMemory::default());
        let reserve = || {
            // While the operation waits for a permit, the cache can drop its plan, which then stays in memory.
            if planned.is_expensive() && memory.plan.is_none() {
                memory.plan = planned.reserve(account)?;
            }
            account.adjust(&mut memory.response, planned.bytes().min(MAX_RESPONSE as u64))
        };
        self.reserve(account, reserve).await?;
        Ok(memory)
    }

    /// Runs an operation: on the serving thread, or in the pool if it is expensive. `memory` is reserved for it, and `time`
    /// limits the reading.
    async fn run_uncached(
        &self,
        ready: &PreparedRequest,
        account: &Account,
        memory: RunMemory,
        latest: Option<RevisionStamp>,
        time: Duration,
    ) -> Result<OperationResponse, RefusedRun> {
        let RunMemory { response: reservation, plan: _plan } = memory;
        let (is_expensive, reads_many_rows) = (ready.planned.is_expensive(), ready.planned.reads_many_rows());
        // Searches and facets of many records are expensive, and so are mutations, whose payloads may have either.
        let memory = is_expensive.then(|| Arc::new(account.clone()) as Arc<dyn MemoryLimit>);
        let options = move |cancelled| {
            let deadline = Instant::now() + time;
            ReadOptions { cancelled, deadline, is_expensive, reads_many_rows, memory }
        };
        if !is_expensive {
            let ran = self.run_query(ready, latest, options(CancellationToken::new())).await;
            return self.finish(ready, account, reservation, ran).await;
        }
        let cancelled = CancellationToken::new();
        // Dropping this future, which happens when the client disconnects, stops the work.
        let _cancel_on_drop = cancelled.clone().drop_guard();
        let kind = if ready.planned.publishes() { Work::Publishing } else { Work::Running };
        let (service, ready, of_client) = (self.clone(), ready.clone(), account.clone());
        let (runtime, span) = (tokio::runtime::Handle::current(), tracing::Span::current());
        let work = move || {
            let run = async {
                let ran = service.run_any(&ready, latest, options(cancelled.clone())).await;
                service.finish(&ready, &of_client, reservation, ran).await
            };
            let run = async {
                tokio::select! {
                    result = run => Some(result),
                    () = cancelled.cancelled() => None,
                }
            };
            runtime.block_on(run.instrument(span))
        };
        self.in_pool(kind, account, work).await?.ok_or_else(overloaded)?
    }

    /// Charges what an operation took in addition to its cost, and changes its reservation from the estimate to the actual
    /// length of the response. `milliseconds` is the time of the run.
    ///
    /// An expensive operation keeps its permit until this function returns. The length of the report of a mutation cannot be
    /// estimated, so a response can be larger than its reservation until this function has changed the reservation. The
    /// number of permits limits the number of such responses in memory.
    async fn finish(
        &self,
        ready: &PreparedRequest,
        account: &Account,
        mut reservation: Option<Reservation>,
        (reading, milliseconds): (Reading<Response>, u64),
    ) -> Result<OperationResponse, RefusedRun> {
        let Reading { value: response, revision: read_in, statements, .. } = reading;
        // If the database became unavailable, the client gets a refusal, except for a mutation: other fields of it may
        // have been published, so its response is sent.
        if response.codes.contains(&UNAVAILABLE) && ready.kind() != OperationKind::Mutation {
            return Err(unavailable().into());
        }
        let bytes = response.body.len() as u64;
        settle(account, ready.cost(), response.body.len(), milliseconds);
        if response.codes.contains(&OVERLOADED) && ready.kind() != OperationKind::Mutation {
            return Err(RefusedRun::after_run(read_out_of_memory()));
        }
        let completed = self.reserve(account, || account.adjust_existing(&mut reservation, bytes)).await;
        if completed.is_err() && ready.kind() == OperationKind::Mutation {
            let response = Arc::new(unsent_mutation_response(response.cost));
            return Ok(OperationResponse { response, statements, reservation: None, read_in });
        }
        completed.map_err(RefusedRun::after_run)?;
        let reservation = reservation.map(|reservation| response.reservation.register(reservation));
        Ok(OperationResponse { response: Arc::new(response), statements, reservation, read_in })
    }

    /// Runs an operation of any kind. Returns the response, and its time in milliseconds: the processor time of this process
    /// and, except for mutations, the time of the statements in the database.
    ///
    /// Mutations are always expensive, so they run only in the pool.
    async fn run_any(
        &self,
        ready: &PreparedRequest,
        latest: Option<RevisionStamp>,
        read_options: ReadOptions,
    ) -> (Reading<Response>, u64) {
        let (OperationKind::Mutation, Some(author)) = (ready.kind(), &ready.author) else {
            return self.run_query(ready, latest, read_options).await;
        };
        let options = RunOptions { tags: false, ..self.options(ready) };
        let (published, memory) = (|| self.0.publications.published(), read_options.memory);
        let mutate = ready.planned.mutate(&self.0.store, author, &options, memory.as_ref(), published);
        let span = tracing::info_span!("execute", cost = ready.cost());
        let (value, taken) = timed(Box::pin(mutate.instrument(span))).await;
        (Reading { value, revision: None, statements: 0, database_time: Duration::ZERO }, milliseconds(taken))
    }

    fn options<'r>(&self, ready: &'r PreparedRequest) -> RunOptions<'r> {
        RunOptions {
            operation: ready.name(),
            reports_cost: ready.reports_cost.then_some(self.0.limits.cost),
            reports_plan: ready.reports_plan,
            tags: self.0.limits.tags,
        }
    }

    /// Runs a query, or a subscription once.
    async fn run_query(
        &self,
        ready: &PreparedRequest,
        latest: Option<RevisionStamp>,
        read_options: ReadOptions,
    ) -> (Reading<Response>, u64) {
        let options = self.options(ready);
        let read = |mut snapshot: Snapshot| async {
            let span = tracing::info_span!("execute", cost = ready.cost());
            let response = ready.planned.run(&mut snapshot, &options).instrument(span).await;
            (snapshot, response)
        };
        let (reading, taken) = timed(Box::pin(self.0.store.read(read_options, latest, read))).await;
        let milliseconds = milliseconds(taken + reading.database_time);
        (reading, milliseconds)
    }
}

/// Creates the response to an operation with mutations that was run, if there is no memory for its own response. It is not a
/// refusal, because a client may repeat a refused request.
fn unsent_mutation_response(cost: u64) -> Response {
    let errors = [error::unsent_mutation_response()];
    Response::new(json!({"data": null, "errors": errors}).to_string(), errors.len(), cost).with_codes(&errors)
}

/// Refunds an operation that was not run. One point of its cost remains charged for reading the request.
pub(super) fn refund(account: &Account, cost: u64) {
    account.refund(cost.saturating_sub(1));
}

/// Charges the difference if an operation took more than its maximum cost, which was charged before it ran.
fn settle(account: &Account, paid: u64, bytes: usize, milliseconds: u64) {
    account.settle((bytes as u64 / BYTES_PER_POINT).max(milliseconds).saturating_sub(paid));
}

#[cfg(test)]
mod tests {
    use std::{future::ready, pin::pin};

    use futures_util::{FutureExt as _, StreamExt as _};

    use super::*;
    use crate::{
        access::{Accounts, Author, Client, Limiter, MAX_RESERVED_BYTES},
        schema::{
            GraphqlRequest, Limits,
            service::{
                crashed,
                testing::{self, RunningJob},
            },
        },
    };

    #[test]
    fn only_operations_that_did_not_run_are_refunded() {
        for refusal in [overloaded(), unavailable()] {
            assert!(!RefusedRun::from(refusal).was_run);
        }
        assert!(RefusedRun::from(crashed(&"a panic")).was_run);
        assert!(RefusedRun::after_run(overloaded()).was_run);
    }

    #[tokio::test]
    async fn an_operation_for_which_no_memory_is_left_is_refunded() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let accounts = Accounts::new(Limiter::new(1000, 0), MAX_RESERVED_BYTES);
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let document = Some("{ procedures { nodes { name } } }".to_owned());
        let request = GraphqlRequest { document, ..GraphqlRequest::default() };
        let operation = service.prepare(request, &account).await.expect("a valid request");
        let _all = account.reserve(accounts.max_bytes_per_client()).expect("nothing else is reserved");
        let remaining = |points| account.charge(points).expect("enough points").map(|status| status.remaining);
        let before = remaining(operation.cost());
        let verify = Arc::new(|| -> futures_util::future::BoxFuture<'static, _> { Box::pin(ready(Ok(()))) });
        let cost = u32::try_from(operation.cost()).expect("a small cost");
        let refused = service.responses(operation, &account, verify).next().await;
        assert!(refused.is_some_and(|refused| refused.is_err()));
        assert!(cost > 1);
        // One point for reading the request, and one for this call.
        assert_eq!(remaining(1), before.map(|before| before + cost - 2));
    }

    #[tokio::test]
    async fn an_operation_that_waits_for_a_permit_reserves_the_memory_of_its_plan() {
        let (service, _folder) = testing::service(Limits { expensive: 1, ..Limits::default() }).await;
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let list = |at: usize| format!("l{at}: procedures(first: 100) {{ nodes {{ slug outcomes {{ totalCount }} }} }}");
        let document = Some(format!("{{ {} }}", (0..40).map(list).collect::<Vec<_>>().join(" ")));
        let request = GraphqlRequest { document, ..GraphqlRequest::default() };
        let ready = service.prepare(request, &account).await.expect("a valid request");
        let (plan, response) = (ready.planned.allocated_bytes(), ready.planned.bytes().min(MAX_RESPONSE as u64));
        assert!(ready.planned.is_expensive() && plan > 50_000, "{plan}");
        // The only permit is in use.
        let job = RunningJob::start(&service, Work::Running, &account).await;
        {
            let mut waiting = pin!(service.run(ready, &account));
            assert!(waiting.as_mut().now_or_never().is_none(), "it waits");
            // The reservation for the response is rounded up.
            let rest = accounts.reserved().checked_sub(plan + response);
            assert!(rest.is_some_and(|rest| rest < 16 * 1024), "{rest:?}");
        }
        assert_eq!(accounts.reserved(), 0);
        job.end().await;
    }

    #[tokio::test]
    async fn a_mutation_has_its_permit_until_memory_is_reserved_for_its_report() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let prepare = async |document: String| {
            let request = GraphqlRequest { document: Some(document), ..GraphqlRequest::default() };
            let author = Author { id: "key:1".to_owned(), name: "Editor".to_owned() };
            service.prepare(request, &account).await.expect("a valid request").by(Some(author))
        };
        let save =
            "mutation { saveBodyArea(document: {slug: \"chin\", name: \"Chin\", notice: \"Educational.\"}) { revision } }";
        let saved = service.run(prepare(save.to_owned()).await, &account).await.expect("it runs");
        assert_eq!(saved.response.errors, 0);
        // A short mutation whose report repeats a long value.
        let set = format!("operations: [{{set: {{name: \"{}\"}}}}]", "x".repeat(900));
        let copies = (0..30).map(|at| format!("a{at}: after")).collect::<Vec<_>>().join(" ");
        let patch = format!(
            "mutation {{ patchBodyArea(by: {{slug: \"chin\"}}, dryRun: true, {set}) {{ changes {{ fields {{ {copies} }} }} }} }}"
        );
        let patch = prepare(patch).await;
        let all = account.reserve(accounts.max_bytes_per_client()).expect("nothing else is reserved");
        let mut waiting = pin!(service.run(patch, &account));
        let at_once = tokio::time::timeout(Duration::from_millis(500), waiting.as_mut()).await;
        assert!(at_once.is_err(), "it waits for memory");
        assert_eq!(service.usage().publishing, (1, 0), "it has its permit");
        drop(all);
        let patched = waiting.await.expect("it runs");
        assert!(patched.reservation.is_some() && patched.response.body.len() > 27_000);
    }
}
