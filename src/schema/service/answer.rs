//! Answers operations once: with what was answered before as long as nothing was published since, or by running them.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Ready, Service, Work, overloaded, unavailable};
use crate::{
    access::{Account, Held},
    engine::{cost::BYTES_A_POINT, write::MAX_ANSWER},
    error::UNAVAILABLE,
    schema::{
        operation::{Asked, Ran},
        request::{Answer, Refusal},
        response::Response,
        responses::{Key, Lasting},
        stopwatch::timed,
    },
    store::{Mark, ReadIn, StoreError, Until},
};

impl Service {
    /// Answers an operation once: with what it answered before, as long as nothing was published since. Its cost was charged before; when it is
    /// not answered, it is given back.
    ///
    /// # Errors
    /// When too much else is under way, or the database does not answer.
    pub async fn answer(&self, ready: Ready, account: &Account) -> Result<Answer, Refusal> {
        let cost = ready.cost();
        let answer = self.find_or_make(ready, account).await;
        answer.inspect_err(|_| account.refund(cost))
    }

    async fn find_or_make(&self, ready: Ready, account: &Account) -> Result<Answer, Refusal> {
        let cost = ready.cost();
        let lasting = ready.comes_again() && ready.planned.is_lasting();
        let Some(responses) = self.0.responses.as_ref().filter(|_| lasting) else {
            return Ok(self.make(ready, account, None).await?.0);
        };
        let latest = match self.0.store.latest().await {
            Ok(latest) => latest,
            Err(StoreError::Unavailable(reason)) if ready.planned.reads() => {
                tracing::warn!(reason, "the database is not available");
                return Err(unavailable());
            }
            // The operation says so in its own errors.
            Err(_) => return Ok(self.make(ready, account, None).await?.0),
        };
        let key = Key { plan: ready.planned.number, tells_cost: ready.tells_cost, revision: latest };
        let mut fresh = None;
        let make = async || {
            let (answer, read_in) = self.make(ready, account, Some(latest)).await?;
            let lasting = match read_in {
                _ if answer.response.errors > 0 => Lasting::Not,
                Some(read_in) if read_in == latest => Lasting::Long,
                _ => Lasting::Over,
            };
            let response = Arc::clone(&answer.response);
            fresh = Some(answer);
            Ok((response, lasting))
        };
        let response = responses.find(key, make).await?;
        if let Some(answer) = fresh {
            return Ok(answer);
        }
        let held = self.hold(&response, account).await?;
        settle(account, cost, response.body.len(), 0);
        Ok(Answer { response, statements: 0, held, read_in: Some(latest) })
    }

    /// Holds the bytes of a response that was made before, until it is taken.
    async fn hold(&self, response: &Response, account: &Account) -> Result<Option<Arc<Held>>, Refusal> {
        let hold = || response.held.hold(account, response.body.len() as u64);
        account.within(self.0.limits.patience, hold).await.map_err(|_| overloaded())
    }

    /// Runs an operation: where it was asked for, or in its turn when it is heavy. Gives the revision that it was read in as well,
    /// when it is known.
    async fn make(&self, ready: Ready, account: &Account, latest: Option<Mark>) -> Result<(Answer, Option<Mark>), Refusal> {
        let cost = ready.cost();
        let patience = self.0.limits.patience;
        let (estimate, mut held) = (ready.planned.bytes().min(MAX_ANSWER as u64), None);
        account.within(patience, || account.hold_as(&mut held, estimate)).await.map_err(|_| overloaded())?;
        let (response, statements, read_in, milliseconds) = if ready.planned.is_heavy() {
            let left = CancellationToken::new();
            // Dropping this future, as happens when the client leaves, stops the work.
            let _leaving = left.clone().drop_guard();
            let (service, runtime, span) = (self.clone(), tokio::runtime::Handle::current(), tracing::Span::current());
            let work = move || {
                let run = async {
                    tokio::select! {
                        ran = service.run(&ready, latest, left.clone()) => Some(ran),
                        () = left.cancelled() => None,
                    }
                };
                runtime.block_on(run.instrument(span))
            };
            self.in_pool(Work::Answering, account, work).await?.ok_or_else(overloaded)?
        } else {
            self.run(&ready, latest, CancellationToken::new()).await
        };
        if response.codes.contains(&UNAVAILABLE) {
            return Err(unavailable());
        }
        let bytes = response.body.len() as u64;
        settle(account, cost, response.body.len(), milliseconds);
        // The estimate is put right.
        account.within(patience, || account.hold_as(&mut held, bytes)).await.map_err(|_| overloaded())?;
        let held = held.map(|held| response.held.share(held));
        Ok((Answer { response: Arc::new(response), statements, held, read_in }, read_in))
    }

    /// Runs an operation. Gives the revision that it was read in, when it is known, and the milliseconds that it took here and in the database.
    async fn run(
        &self,
        ready: &Ready,
        latest: Option<Mark>,
        left: CancellationToken,
    ) -> (Response, usize, Option<Mark>, u64) {
        let ((Ran { response, statements, worked, .. }, read_in), taken) =
            timed(self.run_in_one_revision(ready, latest, left)).await;
        let milliseconds = u64::try_from((taken + worked).as_millis()).unwrap_or(u64::MAX);
        (response, statements, read_in, milliseconds)
    }

    /// Runs an operation, all of it in one revision. Where a transaction costs round trips it is read without one, and once more
    /// when something was published meanwhile. Each statement tells in which revision it read; after one that had nothing to tell
    /// it with, the latest is asked for: revisions only grow, so with the same one before and after, all is of that.
    async fn run_in_one_revision(
        &self,
        ready: &Ready,
        latest: Option<Mark>,
        left: CancellationToken,
    ) -> (Ran, Option<Mark>) {
        /// How often it is tried without a transaction.
        const GLIMPSES: usize = 2;
        let store = &self.0.store;
        let until = Until { left, ..Until::default() };
        if let Some(known) = store.before_glimpse().filter(|_| ready.planned.reads()) {
            let mut before = latest.unwrap_or(known);
            for _ in 0..GLIMPSES {
                let Some(ran) = self.run_once(ready, false, until.clone()).await else { break };
                match ran.read_in {
                    ReadIn::One(revision) => return (ran, Some(revision)),
                    // What nothing was read for is of any.
                    ReadIn::None => return (ran, latest),
                    ReadIn::Unknown => {}
                }
                match store.latest().await {
                    Ok(now) if now == before => return (ran, Some(now)),
                    Ok(now) => before = now,
                    Err(_) => break,
                }
            }
        }
        // In a snapshot it does not fail without an answer.
        let ran = self.run_once(ready, true, until).await.unwrap_or_else(Ran::nothing);
        let read_in = match latest {
            Some(latest) => store.latest().await.ok().filter(|now| *now == latest),
            None => None,
        };
        (ran, read_in)
    }

    async fn run_once(&self, ready: &Ready, snapshot: bool, until: Until) -> Option<Ran> {
        let asked = Asked {
            store: &self.0.store,
            operation: ready.name(),
            snapshot,
            until,
            tells_cost: ready.tells_cost.then_some(self.0.limits.cost),
            tags: self.0.limits.tags,
        };
        let span = tracing::info_span!("answer", cost = ready.cost());
        ready.planned.run(&asked).instrument(span).await
    }
}

/// Charges what an answer took beyond its price: its price was an estimate.
fn settle(account: &Account, paid: u64, bytes: usize, milliseconds: u64) {
    account.settle((bytes as u64 / BYTES_A_POINT).max(milliseconds).saturating_sub(paid));
}
