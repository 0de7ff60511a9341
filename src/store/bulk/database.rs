//! [`BulkDatabase`] for a database of either kind.

use tokio::sync::mpsc::{Receiver, Sender};

use super::{Batch, BulkDatabase, BulkError, Table, postgres::Postgres, sqlite::Sqlite};
use crate::store::DatabaseUrl;

/// A database with an open transaction.
pub enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Opens a database to read it from one snapshot.
    pub async fn source(url: &DatabaseUrl) -> Result<Self, BulkError> {
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(Sqlite::source(path).await?),
            DatabaseUrl::Postgres(address) => Self::Postgres(Postgres::source(url, address).await?),
        })
    }

    /// Opens a database to replace everything in it. Other writers wait.
    pub async fn target(url: &DatabaseUrl) -> Result<Self, BulkError> {
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(Sqlite::target(path).await?),
            DatabaseUrl::Postgres(address) => Self::Postgres(Postgres::target(url, address).await?),
        })
    }

    /// Opens a database to publish in it. Waits until a running publication ends; later publications wait for this one.
    pub async fn publishing(url: &DatabaseUrl) -> Result<Self, BulkError> {
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(Sqlite::publishing(path).await?),
            DatabaseUrl::Postgres(address) => Self::Postgres(Postgres::publishing(url, address).await?),
        })
    }
}

/// Calls a function of [`BulkDatabase`] for either kind.
macro_rules! on {
    ($database:expr, $inner:ident => $call:expr) => {
        match $database {
            Database::Sqlite($inner) => $call,
            Database::Postgres($inner) => $call,
        }
    };
}

impl BulkDatabase for Database {
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError> {
        on!(self, inner => inner.tables().await)
    }

    async fn count(&mut self, table: &Table) -> Result<u64, BulkError> {
        on!(self, inner => inner.count(table).await)
    }

    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError> {
        on!(self, inner => inner.read(table, rows).await)
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        on!(self, inner => inner.clear(tables).await)
    }

    async fn write(&mut self, table: &Table, rows: Receiver<Batch>) -> Result<(), BulkError> {
        on!(self, inner => inner.write(table, rows).await)
    }

    async fn restore(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        on!(self, inner => inner.restore(tables).await)
    }

    async fn roll_back(self) -> Result<(), BulkError> {
        on!(self, inner => inner.roll_back().await)
    }

    async fn commit(self) -> Result<(), BulkError> {
        on!(self, inner => inner.commit().await)
    }
}
