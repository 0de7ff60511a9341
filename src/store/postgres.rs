//! Reading from PostgreSQL, through SQLx.

use std::{sync::Arc, time::Instant};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Row, Transaction,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
};

use super::{
    StoreError, TIME_LIMIT,
    latest::AskedOnce,
    revision,
    statement::{Cell, Param, Read, Rows, Statement},
};

/// Connections that read.
#[derive(Clone)]
pub struct PostgresReader {
    pool: PgPool,
    /// Whether statements are prepared once for each connection.
    prepared: bool,
    /// One more connection, for the latest revision alone: who wants to know that does not stand in line behind long statements.
    latest: (PgPool, Arc<AskedOnce>),
}

/// What is read through one connection.
pub struct PostgresSnapshot {
    held: Held,
    /// Whether statements are prepared once for each connection.
    prepared: bool,
    deadline: Instant,
}

enum Held {
    /// A read transaction. It sees the database as it was at its first statement.
    Transaction(Transaction<'static, Postgres>),
    /// Each statement sees the database as it is then.
    Connection(PoolConnection<Postgres>),
}

impl PostgresReader {
    /// Reads through the connections of a pool. Without `prepared`, nothing but a transaction keeps to one connection of the
    /// server.
    pub fn new(options: PgPoolOptions, connect: PgConnectOptions, prepared: bool) -> Self {
        let latest = options.clone().max_connections(1).connect_lazy_with(connect.clone());
        Self { pool: options.connect_lazy_with(connect), prepared, latest: (latest, Arc::default()) }
    }

    /// The number of the latest revision.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let ask = async || {
            let (pool, _) = &self.latest;
            let row = if self.prepared {
                sqlx::query(revision::NUMBER).fetch_one(pool).await
            } else {
                // Without parameters it is one message, which needs no transaction.
                sqlx::raw_sql(revision::NUMBER).fetch_one(pool).await
            };
            row.and_then(|row| row.try_get(0)).map_err(failed)
        };
        self.latest.1.ask(ask).await
    }

    /// The number of a revision that was the latest at some time before now; 0 when none is known.
    pub fn known_revision(&self) -> i64 {
        self.latest.1.known()
    }

    /// Begins a read transaction.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn snapshot(&self) -> Result<PostgresSnapshot, StoreError> {
        let limit = TIME_LIMIT.as_millis();
        let begin =
            format!("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = {limit}");
        let transaction = self.pool.begin_with(AssertSqlSafe(begin)).await.map_err(StoreError::Postgres)?;
        Ok(self.reads(Held::Transaction(transaction)))
    }

    /// Whether one may read without a transaction.
    pub fn glimpses(&self) -> bool {
        self.prepared
    }

    /// Begins to read without a transaction, where that is possible. The connections of the pool stop long statements themselves.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn glimpse(&self) -> Result<PostgresSnapshot, StoreError> {
        let connection = self.pool.acquire().await.map_err(StoreError::Postgres)?;
        Ok(self.reads(Held::Connection(connection)))
    }

    fn reads(&self, held: Held) -> PostgresSnapshot {
        PostgresSnapshot { held, prepared: self.prepared, deadline: Instant::now() + TIME_LIMIT }
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.pool.close().await;
        self.latest.0.close().await;
    }
}

impl PostgresSnapshot {
    /// Runs a statement.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn rows(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        if Instant::now() > self.deadline {
            return Err(StoreError::TimedOut);
        }
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), arguments(&statement.params)?);
        let query = query.persistent(self.prepared);
        let connection: &mut PgConnection = match &mut self.held {
            Held::Transaction(transaction) => transaction,
            Held::Connection(connection) => connection,
        };
        let mut answer = query.fetch(connection);
        let mut rows = Rows::new(statement.reads.len());
        while let Some(row) = answer.try_next().await.map_err(failed)? {
            for (column, read) in statement.reads.iter().enumerate() {
                push(&mut rows, &row, column, *read)?;
            }
        }
        Ok(rows)
    }
}

/// Tells a statement that was stopped for taking too long from other failures.
fn failed(error: sqlx::Error) -> StoreError {
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>: `query_canceled`.
    const CANCELED: &str = "57014";
    match error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        Some(code) if code == CANCELED => StoreError::TimedOut,
        _ => StoreError::Postgres(error),
    }
}

fn arguments(params: &[Param]) -> Result<PgArguments, StoreError> {
    use sqlx::Arguments as _;
    let mut arguments = PgArguments::default();
    for param in params {
        match param {
            Param::Int(value) => arguments.add(*value),
            Param::Float(value) => arguments.add(*value),
            Param::Boolean(value) => arguments.add(*value),
            Param::Text(value) => arguments.add(value.as_str()),
            Param::Ints(values) | Param::Each { values, .. } => arguments.add(values.as_slice()),
            Param::Texts(values) => arguments.add(values.as_slice()),
        }
        .map_err(|error| StoreError::Postgres(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// Reads one value from its bytes in the binary format, which is what every statement with parameters is answered in.
fn push(rows: &mut Rows, row: &PgRow, column: usize, read: Read) -> Result<(), StoreError> {
    let value = row.try_get_raw(column).map_err(StoreError::Postgres)?;
    let Ok(bytes) = value.as_bytes() else {
        rows.push(Cell::Null);
        return Ok(());
    };
    let cell = match (read, bytes) {
        (Read::Int, bytes) if let Ok(bytes) = bytes.try_into() => Cell::Int(i16::from_be_bytes(bytes).into()),
        (Read::Int, bytes) if let Ok(bytes) = bytes.try_into() => Cell::Int(i32::from_be_bytes(bytes).into()),
        (Read::Int, bytes) if let Ok(bytes) = bytes.try_into() => Cell::Int(i64::from_be_bytes(bytes)),
        (Read::Float, bytes) if let Ok(bytes) = bytes.try_into() => Cell::Float(f64::from_be_bytes(bytes)),
        (Read::Boolean, [byte]) => Cell::Boolean(*byte != 0),
        (Read::Text, bytes) => {
            let text =
                std::str::from_utf8(bytes).map_err(|error| StoreError::Postgres(sqlx::Error::Decode(error.into())))?;
            rows.push_text(text);
            return Ok(());
        }
        (read, bytes) => {
            let error = format!("column {column} is read as {read:?} and has {} bytes", bytes.len());
            return Err(StoreError::Postgres(sqlx::Error::Decode(error.into())));
        }
    };
    rows.push(cell);
    Ok(())
}
