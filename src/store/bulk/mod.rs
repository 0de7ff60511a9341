//! Bulk: all rows of tables at once, out of a database or into empty tables.
//!
//! Rows travel in batches ([`rows`]), so memory does not grow with their number. Tables are filled without their indexes and
//! references, which are made again at the end, all in one transaction. An index that is made of rows that are there is sorted
//! once; one that is kept up row by row is searched and written in many places for each, and with a million rows that is most of
//! the time.

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
pub use rows::{Batch, Checksum, Value, WAITING, first_bits_of_sha256};
use table::Column;
pub use table::{Table, matched};

/// What can go wrong with many rows. Nothing is kept.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// A value is not what its column says.
    #[error("a value of {column} in {table} is not {wanted}, or does not fit")]
    Value {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What its values are.
        wanted: String,
    },
    /// A row refers to one that is not there.
    #[error("a row of {table} refers to one of {parent} that is not there")]
    Dangling {
        /// The table.
        table: String,
        /// The table that it refers to.
        parent: String,
    },
    /// The tables are not those that are meant.
    #[error("the tables are not those that are expected: {0}")]
    Tables(String),
    /// Another copy has the database.
    #[error("another copy is under way")]
    Locked,
    /// The other side has failed.
    #[error("the copy has stopped")]
    Stopped,
    /// A database failed.
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

/// A database with an open transaction, to read all of it or to fill tables.
pub trait Side {
    /// The tables, by name: all but the one in which migrations are noted.
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError>;
    /// How many rows a table has.
    async fn count(&mut self, table: &Table) -> Result<u64, BulkError>;
    /// Sends the rows of a table.
    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError>;
    /// Deletes all rows of tables, and what is quicker to make of all rows at once.
    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError>;
    /// Writes rows to a table until there are no more.
    async fn write(&mut self, table: &Table, rows: Receiver<Batch>) -> Result<(), BulkError>;
    /// Makes again what was deleted besides rows.
    async fn restore(&mut self, tables: &[Table]) -> Result<(), BulkError>;
    /// Ends the transaction, and keeps nothing.
    async fn give_up(self) -> Result<(), BulkError>;
    /// Keeps what was written.
    async fn keep(self) -> Result<(), BulkError>;
}
