//! Filling the tables of a library in which nothing was ever published.

use tokio::sync::mpsc::Receiver;

use super::{Batch, BulkError, Postgres, Side, Sqlite, Table};
use crate::store::DatabaseUrl;

/// An open transaction that fills empty tables. Dropped before it is kept, nothing has happened.
pub struct Filling {
    side: Database,
    /// What is filled.
    tables: Vec<Table>,
    /// The other tables.
    others: Vec<Table>,
}

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// The same for either database.
macro_rules! on {
    ($database:expr, $side:ident => $what:expr) => {
        match $database {
            Database::Sqlite($side) => $what,
            Database::Postgres($side) => $what,
        }
    };
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
        let side = match url {
            DatabaseUrl::Sqlite(path) => Database::Sqlite(Sqlite::publishing(path).await?),
            DatabaseUrl::Postgres(address) => Database::Postgres(Postgres::publishing(url, address).await?),
        };
        let mut filling = Self { side, tables: Vec::new(), others: Vec::new() };
        let tables = on!(&mut filling.side, side => side.tables().await)?;
        (filling.tables, filling.others) = tables.into_iter().partition(|table| names.contains(&table.name.as_str()));
        let revisions = filling.others.iter().filter(|table| table.name == REVISION);
        for table in revisions.chain(&filling.tables) {
            if on!(&mut filling.side, side => side.count(table).await)? > 0 {
                filling.give_up().await?;
                return Ok(None);
            }
        }
        Ok(Some(filling))
    }

    /// Drops the indexes and references of the tables, until [`Self::restore`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn clear(&mut self) -> Result<(), BulkError> {
        on!(&mut self.side, side => side.clear(&self.tables).await)
    }

    /// Writes rows to a table until there are no more. Columns that are not named are for the database to fill.
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn write(&mut self, name: &str, columns: &[&str], rows: Receiver<Batch>) -> Result<(), BulkError> {
        let table = self.tables.iter().chain(&self.others).find(|table| table.name == name);
        let table = table.ok_or_else(|| BulkError::Tables(format!("there is no {name}")))?.with(columns)?;
        on!(&mut self.side, side => side.write(&table, rows).await)
    }

    /// Makes the indexes and references again. What refers to what is checked on PostgreSQL; on SQLite it has to be right.
    ///
    /// # Errors
    /// When the database refuses, also because a row refers to nothing.
    pub async fn restore(&mut self) -> Result<(), BulkError> {
        on!(&mut self.side, side => side.restore(&self.tables).await)
    }

    /// Ends it, and keeps nothing.
    ///
    /// # Errors
    /// When the database does not answer; nothing is kept then either.
    pub async fn give_up(self) -> Result<(), BulkError> {
        on!(self.side, side => side.give_up().await)
    }

    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn keep(self) -> Result<(), BulkError> {
        on!(self.side, side => side.keep().await)
    }
}
