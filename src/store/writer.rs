//! The way for writes.

use std::ops::Deref;

use sea_orm::DatabaseConnection;

use super::{
    DatabaseUrl, StoreError,
    bulk::{BulkError, Filling},
    connect::{postgres_writer, sqlite_writer},
    migrate::{migrate_postgres, migrate_sqlite},
};

/// Connections for writes. Through a pooler only what is in a [`super::transaction`] is safe.
#[derive(Clone)]
pub struct Writer {
    db: DatabaseConnection,
    url: DatabaseUrl,
}

impl Writer {
    /// Connects, creating an SQLite file and its folder when there is none, and brings the tables up to date. Several processes may
    /// do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached, is something else or newer than this program, or a migration fails. A database that
    /// is not ours is left as it was.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let db = match url {
            DatabaseUrl::Sqlite(path) => {
                migrate_sqlite(url, path).await?;
                sqlite_writer(path)
            }
            DatabaseUrl::Postgres(address) => {
                let db = postgres_writer(url, address).await?;
                migrate_postgres(url, &db).await?;
                db
            }
        };
        Ok(Self::over(db, url.clone()))
    }

    /// Writes over a connection that is there, to a database with this address whose tables are up to date.
    #[must_use]
    pub fn over(db: DatabaseConnection, url: DatabaseUrl) -> Self {
        Self { db, url }
    }

    /// Begins to fill tables in which nothing was ever published, see [`Filling::begin`].
    ///
    /// # Errors
    /// When the database cannot be reached, or stays locked.
    pub async fn fill(&self, tables: &[&str]) -> Result<Option<Filling>, BulkError> {
        Filling::begin(&self.url, tables).await
    }

    /// Closes the connections. What SQLite still holds in its log goes to the file, when nobody else reads it.
    pub async fn close(self) {
        // A connection that does not close cleanly is closed by the end of the process.
        let _ = self.db.close().await;
    }
}

impl Deref for Writer {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.db
    }
}
