//! Runs subscriptions: once at the start, and again after each publication. If an operation is refused and may succeed
//! later, it is tried again until the next publication.

use std::{future::pending, sync::Arc, time::Duration};

use futures_util::{
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt as _},
};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::{PreparedRequest, Service, crashed, out_of_memory, run::refund};
use crate::{
    access::{Account, KEY_CACHE_AGE, Reservation, counted},
    graphql::tree::OperationKind,
    schema::request::{OperationResponse, Refusal, RefusalKind},
    store::RevisionStamp,
};

/// Bytes of a running operation in memory, without its plan and its variables: the operation and the task that creates its
/// response. After a publication, all subscriptions may have a task at once.
const ITSELF: u64 = 4 * 1024;

/// Longest pause between two attempts to send the response of a revision, without jitter. A refusal may state a longer
/// time.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Smallest and largest percentage by which a pause is multiplied at random (jitter). Otherwise all subscriptions
/// that an outage of the database interrupts would be tried again at the same time.
const MIN_PERCENT: u32 = 50;
const MAX_PERCENT: u32 = 150;

/// The responses to one operation: one for a query or a mutation; for a subscription one now, and one after each
/// publication. If an item is a refusal, it is the last one. Dropping the stream ends the subscription.
pub type OperationResponses = BoxStream<'static, Result<OperationResponse, Refusal>>;

/// The function that checks that the client is still allowed to run a subscription. It is called before each response
/// except the first. If the first response begins [`KEY_CACHE_AGE`] or more after the start of the subscription, it is
/// called before that response too.
pub type Verify = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync>;

/// A running subscription.
struct Subscription {
    service: Service,
    ready: PreparedRequest,
    account: Account,
    verify: Verify,
    _reserved: ReservedRun,
    /// When it was started. The client was verified shortly before.
    started: Instant,
    /// True if the cost of the next response has been charged. The caller has charged the cost of the first response.
    is_charged: bool,
    revisions: watch::Receiver<Option<RevisionStamp>>,
    /// The revision of the last response, or of the last attempt if that was refused. The response of this revision is
    /// not sent twice. `None` before the first attempt, and if the revision is not known.
    last: Option<RevisionStamp>,
    /// The next attempt for the same revision; `None` unless the last one was refused and may succeed later.
    retry: Option<Retry>,
}

/// A further attempt to send the response of a revision.
#[derive(Clone, Copy)]
struct Retry {
    at: Instant,
    /// The time between the refusal and this attempt, without jitter.
    pause: Duration,
}

/// The memory that is reserved for the client of a running operation: for itself, and for a long plan, which several
/// operations may share.
type ReservedRun = (Reservation, Option<Arc<Reservation>>);

impl Service {
    /// Runs an operation of any kind. Its memory is reserved for the client, because a client may start many operations on
    /// one connection.
    #[must_use]
    pub fn responses(&self, ready: PreparedRequest, account: &Account, verify: Verify) -> OperationResponses {
        let (service, account) = (self.clone(), account.clone());
        let reserved = match reserve_operation(&ready, &account) {
            Ok(reserved) => reserved,
            Err(refusal) => {
                refund(&account, ready.cost());
                return stream::once(std::future::ready(Err(refusal))).boxed();
            }
        };
        if ready.kind() == OperationKind::Subscription {
            let mut revisions = self.0.publications.watch(&self.0.store);
            revisions.mark_changed();
            let subscription = Subscription {
                service,
                ready,
                account,
                verify,
                _reserved: reserved,
                started: Instant::now(),
                is_charged: true,
                revisions,
                last: None,
                retry: None,
            };
            return subscription.responses();
        }
        let run = async move {
            let response = run_in_task(service, ready, account).await;
            drop(reserved);
            response
        };
        stream::once(run).boxed()
    }
}

impl Subscription {
    fn responses(self) -> OperationResponses {
        let responses = stream::unfold(self, |mut subscription| async move {
            let response = subscription.next().await?;
            Some((response, subscription))
        });
        until_refused(responses.boxed())
    }

    /// Returns the next response when there is one. A refusal that does not end the subscription is sent as a response with
    /// errors if it is the first one of its revision, or if the revision is not tried again. Returns `None` if the latest
    /// revision is no longer read.
    async fn next(&mut self) -> Option<Result<OperationResponse, Refusal>> {
        loop {
            let revision = self.next_revision().await?;
            match self.run().await {
                Ok(response) => {
                    (self.last, self.retry) = (response.read_in, None);
                    return Some(Ok(response));
                }
                Err(refusal) if refusal.is_final() => return Some(Err(refusal)),
                Err(refusal) => {
                    let was_refused = self.retry.take().filter(|_| self.last == Some(revision));
                    self.last = Some(revision);
                    self.retry = Retry::after(&refusal, was_refused);
                    if was_refused.is_none() || self.retry.is_none() {
                        return Some(Ok(OperationResponse::refused(&refusal)));
                    }
                }
            }
        }
    }

