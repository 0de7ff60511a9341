//! Reading from PostgreSQL, through SQLx.

use std::time::Instant;

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, Row, Transaction,
    postgres::{PgArguments, PgRow},
};

use super::{
    StoreError, TIME_LIMIT,
    statement::{Cell, Param, Read, Rows, Statement},
};

/// A read transaction. It sees the database as it was at its first statement.
pub struct PostgresSnapshot {
    transaction: Transaction<'static, Postgres>,
    /// Whether statements are prepared once for each connection.
    prepared: bool,
    deadline: Instant,
}

impl PostgresSnapshot {
    /// Begins a read transaction.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn begin(pool: &PgPool, prepared: bool) -> Result<Self, StoreError> {
        let limit = TIME_LIMIT.as_millis();
        let begin =
            format!("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = {limit}");
        let transaction = pool.begin_with(AssertSqlSafe(begin)).await.map_err(StoreError::Postgres)?;
        Ok(Self { transaction, prepared, deadline: Instant::now() + TIME_LIMIT })
    }

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
        let mut answer = query.fetch(&mut *self.transaction);
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
            Param::Ints(values) => arguments.add(values.as_slice()),
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
