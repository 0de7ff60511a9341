//! Reading all rows of a database, and filling empty tables.
//!
//! Rows are transferred in batches ([`rows`]), so the memory does not depend on their number. Indexes and foreign keys are
//! dropped before the tables are filled and created again at the end, all in one transaction. Creating an index on existing
//! rows sorts the rows once. With a million rows, updating the indexes for each row would take most of the time.

mod database;
mod fill;
mod postgres;
mod rows;
mod sqlite;
mod table;

use tokio::sync::mpsc::{Receiver, Sender};

use super::StoreError;
pub use database::Database;
pub use fill::Filling;
pub use rows::{Batch, Checksum, MAX_QUEUED, Value, first_bits_of_sha256};
use table::Column;
pub use table::{Table, matched};

/// A failure of a copy or a bulk load. Nothing was changed, except perhaps after [`StoreError::CommitUnknown`].
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// A value does not have the type of its column.
    #[error("a value of {column} in {table} is not {wanted}, or is out of range")]
    Value {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type of its values.
        wanted: String,
    },
    /// A foreign key refers to a missing row.
    #[error("a row of {table} refers to a missing row of {parent}")]
    Dangling {
        /// The table.
        table: String,
        /// The table of the missing row.
        parent: String,
    },
    /// The tables are not the expected ones.
    #[error("the tables are not the expected ones: {0}")]
    Tables(String),
    /// Another copy uses the database.
    #[error("another copy is under way")]
    Locked,
    /// Work on the other database of the copy has failed.
    #[error("the copy has stopped")]
    Stopped,
    /// A database cannot be used, or a statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BulkError {
    fn value(table: &Table, column: &Column) -> Self {
        Self::Value { table: table.name.clone(), column: column.name.clone(), wanted: column.kind.to_string() }
    }
}

impl From<sqlx::Error> for BulkError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::Postgres(error))
    }
}

impl From<rusqlite::Error> for BulkError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Sqlite(error))
    }
}

/// A database with an open transaction, for reading all rows or filling tables: the source or the target of a copy.
pub trait BulkDatabase {
    /// Returns the tables in the order of their names, without the table of migrations.
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError>;
    /// Returns the number of rows of a table.
    async fn count(&mut self, table: &Table) -> Result<u64, BulkError>;
    /// Sends the rows of a table.
    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError>;
    /// Deletes all rows of tables, and drops their indexes and foreign keys.
    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError>;
    /// Writes rows to a table until the sender is dropped.
    async fn write(&mut self, table: &Table, rows: Receiver<Batch>) -> Result<(), BulkError>;
    /// Creates the dropped indexes and foreign keys again.
    async fn restore(&mut self, tables: &[Table]) -> Result<(), BulkError>;
    /// Rolls the transaction back.
    async fn roll_back(self) -> Result<(), BulkError>;
    /// Commits what was written.
    async fn commit(self) -> Result<(), BulkError>;
}