    /// Waits for the revision to send: a new one, or the last one if it is to be tried again. Returns `None` if the latest
    /// revision is no longer read.
    async fn next_revision(&mut self) -> Option<RevisionStamp> {
        loop {
            let is_retry = tokio::select! {
                changed = self.revisions.changed() => {
                    changed.ok()?;
                    false
                }
                () = reached(self.retry) => true,
            };
            let latest = *self.revisions.borrow_and_update();
            if latest.is_some() && (is_retry || latest != self.last) {
                return latest;
            }
        }
    }

    /// Runs the operation if the client is still allowed to run it and its budget is large enough.
    async fn run(&mut self) -> Result<OperationResponse, Refusal> {
        if !self.is_charged || self.started.elapsed() >= KEY_CACHE_AGE {
            (self.verify)().await?;
        }
        if !self.is_charged {
            self.account.charge(self.ready.cost()).map_err(Refusal::limited)?;
        }
        self.is_charged = false;
        run_in_task(self.service.clone(), self.ready.clone(), self.account.clone()).await
    }
}

impl Retry {
    /// Returns the attempt after a refusal; `None` if waiting does not help. The pause is the time in the refusal, or
    /// twice the previous pause up to [`MAX_PAUSE`] if that is longer. It is then changed at random.
    fn after(refusal: &Refusal, previous: Option<Self>) -> Option<Self> {
        let time = refusal.retry_after()?;
        let pause = previous.map_or(time, |previous| time.max(MAX_PAUSE.min(previous.pause * 2)));
        // A budget is still too small before the time in the refusal has passed, so its pause is not shortened.
        let min = if matches!(refusal.kind, RefusalKind::Limited(_)) { 100 } else { MIN_PERCENT };
        Some(Self { at: Instant::now() + pause * random_percent(min) / 100, pause })
    }
}

/// Returns a random percentage from `min` to [`MAX_PERCENT`]; `min` if the operating system returns no random bytes.
fn random_percent(min: u32) -> u32 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => min + u32::from_ne_bytes(bytes) % (MAX_PERCENT + 1 - min),
        Err(_) => min,
    }
}

/// Waits for the time of an attempt; forever if there is none.
async fn reached(retry: Option<Retry>) {
    match retry {
        Some(retry) => sleep_until(retry.at).await,
        None => pending().await,
    }
}

/// Reserves the memory of a running operation: itself, its variables and its plan.
fn reserve_operation(ready: &PreparedRequest, account: &Account) -> Result<ReservedRun, Refusal> {
    let (variables, plan_bytes) = (ready.key.2.len() as u64, ready.planned.allocated_bytes());
    let plan = ready.planned.reserve(account).map_err(|_| out_of_memory())?;
    // The memory of a short plan counts for each operation that uses the plan.
    let short_plan = if plan.is_some() { 0 } else { plan_bytes };
    let itself = account.reserve(ITSELF + variables + short_plan).map_err(|_| out_of_memory())?;
    Ok((itself, plan))
}

/// Returns the stream up to its first refusal, inclusive.
fn until_refused(events: OperationResponses) -> OperationResponses {
    let events = stream::unfold(Some(events), |events| async move {
        let mut events = events?;
        let event = events.next().await?;
        let rest = event.is_ok().then_some(events);
        Some((event, rest))
    });
    events.boxed()
}

