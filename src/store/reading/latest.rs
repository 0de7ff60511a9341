//! Reads the latest revision, by single flight: every request whose response can be cached needs it.

use std::{
    sync::{
        Mutex as StdMutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Mutex;

use crate::store::{RevisionStamp, StoreError};

/// Maximum time of a read: far longer than a working database needs.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Single flight: concurrent callers share one read of the latest revision. A caller that arrives during a read waits
/// for the next one, so no caller receives a revision that was read before its call. If the database does not respond,
/// a caller waits for at most two reads.
///
/// `S` is the type of the connection that `read` uses.
#[derive(Default)]
pub struct SingleFlight<S> {
    /// Number of reads that have begun.
    begun: AtomicU64,
    known: StdMutex<RevisionStamp>,
    flight: Mutex<Flight<S>>,
}

#[derive(Default)]
struct Flight<S> {
    /// Number of the last read.
    number: u64,
    /// What it returned; `None` if it failed.
    stamp: Option<RevisionStamp>,
    connection: S,
}

impl<S> SingleFlight<S> {
    /// Returns the result of the last successful read.
    pub fn known(&self) -> RevisionStamp {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the result of a read that began after this call. Either this caller or another one runs it.
    ///
    /// # Errors
    /// The errors of `read`; [`StoreError::TimedOut`] if `read` takes too long, or if another caller ran it and it failed.
    pub async fn read(
        &self,
        read: impl AsyncFnOnce(&mut S) -> Result<RevisionStamp, StoreError>,
    ) -> Result<RevisionStamp, StoreError> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut flight = self.flight.lock().await;
        if flight.number > begun {
            return flight.stamp.ok_or(StoreError::TimedOut);
        }
        flight.number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        // It stays `None` if this future is dropped.
        flight.stamp = None;
        let result = tokio::time::timeout(TIMEOUT, read(&mut flight.connection)).await;
        let stamp = result.unwrap_or(Err(StoreError::TimedOut))?;
        flight.stamp = Some(stamp);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = stamp;
        Ok(stamp)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::Duration,
    };

    use futures_util::future::join_all;

    use super::{RevisionStamp, SingleFlight, StoreError, TIMEOUT};

    fn stamp(number: i64) -> RevisionStamp {
        RevisionStamp::new(number, "")
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_two_reads() {
        let (flight, reads) = (SingleFlight::<()>::default(), AtomicI64::new(0));
        let read = async |(): &mut ()| {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(stamp(reads.fetch_add(1, Ordering::SeqCst)))
        };
        let results = join_all((0..100).map(|_| flight.read(read))).await;
        assert!(results.iter().all(Result::is_ok));
        assert!(reads.into_inner() <= 2, "one for the first, one for all the others");
    }

    #[tokio::test(start_paused = true)]
    async fn no_caller_gets_a_revision_from_before_its_call() {
        let (flight, latest) = (SingleFlight::<()>::default(), AtomicI64::new(1));
        let read = async |(): &mut ()| {
            let now = latest.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(stamp(now))
        };
        let late = async {
            tokio::time::sleep(Duration::from_millis(2)).await;
            latest.store(2, Ordering::SeqCst);
            flight.read(read).await
        };
        let (early, late) = tokio::join!(flight.read(read), late);
        assert_eq!((early.ok(), late.ok()), (Some(stamp(1)), Some(stamp(2))));
        assert_eq!(flight.known(), stamp(2));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_response_a_caller_waits_for_two_reads_at_most() {
        let flight = SingleFlight::<()>::default();
        let begun = tokio::time::Instant::now();
        let read = async |(): &mut ()| std::future::pending().await;
        let results = join_all((0..100).map(|_| flight.read(read))).await;
        assert!(results.iter().all(Result::is_err));
        assert!(begun.elapsed() <= 2 * TIMEOUT);
        assert_eq!(flight.read(async |()| Ok(stamp(3))).await.ok(), Some(stamp(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_is_dropped_is_repeated_by_the_next_caller() {
        let flight = SingleFlight::<()>::default();
        let slow = flight.read(async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(stamp(1))
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), slow).await.is_err());
        assert!(flight.read(async |()| Err(StoreError::Closed)).await.is_err());
        assert_eq!(flight.read(async |()| Ok(stamp(3))).await.ok(), Some(stamp(3)));
    }
}
