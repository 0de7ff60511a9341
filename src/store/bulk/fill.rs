//! Filling the tables of a library in which nothing was ever published.

use tokio::sync::mpsc::Receiver;

use super::{Batch, BulkError, Database, Side as _, Table};
use crate::store::DatabaseUrl;

/// An open transaction that fills empty tables. Dropped before it is kept, nothing has happened.
pub struct Filling {
    database: Database,
    /// What is filled.
    tables: Vec<Table>,
    /// The other tables.
    others: Vec<Table>,
}

/// The table of revisions, which grows with every publication.
const REVISION: &str = "revision";

impl Filling {
    /// Begins to fill tables, by their names. No other publication can be beside it. `None` when there was one, or one of the tables
    /// is not empty.
    ///
    /// # Errors
    /// When the database cannot be reached, or stays locked.
    pub async fn begin(url: &DatabaseUrl, names: &[&str]) -> Result<Option<Self>, BulkError> {
        let mut database = Database::publishing(url).await?;
        let tables = database.tables().await?.into_iter();
        let (tables, others): (Vec<_>, Vec<_>) = tables.partition(|table| names.contains(&table.name.as_str()));
        for table in others.iter().filter(|table| table.name == REVISION).chain(&tables) {
            if database.count(table).await? > 0 {
                database.give_up().await?;
                return Ok(None);
            }
        }
        Ok(Some(Self { database, tables, others }))
    }

    /// Drops the indexes and references of the tables, until [`Self::restore`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn clear(&mut self) -> Result<(), BulkError> {
        self.database.clear(&self.tables).await
    }

    /// Writes rows to a table until there are no more. Columns that are not named are for the database to fill.
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn write(&mut self, name: &str, columns: &[&str], rows: Receiver<Batch>) -> Result<(), BulkError> {
        let table = self.tables.iter().chain(&self.others).find(|table| table.name == name);
        let table = table.ok_or_else(|| BulkError::Tables(format!("there is no {name}")))?.with(columns)?;
        self.database.write(&table, rows).await
    }

    /// Makes the indexes and references again. What refers to what is checked on PostgreSQL; on SQLite it has to be right.
    ///
    /// # Errors
    /// When the database refuses, also because a row refers to nothing.
    pub async fn restore(&mut self) -> Result<(), BulkError> {
        self.database.restore(&self.tables).await
    }

    /// Ends it, and keeps nothing.
    ///
    /// # Errors
    /// When the database does not answer; nothing is kept then either.
    pub async fn give_up(self) -> Result<(), BulkError> {
        self.database.give_up().await
    }

    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn keep(self) -> Result<(), BulkError> {
        self.database.keep().await
    }
}
