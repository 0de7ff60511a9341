//! Runs subscriptions: once at the start, and again after each publication.

use std::sync::Arc;

use futures_util::{
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt as _},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::{PreparedRequest, Service, crashed, out_of_memory, run::refund};
use crate::{
    access::{Account, Reservation, counted},
    graphql::tree::OperationKind,
    schema::request::{OperationResponse, Refusal},
};

/// Bytes of a running operation in memory, without its plan and its variables.
const ITSELF: u64 = 4 * 1024;

/// The responses to one operation: one for a query or a mutation; for a subscription one now, and one after each
/// publication. If an item is a refusal, it is the last one. Dropping the stream ends the subscription.
pub type OperationResponses = BoxStream<'static, Result<OperationResponse, Refusal>>;

/// The function that is called before each response of a subscription except the first. It checks that the client is still
/// allowed to run the subscription, and charges the cost.
pub type Renew = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync>;

/// A running subscription.
struct Running {
    service: Service,
    ready: PreparedRequest,
    account: Account,
    renew: Renew,
    _reserved: ReservedRun,
}

/// The memory that is reserved for the client of a running operation: for itself, and for a long plan, which several
/// operations may share.
type ReservedRun = (Reservation, Option<Arc<Reservation>>);

impl Service {
    /// Runs an operation of any kind. Its memory is reserved for the client, because a client may start many operations on
    /// one connection.
    #[must_use]
    pub fn responses(&self, ready: PreparedRequest, account: &Account, renew: Renew) -> OperationResponses {
        let (service, account) = (self.clone(), account.clone());
        let reserved = match reserve_operation(&ready, &account) {
            Ok(reserved) => reserved,
            Err(refusal) => {
                refund(&account, ready.cost());
                return stream::once(std::future::ready(Err(refusal))).boxed();
            }
        };
        if ready.kind() == OperationKind::Subscription {
            return self.events(Running { service, ready, account, renew, _reserved: reserved });
        }
        let run = async move {
            let response = run_in_task(service, ready, account).await;
            drop(reserved);
            response
        };
        stream::once(run).boxed()
    }

    fn events(&self, running: Running) -> OperationResponses {
        let mut revisions = self.0.publications.watch(&self.0.store);
        revisions.mark_changed();
        // The state has the revision of the last response, so that no revision is sent twice; `None` before the first
        // response, and if the revision is not known.
        let state = (running, revisions, None, true);
        let events = stream::unfold(state, |(running, mut revisions, mut last, is_first)| async move {
            loop {
                revisions.changed().await.ok()?;
                let latest = *revisions.borrow_and_update();
                if latest.is_some() && latest != last {
                    break;
                }
            }
            let renewed = if is_first { Ok(()) } else { (running.renew)().await };
            let result = match renewed {
                Ok(()) => run_in_task(running.service.clone(), running.ready.clone(), running.account.clone()).await,
                Err(refusal) if refusal.is_final() => return Some((Err(refusal), (running, revisions, last, false))),
                Err(refusal) => Err(refusal),
            };
            // Any other refusal is sent as a response with errors, and the operation runs again after the next publication.
            let response = result.unwrap_or_else(|refusal| OperationResponse::refused(&refusal));
            last = response.read_in;
            Some((Ok(response), (running, revisions, last, false)))
        });
        until_refused(events.boxed())
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