/// Runs an operation in a task of its own, which is aborted when the returned future is dropped. While the client does
/// not read its responses, the stream is not polled. The task runs nevertheless, so it releases its permit and its
/// database connection.
async fn run_in_task(service: Service, ready: PreparedRequest, account: Account) -> Result<OperationResponse, Refusal> {
    let run = async move { service.run(ready, &account).await };
    let task = AbortOnDropHandle::new(tokio::spawn(counted(run.in_current_span())));
    task.await.unwrap_or_else(|failure| Err(crashed(&failure)))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use futures_util::FutureExt as _;
    use tokio::time::timeout;

    use super::{
        super::{overloaded, testing, unavailable},
        *,
    };
    use crate::{
        access::{AccessProblem, Accounts, BudgetExceeded, BudgetStatus, Client, Limiter, MAX_RESERVED_BYTES},
        schema::{GraphqlRequest, Limits},
    };

    /// Prepares a subscription of a client that has spent its whole budget, also for the first response.
    async fn subscription(service: &Service) -> (PreparedRequest, Account) {
        let accounts = Accounts::new(Limiter::new(60, 0), MAX_RESERVED_BYTES);
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let document = Some("subscription { library { revision } }".to_owned());
        let request = GraphqlRequest { document, ..GraphqlRequest::default() };
        let ready = service.prepare(request, &account).await.expect("a valid request");
        // Preparing the request may have taken so long that it was charged, too.
        account.settle(60);
        (ready, account)
    }

    /// Returns a function that refuses the client as often as this, and then allows the subscription.
    fn refusing(times: usize, refusal: fn() -> Refusal) -> Verify {
        let calls = AtomicUsize::new(0);
        Arc::new(move || {
            let is_refused = calls.fetch_add(1, Relaxed) < times;
            std::future::ready(if is_refused { Err(refusal()) } else { Ok(()) }).boxed()
        })
    }

    #[tokio::test]
    async fn the_client_is_verified_before_a_first_response_that_is_late() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let (ready, account) = subscription(&service).await;
        tokio::time::pause();
        for (delay, is_sent) in [(Duration::ZERO, true), (KEY_CACHE_AGE, false)] {
            let verify = refusing(usize::MAX, || Refusal::access(AccessProblem::changed()));
            let mut responses = service.responses(ready.clone(), &account, verify);
            tokio::time::advance(delay).await;
            let first = responses.next().await.expect("a response or a refusal");
            assert_eq!(first.is_ok(), is_sent, "after {delay:?}");
        }
    }

    #[tokio::test]
    async fn a_refused_revision_is_sent_later_and_its_refusal_only_once() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let (ready, account) = subscription(&service).await;
        tokio::time::pause();
        let mut responses = service.responses(ready, &account, refusing(3, unavailable));
        tokio::time::advance(KEY_CACHE_AGE).await;
        let started = Instant::now();
        let mut errors = async || responses.next().await.expect("a response").expect("no end").response.errors;
        // The first response is charged only once, because the budget is empty.
        assert_eq!([errors().await, errors().await], [1, 0]);
        // Half of 1 + 2 + 4 seconds, to one and a half times as much.
        let waited = started.elapsed();
        assert!((3..=10).contains(&waited.as_secs()), "{waited:?}");
    }

    #[tokio::test]
    async fn a_failure_after_which_a_revision_is_not_tried_again_is_sent() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let (ready, account) = subscription(&service).await;
        tokio::time::pause();
        let calls = AtomicUsize::new(0);
        let verify: Verify = Arc::new(move || {
            let is_first = calls.fetch_add(1, Relaxed) == 0;
            let refused: Result<(), Refusal> = Err(if is_first { overloaded() } else { crashed(&"a panic") });
            std::future::ready(refused).boxed()
        });
        let mut responses = service.responses(ready, &account, verify);
        tokio::time::advance(KEY_CACHE_AGE).await;
        for refusal in [overloaded(), crashed(&"a panic")] {
            let sent = timeout(MAX_PAUSE, responses.next()).await.expect("it is sent").expect("a response").expect("no end");
            let (code, body) = (refusal.code().expect("a code"), &sent.response.body);
            assert!(sent.response.errors == 1 && body.contains(code), "{code}: {body}");
        }
        assert!(timeout(2 * MAX_PAUSE, responses.next()).await.is_err(), "it is not tried again");
    }

    #[tokio::test]
    async fn a_subscription_with_its_task_needs_no_more_memory_than_it_reserves() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let (ready, account) = subscription(&service).await;
        let verify = refusing(0, unavailable);
        let mut first = service.responses(ready.clone(), &account, Arc::clone(&verify));
        // Now the latest revision is watched.
        assert!(first.next().await.is_some_and(|response| response.is_ok()));
        let mut second = None;
        let memory = allocation_counter::measure(|| {
            let responses = second.insert(service.responses(ready, &account, verify));
            assert!(responses.next().now_or_never().is_none(), "its task has not run yet");
        });
        let bytes = u64::try_from(memory.bytes_current).expect("it needs memory");
        assert!((1024..=ITSELF).contains(&bytes), "{bytes}");
    }

    #[test]
    fn the_pause_between_attempts_is_doubled_up_to_a_minute() {
        let (mut retry, mut pauses) = (None, Vec::new());
        for seconds in [1, 1, 30, 1, 1] {
            let refusal = Refusal { kind: RefusalKind::Unavailable(seconds), errors: Vec::new() };
            retry = Retry::after(&refusal, retry);
            pauses.push(retry.expect("another attempt").pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 30, 60, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_changed_at_random_but_not_shortened_for_a_budget() {
        let budget = BudgetStatus { limit: 60, remaining: 0, reset_seconds: 90 };
        let limited = BudgetExceeded { budget, cost: 60, retry_after_seconds: Some(90) };
        for (kind, milliseconds) in
            [(RefusalKind::Unavailable(1), 500..=1_500), (RefusalKind::Limited(limited), 90_000..=135_000)]
        {
            let refusal = Refusal { kind, errors: Vec::new() };
            let pause = || Retry::after(&refusal, None).expect("another attempt").at - Instant::now();
            let pauses: BTreeSet<u128> = (0..1_000).map(|_| pause().as_millis()).collect();
            assert!(pauses.iter().all(|pause| milliseconds.contains(pause)), "{kind:?}: {pauses:?}");
            assert!(pauses.len() > 10, "{kind:?}: {pauses:?}");
        }
    }
}
