//! Connections to PostgreSQL for reading.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    runtime::Handle,
    time::{sleep, timeout, timeout_at},
};

use super::read_permits::{ReadPermit, ReadPermits};
use crate::store::{
    StoreError,
    cause::{TOO_MANY_CONNECTIONS, failed, sqlstate},
};

/// A connection that has been idle for longer is tested before it is used.
const TEST_AFTER: Duration = Duration::from_secs(1);

/// Maximum time to end a transaction. After that, its connection is closed.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(1);

/// Time for which a permit stays unavailable after the server has refused a connection because of its connection limit.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The reason in the error if there is no connection for reading at the deadline.
const NO_READING_CONNECTION: &str = "there was no connection in time";

/// The connections of a process to one database. They are opened when needed, and stay open.
pub struct Connections {
    options: PgConnectOptions,
    timeout: Duration,
    permits: ReadPermits,
    /// Connections that are not in use, each with the time of its last use.
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

/// A connection in use. Dropping it closes the connection; [`Connections::release`] makes it idle.
pub struct Lease {
    pub connection: PgConnection,
    permit: ReadPermit,
    /// When the connection was last used; `None` after [`Connections::test`].
    untested_since: Option<Instant>,
}

impl Connections {
    /// Creates the pool without opening a connection. It opens at most `max` connections, each within `timeout`.
    pub fn new(options: PgConnectOptions, timeout: Duration, max: usize) -> Self {
        Self { options, timeout, permits: ReadPermits::new(max), idle: Mutex::default() }
    }

    /// Returns an idle connection, or a new one. If the server has reached its limit, waits for an idle one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no connection before the deadline.
    pub async fn lease(&self, is_expensive: bool, deadline: Instant) -> Result<Lease, StoreError> {
        loop {
            let permit = self.permits.acquire(is_expensive, deadline).await?;
            let mut found = self.idle(deadline).await;
            if found.is_none() {
                found = self.open(deadline).await?;
            }
            if let Some(connection) = found {
                return Ok(Lease { connection, permit, untested_since: None });
            }
            // With fewer permits, readers wait for the open connections instead of trying to open more.
            tokio::spawn(async move {
                sleep(RETRY_DELAY).await;
                drop(permit);
            });
        }
    }

    /// Returns a connection outside of the maximum: a new one, or an idle one if the server has reached its limit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is none before the deadline.
    pub async fn separate(&self, deadline: Instant) -> Result<PgConnection, StoreError> {
        let mut found = self.open(deadline).await?;
        if found.is_none() {
            found = self.idle(deadline).await;
        }
        found.ok_or_else(|| StoreError::Unavailable(NO_READING_CONNECTION.to_owned()))
    }

    /// Returns an idle connection for a parallel read; `None` without waiting if there is none, or if too many connections
    /// are in use. [`Self::test`] must be called before the first statement.
    pub fn spare(&self) -> Option<Lease> {
        let permit = self.permits.try_acquire_parallel()?;
        self.pop().map(|(connection, since)| Lease { connection, permit, untested_since: Some(since) })
    }

    /// Tests a connection of [`Self::spare`], once. Opens a new one if it is broken.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection can be opened.
    pub async fn test(&self, lease: &mut Lease, deadline: Instant) -> Result<(), StoreError> {
        if let Some(since) = lease.untested_since.take()
            && !works(&mut lease.connection, since, deadline).await
        {
            let opened = self.open(deadline).await?;
            lease.connection = opened.ok_or_else(|| StoreError::Unavailable(NO_READING_CONNECTION.to_owned()))?;
        }
        Ok(())
    }

    /// Makes a connection idle, for the next reader. Its last statement must have ended.
    pub fn release(&self, Lease { connection, permit, .. }: Lease) {
        if !self.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        }
        drop(permit);
    }

    /// Ends the transaction of a connection, then makes the connection idle.
    pub fn roll_back(self: Arc<Self>, mut lease: Lease) {
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            let ended = timeout(ROLLBACK_TIMEOUT, lease.connection.execute("ROLLBACK")).await;
            if ended.is_ok_and(|ended| ended.is_ok()) {
                self.release(lease);
            }
        });
    }

    /// Reports whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// Closes the idle connections. Those in use are closed when their readers end.
    pub async fn close(&self) {
        self.permits.close();
        while let Some((connection, _)) = self.pop() {
            // A connection that does not close cleanly is closed when the process ends.
            let _ = timeout(ROLLBACK_TIMEOUT, connection.close()).await;
        }
    }

    /// Returns an idle connection that works; `None` if there is none. Closes the broken ones that it finds.
    async fn idle(&self, deadline: Instant) -> Option<PgConnection> {
        while let Some((mut connection, since)) = self.pop() {
            if works(&mut connection, since, deadline).await {
                return Some(connection);
            }
        }
        None
    }

    fn pop(&self) -> Option<(PgConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Opens a connection; `None` if the server has reached its limit.
    async fn open(&self, deadline: Instant) -> Result<Option<PgConnection>, StoreError> {
        let deadline = deadline.min(Instant::now() + self.timeout);
        let opening = async {
            match PgConnection::connect_with(&self.options).await {
                Err(error) if sqlstate(&error).as_deref() == Some(TOO_MANY_CONNECTIONS) => Ok(None),
                opened => opened.map(Some),
            }
        };
        within(deadline, Box::pin(opening)).await
    }
}

/// Reports whether a connection works that was last used at this time. It is tested only if that was long ago.
async fn works(connection: &mut PgConnection, last_used: Instant, deadline: Instant) -> bool {
    last_used.elapsed() < TEST_AFTER || within(deadline, Box::pin(connection.ping())).await.is_ok()
}

/// Waits for a connection until the deadline.
pub async fn within<T>(deadline: Instant, connecting: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
    match timeout_at(deadline.into(), connecting).await {
        Ok(connected) => connected.map_err(failed),
        Err(_) => Err(StoreError::Unavailable(NO_READING_CONNECTION.to_owned())),
    }
}
