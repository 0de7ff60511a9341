//! One look at the database for all requests of a second: health is free for everybody, so what it takes must not depend on how often it is asked for.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::time::{Instant, timeout};

use crate::store::Store;

/// How long a look counts. A database that is gone is noticed that much later.
const FRESH: Duration = Duration::from_secs(1);

/// How long the database may take to answer: long for one row, short for a load balancer that waits. A look counts no shorter, so there is one at a time.
const PATIENCE: Duration = FRESH;

/// Whether the database answers, by single flight.
pub struct Readiness {
    look: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
    latest: Mutex<Option<Look>>,
}

/// A look at the database, which may be under way.
struct Look {
    began: Instant,
    answers: Shared<BoxFuture<'static, bool>>,
}

impl Readiness {
    /// Of this database.
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self::by(move || answers(store.clone()).boxed())
    }

    fn by(look: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static) -> Self {
        Self { look: Box::new(look), latest: Mutex::default() }
    }

    /// Whether the database answers: what the latest look of any request has found or will find, or else a new one.
    pub async fn database_answers(&self) -> bool {
        self.latest().await
    }

    fn latest(&self) -> Shared<BoxFuture<'static, bool>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(look) if look.began.elapsed() < FRESH => look.answers.clone(),
            _ => {
                // A task of its own: it goes on when the client that began it leaves.
                let answers = tokio::spawn((self.look)()).map(|answers| answers.unwrap_or(false)).boxed().shared();
                *latest = Some(Look { began: Instant::now(), answers: answers.clone() });
                answers
            }
        }
    }
}

async fn answers(store: Store) -> bool {
    let look = async { store.snapshot().await?.latest_revision().await };
    match timeout(PATIENCE, look).await {
        Ok(Ok(_)) => true,
        Ok(Err(failure)) => {
            tracing::warn!(error = &failure as &dyn std::error::Error, "the database does not answer");
            false
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use futures_util::future::join_all;

    use super::*;

    /// A database that answers after half a second, the first time only; and how often it was looked at.
    fn database() -> (Readiness, Arc<AtomicU32>) {
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        let look = move || {
            let before = counted.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(FRESH / 2).map(move |()| before == 0).boxed()
        };
        (Readiness::by(look), looks)
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_database_is_looked_at_once_a_second() {
        let (readiness, looks) = database();
        for (look, answers) in [(1, true), (2, false)] {
            for _ in 0..2 {
                let all = join_all((0..1000).map(|_| readiness.database_answers())).await;
                assert_eq!(all, [answers; 1000]);
                assert_eq!(looks.load(Ordering::Relaxed), look);
            }
            tokio::time::advance(FRESH).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_leave_do_not_cause_more_looks() {
        let (readiness, looks) = database();
        for _ in 0..1000 {
            assert!(timeout(Duration::ZERO, readiness.database_answers()).await.is_err());
        }
        assert!(readiness.database_answers().await);
        assert_eq!(looks.load(Ordering::Relaxed), 1);
    }
}
