//! Checks the database at most once a second, by single flight. Clients are not charged for health checks, so their cost
//! must not depend on how many arrive.

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

/// How long the result of a check is reused. The next check notices a loss of the database, within [`CHECK_TIMEOUT`].
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Time that a check may take: much longer than reading one row takes, and shorter than load balancers wait. It is not
/// longer than [`CHECK_INTERVAL`], so at most one check runs at a time.
const CHECK_TIMEOUT: Duration = CHECK_INTERVAL;

/// Checks whether the database is available, by single flight.
pub struct Readiness {
    check: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
    latest: Mutex<Option<Check>>,
}

/// A check of the database, which may still run.
struct Check {
    began: Instant,
    is_available: Shared<BoxFuture<'static, bool>>,
}

impl Readiness {
    /// Creates the checks of a database.
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self::by(move || is_available(store.clone()).boxed())
    }

    fn by(check: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static) -> Self {
        Self { check: Box::new(check), latest: Mutex::default() }
    }

    /// Reports whether the database is available. It waits for the latest check if that is recent, else for a new one.
    pub async fn is_database_available(&self) -> bool {
        self.latest().await
    }

    fn latest(&self) -> Shared<BoxFuture<'static, bool>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(check) if check.began.elapsed() < CHECK_INTERVAL => check.is_available.clone(),
            _ => {
                // The check is a task, so it continues if the client that started it disconnects.
                let check = tokio::spawn((self.check)()).map(|result| result.unwrap_or(false)).boxed().shared();
                *latest = Some(Check { began: Instant::now(), is_available: check.clone() });
                check
            }
        }
    }
}

async fn is_available(store: Store) -> bool {
    let check = async { store.snapshot().await?.latest_revision().await };
    match timeout(CHECK_TIMEOUT, check).await {
        Ok(Ok(_)) => true,
        Ok(Err(failure)) => {
            tracing::warn!(error = &failure as &dyn std::error::Error, "the database is not available");
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

    /// Returns a [`Readiness`] whose first check succeeds and whose later ones fail, each after half a second, and the
    /// number of checks.
    fn database() -> (Readiness, Arc<AtomicU32>) {
        let checks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&checks);
        let check = move || {
            let before = counted.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(CHECK_INTERVAL / 2).map(move |()| before == 0).boxed()
        };
        (Readiness::by(check), checks)
    }

    #[tokio::test(start_paused = true)]
    async fn the_database_is_checked_once_a_second_however_many_requests_arrive() {
        let (readiness, checks) = database();
        for (count, is_available) in [(1, true), (2, false)] {
            for _ in 0..2 {
                let all = join_all((0..1000).map(|_| readiness.is_database_available())).await;
                assert_eq!(all, [is_available; 1000]);
                assert_eq!(checks.load(Ordering::Relaxed), count);
            }
            tokio::time::advance(CHECK_INTERVAL).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_disconnect_do_not_cause_more_checks() {
        let (readiness, checks) = database();
        for _ in 0..1000 {
            assert!(timeout(Duration::ZERO, readiness.is_database_available()).await.is_err());
        }
        assert!(readiness.is_database_available().await);
        assert_eq!(checks.load(Ordering::Relaxed), 1);
    }
}
