//! Permits for the database connections that read. Expensive operations and parallel reads leave some of them to other
//! reads.

use std::{sync::Arc, time::Instant};

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::timeout_at,
};

use crate::store::StoreError;

/// Connections that expensive operations and parallel reads leave to other reads: to cheap operations, to mutations whose
/// payloads are cheap to read, and to the verification of API keys. If there are fewer than five connections, they leave all
/// but one.
pub const SPARE_CONNECTIONS: usize = 4;

/// Returns how many of all connections expensive operations and parallel reads may use.
pub fn connections_for_expensive(all: usize) -> usize {
    all - SPARE_CONNECTIONS.min(all.saturating_sub(1))
}

/// The permits of a process for one database.
pub struct ReadPermits {
    max: usize,
    /// One permit for each connection.
    all: Arc<Semaphore>,
    /// One permit for each connection that expensive operations and parallel reads may use.
    expensive: Arc<Semaphore>,
}

/// The permit to use one connection. Dropping it returns it.
pub struct ReadPermit {
    _connection: OwnedSemaphorePermit,
    _expensive: Option<OwnedSemaphorePermit>,
}

impl ReadPermits {
    /// Creates the permits for at most `max` connections.
    pub fn new(max: usize) -> Self {
        let expensive = Semaphore::new(connections_for_expensive(max));
        Self { max, all: Arc::new(Semaphore::new(max)), expensive: Arc::new(expensive) }
    }

    /// Waits for a permit until the deadline.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no permit before the deadline, [`StoreError::Closed`] after [`Self::close`].
    pub async fn acquire(&self, is_expensive: bool, deadline: Instant) -> Result<ReadPermit, StoreError> {
        let acquiring = async {
            // While an expensive operation waits for its first permit, it occupies no connection.
            let expensive = if is_expensive { Some(Arc::clone(&self.expensive).acquire_owned().await?) } else { None };
            let connection = Arc::clone(&self.all).acquire_owned().await?;
            Ok::<_, AcquireError>(ReadPermit { _connection: connection, _expensive: expensive })
        };
        let permit = timeout_at(deadline.into(), acquiring).await;
        let permit = permit.map_err(|_| StoreError::Unavailable("all its connections are in use".to_owned()))?;
        permit.map_err(|_| StoreError::Closed)
    }

    /// Returns a permit for a parallel read of any operation, if less than half of the connections are in use and an
    /// expensive operation would get a permit without waiting.
    pub fn try_acquire_parallel(&self) -> Option<ReadPermit> {
        if self.all.available_permits() <= self.max / 2 {
            return None;
        }
        let expensive = Arc::clone(&self.expensive).try_acquire_owned().ok()?;
        let connection = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(ReadPermit { _connection: connection, _expensive: Some(expensive) })
    }

    /// Reports whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.all.is_closed()
    }

    /// Refuses further permits. Permits in use stay valid.
    pub fn close(&self) {
        self.all.close();
        self.expensive.close();
    }
}

#[cfg(test)]
mod tests {
    use std::{iter::from_fn, time::Duration};

    use super::*;

    async fn acquire(permits: &ReadPermits, is_expensive: bool) -> Option<ReadPermit> {
        permits.acquire(is_expensive, Instant::now() + Duration::from_millis(20)).await.ok()
    }

    #[tokio::test]
    async fn expensive_operations_leave_four_permits_or_all_but_one() {
        for (max, expensive) in [(1, 1), (2, 1), (4, 1), (5, 1), (6, 2), (16, 12)] {
            let (permits, mut held) = (ReadPermits::new(max), Vec::new());
            for _ in 0..expensive {
                held.push(acquire(&permits, true).await.expect("it is free"));
            }
            assert!(acquire(&permits, true).await.is_none(), "{expensive} of {max} are in use");
            for _ in expensive..max {
                held.push(acquire(&permits, false).await.expect("it is left"));
            }
            assert!(acquire(&permits, false).await.is_none(), "{max} are in use");
            held.clear();
            assert!(acquire(&permits, true).await.is_some());
        }
    }

    #[tokio::test]
    async fn parallel_reads_leave_the_same_permits() {
        let permits = ReadPermits::new(16);
        let mut held = vec![acquire(&permits, false).await.expect("all are free")];
        held.extend(from_fn(|| permits.try_acquire_parallel()));
        assert_eq!(held.len(), 8, "parallel reads use up to half of the connections");
        // The first read is cheap, so it uses none of the twelve.
        for _ in 7..12 {
            held.push(acquire(&permits, true).await.expect("expensive operations may use twelve"));
        }
        assert!(acquire(&permits, true).await.is_none());
        for _ in held.len()..16 {
            held.push(acquire(&permits, false).await.expect("it is left"));
        }
        assert_eq!(held.len(), 16);
    }

    #[tokio::test]
    async fn a_parallel_read_never_waits_for_a_permit() {
        let permits = ReadPermits::new(2);
        let _expensive = acquire(&permits, true).await.expect("both are free");
        assert!(permits.try_acquire_parallel().is_none());
    }
}
