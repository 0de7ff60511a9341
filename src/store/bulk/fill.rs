//! Bulk loads: filling the tables of a database in which nothing was published before.

use tokio::sync::mpsc::Receiver;

use super::{Batch, BulkDatabase as _, BulkError, Database, Table};
use crate::store::DatabaseUrl;

/// An open transaction that fills empty tables. Dropping it without [`Self::commit`] rolls the transaction back.
pub struct Filling {
    database: Database,
    /// The tables to fill.
    tables: Vec<Table>,
    /// The other tables.
    others: Vec<Table>,
}

/// The table of revisions, which grows with every publication.
const REVISION: &str = "revision";

impl Filling {
    /// Begins to fill the tables with these names. Other publications wait. Returns `None` if anything was published before,
    /// or one of the tables is not empty.
    ///
    /// # Errors
    /// If the database cannot be reached, or stays locked.
    pub async fn begin(url: &DatabaseUrl, names: &[&str]) -> Result<Option<Self>, BulkError> {
        let mut database = Database::publishing(url).await?;
        let tables = database.tables().await?.into_iter();
        let (tables, others): (Vec<_>, Vec<_>) = tables.partition(|table| names.contains(&table.name.as_str()));
        for table in others.iter().filter(|table| table.name == REVISION).chain(&tables) {
            if database.count(table).await? > 0 {
                database.roll_back().await?;
                return Ok(None);
            }
        }
        Ok(Some(Self { database, tables, others }))
    }

    /// Drops the indexes and foreign keys of the tables, until [`Self::restore`].
    ///
    /// # Errors
    /// If a statement fails.
    pub async fn clear(&mut self) -> Result<(), BulkError> {
        self.database.clear(&self.tables).await
    }

    /// Writes rows to a table until the sender is dropped. Columns that are not in `columns` get their defaults.
    ///
    /// # Errors
    /// If there is no such table or column, or the database refuses a row.
    pub async fn write(&mut self, name: &str, columns: &[&str], rows: Receiver<Batch>) -> Result<(), BulkError> {
        let table = self.tables.iter().chain(&self.others).find(|table| table.name == name);
        let table = table.ok_or_else(|| BulkError::Tables(format!("there is no {name}")))?.with(columns)?;
        self.database.write(&table, rows).await
    }

    /// Creates the indexes and foreign keys again. PostgreSQL checks the foreign keys; on SQLite the caller must have
    /// checked them.
    ///
    /// # Errors
    /// If a statement fails, for example because of a foreign key.
    pub async fn restore(&mut self) -> Result<(), BulkError> {
        self.database.restore(&self.tables).await
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// If the database cannot be reached. The transaction is rolled back even then.
    pub async fn roll_back(self) -> Result<(), BulkError> {
        self.database.roll_back().await
    }

    /// Commits what was written.
    ///
    /// # Errors
    /// If the commit fails. Then the transaction is rolled back, except perhaps after
    /// [`StoreError::CommitUnknown`](crate::store::StoreError::CommitUnknown).
    pub async fn commit(self) -> Result<(), BulkError> {
        self.database.commit().await
    }
}
