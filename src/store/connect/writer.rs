//! Database connections for writes.

use std::{ops::Deref, sync::Arc};

use sea_orm::DatabaseConnection;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::{
    migrate::{migrate_postgres, migrate_sqlite},
    open::{postgres_writer, retains_connections, sqlite_writer},
};
use crate::store::{
    DatabaseUrl, StoreError,
    bulk::{BulkError, Filling},
};

/// Returns the current time, in any time zone.
pub type Clock = fn() -> OffsetDateTime;

/// Database connections for writes. Behind a pooler, only statements in a [`super::transaction`] are safe.
#[derive(Clone)]
pub struct Writer {
    db: DatabaseConnection,
    url: DatabaseUrl,
    retains_connections: bool,
    /// Locked while a publication writes.
    publishing: Arc<Mutex<()>>,
    /// The clock for the times of new revisions.
    clock: Clock,
}

impl Writer {
    /// Connects and applies pending migrations. Creates an SQLite file and its folder if they are missing. Several processes
    /// may do so at once.
    ///
    /// # Errors
    /// If the database cannot be reached, has the tables of another program or of a newer version, or a migration fails. A
    /// database of another program is not changed.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                migrate_sqlite(url, path).await?;
                Ok(Self::from_connection(sqlite_writer(path), url.clone()))
            }
            DatabaseUrl::Postgres(address) => {
                let writer = Self::from_connection(postgres_writer(url, address).await?, url.clone());
                migrate_postgres(url, &writer).await?;
                Ok(writer)
            }
        }
    }

    /// Like [`Self::open`], but creates no SQLite file.
    ///
    /// # Errors
    /// The errors of [`Self::open`]; also if there is no SQLite file.
    pub async fn open_existing(url: &DatabaseUrl) -> Result<Self, StoreError> {
        url.check_exists()?;
        Self::open(url).await
    }

    /// Creates a writer from an open connection to the database with this address. The caller must apply its migrations.
    #[must_use]
    pub fn from_connection(db: DatabaseConnection, url: DatabaseUrl) -> Self {
        let retains_connections = retains_connections(&url);
        Self { db, url, retains_connections, publishing: Arc::default(), clock: OffsetDateTime::now_utc }
    }

    /// Returns the same writer with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the clock for the times of new revisions: the clock of the machine, unless [`Self::with_clock`] has set
    /// another one.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the lock for which publications of this process wait.
    pub(super) fn publishing(&self) -> &Arc<Mutex<()>> {
        &self.publishing
    }

    /// Reports whether connections and their prepared statements are retained after a transaction. Behind a pooler they
    /// are not.
    pub(super) fn retains_connections(&self) -> bool {
        self.retains_connections
    }

    /// Begins a bulk load, see [`Filling::begin`].
    ///
    /// # Errors
    /// If the database cannot be reached, or stays locked.
    pub async fn fill(&self, tables: &[&str]) -> Result<Option<Filling>, BulkError> {
        Filling::begin(&self.url, tables).await
    }

    /// Closes the connections. SQLite then moves its log into the database file, unless another process has the file open.
    pub async fn close(self) {
        // A connection that cannot be closed is closed when the process ends.
        let _ = self.db.close().await;
    }
}

impl Deref for Writer {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.db
    }
}
