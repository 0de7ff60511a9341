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
    ($database:expr, $side:ident => $what:expr) => {
        match $database {
            Database::Sqlite($side) => $what,
            Database::Postgres($side) => $what,
        }
    };
}

impl BulkDatabase for Database {
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError> {
        on!(self, side => side.tables().await)
    }

    async fn count(&mut self, table: &Table) -> Result<u64, BulkError> {
        on!(self, side => side.count(table).await)
    }

    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError> {
        on!(self, side => side.read(table, rows).await)
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        on!(self, side => side.clear(tables).await)
    }

    async fn write(&mut self, table: &Table, rows: Receiver<Batch>) -> Result<(), BulkError> {
        on!(self, side => side.write(table, rows).await)
    }

    async fn restore(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        on!(self, side => side.restore(tables).await)
    }

    async fn roll_back(self) -> Result<(), BulkError> {
        on!(self, side => side.roll_back().await)
    }

    async fn commit(self) -> Result<(), BulkError> {
        on!(self, side => side.commit().await)
    }
}
