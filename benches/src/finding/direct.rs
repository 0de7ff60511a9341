//! Statements that run in this process.

use std::time::{Duration, Instant};

use dermagraph::store::DatabaseUrl;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};

use super::median;
use crate::Failure;

/// A connection to the database of the service, only for reading.
pub enum Direct {
    Sqlite(rusqlite::Connection),
    Postgres(DatabaseConnection),
}

impl Direct {
    pub async fn open(database: &DatabaseUrl) -> Result<Self, Failure> {
        Ok(match database {
            DatabaseUrl::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).map_err(|failure| failure.to_string())?;
                // The handwritten statements may map more of the file than the service, which maps at most 1 GiB.
                connection.pragma_update(None, "mmap_size", 1_i64 << 32).map_err(|failure| failure.to_string())?;
                Self::Sqlite(connection)
            }
            DatabaseUrl::Postgres(url) => {
                Self::Postgres(Database::connect(url).await.map_err(|failure| failure.to_string())?)
            }
        })
    }

    /// Returns the median time of several runs of a statement, after one that is not measured.
    pub async fn median(&mut self, times: usize, sql: &str) -> Result<Duration, Failure> {
        match self {
            Self::Sqlite(connection) => median(times, || rows(connection, sql)),
            Self::Postgres(connection) => {
                let mut taken = Vec::with_capacity(times);
                for _ in 0..=times {
                    let started = Instant::now();
                    let statement = Statement::from_string(connection.get_database_backend(), sql);
                    connection.query_all_raw(statement).await.map_err(|failure| format!("{sql}: {failure}"))?;
                    taken.push(started.elapsed());
                }
                taken.remove(0);
                taken.sort_unstable();
                Ok(taken.get(taken.len() / 2).copied().unwrap_or_default())
            }
        }
    }

    /// Returns the number that a statement returns.
    pub async fn number(&mut self, sql: &str) -> Result<i64, Failure> {
        match self {
            Self::Sqlite(connection) => {
                connection.query_row(sql, [], |row| row.get(0)).map_err(|failure| format!("{sql}: {failure}"))
            }
            Self::Postgres(connection) => {
                let sql = format!("SELECT CAST(({sql}) AS bigint) AS number");
                let statement = Statement::from_string(connection.get_database_backend(), sql);
                let row = connection.query_one_raw(statement).await.map_err(|failure| failure.to_string())?;
                let row = row.ok_or_else(|| "the statement returns no row".to_owned())?;
                row.try_get("", "number").map_err(|failure| failure.to_string())
            }
        }
    }

    /// Returns the bytes of the search index: its table with all its indexes.
    pub async fn index_size(&mut self) -> Result<i64, Failure> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT SUM(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = 'search_block')"
            }
            Self::Postgres(_) => "SELECT pg_total_relation_size('search_block')",
        };
        self.number(sql).await
    }
}

fn rows(connection: &rusqlite::Connection, sql: &str) -> Result<(), Failure> {
    let failed = |failure: rusqlite::Error| format!("{sql}: {failure}");
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while rows.next().map_err(failed)?.is_some() {}
    Ok(())
}
