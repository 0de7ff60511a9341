//! Reading from PostgreSQL, through SQLx.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, PgConnection, Row,
    postgres::{PgArguments, PgConnectOptions, PgRow},
};

use super::{
    latest::SingleFlight,
    preview::{self, Preview},
    received_rows::ReceivedRows,
    revision::{LATEST, ReadIn},
    statement::{Cell, Param, Read, Rows, Statement},
};
use crate::store::{
    ReadOptions, RevisionStamp, StoreError, TIME_LIMIT,
    cause::failed,
    connect::{
        connections::{Connections, Lease, within},
        transaction::{LIMITS, LOCK_REVISIONS, READING, WRITING},
    },
};

/// Reads from a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresReader {
    connections: Arc<Connections>,
    /// True if statements are prepared once for each connection.
    prepared: bool,
    /// True if connections make one generic plan for each prepared statement. Some statements then get a plan for their
    /// values instead.
    has_generic_plans: bool,
    /// Reads the latest revision through a connection of its own, so that it does not wait for long statements.
    latest: Arc<SingleFlight<Option<PgConnection>>>,
}

/// A view of the database through one connection, for one reader.
pub struct PostgresSnapshot {
    reader: PostgresReader,
    /// `Some` until the snapshot is dropped.
    lease: Option<Lease>,
    /// True in a transaction: all statements see the database as it was at the first statement. Otherwise each statement
    /// sees the latest revision.
    transaction: bool,
    /// True while a statement is running, and after it has failed.
    unfinished: bool,
    read_in: ReadIn,
    options: ReadOptions,
}

impl PostgresReader {
    /// Creates a reader with at most `max` connections, each of which must be open within `timeout`. `prepared` is false
    /// behind a pooler, where only the statements of a transaction run on the same connection of the server.
    pub fn new(options: PgConnectOptions, timeout: Duration, max: usize, prepared: bool, has_generic_plans: bool) -> Self {
        let connections = Arc::new(Connections::new(options, timeout, max));
        Self { connections, prepared, has_generic_plans, latest: Arc::default() }
    }

    /// Reads the latest revision.
    ///
    /// # Errors
    /// [`StoreError::TimedOut`] if the database does not respond soon; other errors if it refuses or cannot be reached.
    pub async fn latest(&self) -> Result<RevisionStamp, StoreError> {
        if self.connections.is_closed() {
            return Err(StoreError::Closed);
        }
        self.latest
            .read(async |held| {
                // The connection is taken out, so that it is not used again if its statement does not end.
                if let Some(mut connection) = held.take()
                    && let Ok(stamp) = stamp(&mut connection, self.prepared).await
                {
                    *held = Some(connection);
                    return Ok(stamp);
                }
                let mut connection = self.connections.separate(Instant::now() + TIME_LIMIT).await?;
                let stamp = stamp(&mut connection, self.prepared).await?;
                *held = Some(connection);
                Ok(stamp)
            })
            .await
    }

    /// Returns the revision that was last read as the latest.
    pub fn known(&self) -> RevisionStamp {
        self.latest.known()
    }

    /// Reports whether reads without a transaction are possible.
    pub fn reads_optimistically(&self) -> bool {
        self.prepared
    }

    /// Begins to read, in a transaction or without.
    ///
    /// # Errors
    /// If there is no connection before the deadline.
    pub async fn snapshot(&self, options: ReadOptions, transaction: bool) -> Result<PostgresSnapshot, StoreError> {
        let deadline = options.deadline;
        let mut lease = self.connections.lease(options.is_expensive, deadline).await?;
        if transaction {
            // Without a pooler, the settings of the connection apply.
            let limit = TIME_LIMIT.as_millis();
            let settings = format!("SET LOCAL jit = off; SET LOCAL statement_timeout = {limit}");
            let settings = if self.prepared { String::new() } else { settings };
            let begin = AssertSqlSafe(format!("BEGIN TRANSACTION {READING}; {settings}"));
            within(deadline, Box::pin(sqlx::raw_sql(begin).execute(&mut lease.connection))).await?;
        }
        Ok(PostgresSnapshot::new(self.clone(), lease, transaction, options))
    }

    /// Begins a transaction, repeats the statements of a preview in it, and reads in it. Returns `None` if the statements are
    /// based on an earlier revision.
    ///
    /// # Errors
    /// Those of [`Self::snapshot`]; also if a statement fails.
    pub async fn preview(&self, options: ReadOptions, preview: &Preview) -> Result<Option<PostgresSnapshot>, StoreError> {
        let deadline = options.deadline;
        let mut lease = self.connections.lease(options.is_expensive, deadline).await?;
        let begin = format!("BEGIN TRANSACTION {WRITING}; {LIMITS}; {LOCK_REVISIONS}");
        within(deadline, Box::pin(sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut lease.connection))).await?;
        // From here on, dropping the snapshot ends the transaction.
        let mut snapshot = PostgresSnapshot::new(self.clone(), lease, true, options);
        snapshot.unfinished = true;
        let is_current = tokio::time::timeout_at(deadline.into(), snapshot.repeat(preview)).await;
        let is_current = is_current.map_err(|_| StoreError::TimedOut)??;
        snapshot.unfinished = false;
        Ok(is_current.then_some(snapshot))
    }

    pub async fn close(self) {
        self.connections.close().await;
    }
}

/// Reads the latest revision. Behind a pooler, where `prepared` is false, it sends the statement without preparing it, so
/// that no transaction is needed.
async fn stamp(connection: &mut PgConnection, prepared: bool) -> Result<RevisionStamp, StoreError> {
    let row = if prepared {
        sqlx::query(RevisionStamp::POSTGRES).fetch_optional(connection).await
    } else {
        sqlx::raw_sql(RevisionStamp::POSTGRES).fetch_optional(connection).await
    };
    row.and_then(|row| row.map(|row| row.try_get(0)).transpose()).map(RevisionStamp).map_err(failed)
}

impl PostgresSnapshot {
    fn new(reader: PostgresReader, lease: Lease, transaction: bool, options: ReadOptions) -> Self {
        Self { reader, lease: Some(lease), transaction, unfinished: false, read_in: ReadIn::None, options }
    }

    /// Runs a statement, and receives its rows.
    ///
    /// # Errors
    /// [`StoreError::TimedOut`] at the deadline; other errors if the statement fails or the server cannot be reached.
    pub async fn read(&mut self, statement: &Statement, received: &mut ReceivedRows<'_>) -> Result<(), StoreError> {
        self.unfinished = true;
        let read = tokio::time::timeout_at(self.options.deadline.into(), self.run(statement, received)).await;
        read.map_err(|_| StoreError::TimedOut)??;
        self.unfinished = false;
        Ok(())
    }

    /// Runs the statements of a preview. Returns false if they are based on an earlier revision.
    async fn repeat(&mut self, preview: &Preview) -> Result<bool, StoreError> {
        let connection = &mut self.lease.as_mut().ok_or(StoreError::Closed)?.connection;
        let latest = sqlx::raw_sql(LATEST).fetch_optional(&mut *connection).await.map_err(failed)?;
        let latest = latest.map(|row| row.try_get(0)).transpose().map_err(failed)?;
        if !preview.is_based_on(latest) {
            return Ok(false);
        }
        for statement in &preview.statements {
            let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), preview::postgres_values(statement)?);
            query.persistent(false).execute(&mut *connection).await.map_err(failed)?;
        }
        Ok(true)
    }

    async fn run(&mut self, statement: &Statement, received: &mut ReceivedRows<'_>) -> Result<(), StoreError> {
        let mut sql = Cow::Borrowed(&*statement.sql);
        // With many rows, reading the latest revision afterwards costs less than a stamp in each row.
        if !self.transaction && !statement.long {
            // The same statement reads the stamp and the rows, so both are of the same revision. The rows stay in their
            // order: the outer query does not sort, and parallel workers do not read a sorted subquery.
            sql = format!("SELECT s.*, ({}) FROM ({sql}) AS s", RevisionStamp::POSTGRES).into();
        }
        let lease = self.lease.as_mut().ok_or(StoreError::Closed)?;
        self.reader.connections.test(lease, self.options.deadline).await?;
        let connection = &mut lease.connection;
        let needs_custom_plan = self.reader.has_generic_plans
            && self.options.reads_many_rows
            && statement.reads_whole_list
            && !statement.params.is_empty()
            && statement.params.iter().all(is_single_value);
        if needs_custom_plan {
            set_plan_cache_mode(connection, "force_custom_plan").await?;
        }
        let query = sqlx::query_with(AssertSqlSafe(sql.as_ref()), arguments(&statement.params)?);
        let mut found = query.persistent(self.reader.prepared).fetch(&mut *connection);
        // It stays unknown if there are no rows, or if the rows have no stamps.
        let mut read_in = ReadIn::Unknown;
        while let Some(row) = found.try_next().await.map_err(failed)? {
            if received.count() == 0 && row.len() > statement.reads.len() {
                read_in = ReadIn::One(RevisionStamp(row.try_get(statement.reads.len()).map_err(failed)?));
            }
            for (column, read) in statement.reads.iter().enumerate() {
                push(&mut received.rows, &row, column, *read)?;
            }
            received.end_row();
        }
        drop(found);
        if needs_custom_plan {
            set_plan_cache_mode(connection, "force_generic_plan").await?;
        }
        self.read_in = self.read_in.and(read_in);
        Ok(())
    }

    /// Returns the revision of the rows that were read.
    pub fn read_in(&self) -> ReadIn {
        self.read_in
    }

    /// Adds the revision that the statements of a fork saw.
    pub fn join(&mut self, fork: &Self) {
        self.read_in = self.read_in.and(fork.read_in);
    }

    /// Returns another view for concurrent reading. `None` in a transaction, if too many connections are in use, or if none
    /// is idle.
    pub fn fork(&self) -> Option<Self> {
        let lease = if self.transaction { None } else { self.reader.connections.spare() };
        lease.map(|lease| Self::new(self.reader.clone(), lease, false, self.options.clone()))
    }
}

impl Drop for PostgresSnapshot {
    fn drop(&mut self) {
        // A connection whose last statement has not ended is closed.
        let Some(lease) = self.lease.take().filter(|_| !self.unfinished) else { return };
        let connections = &self.reader.connections;
        if self.transaction {
            Arc::clone(connections).roll_back(lease);
        } else {
            connections.release(lease);
        }
    }
}

/// Reports whether a value is not a list. A plan for a long list takes long to make, and is rarely better than the
/// generic one.
fn is_single_value(param: &Param) -> bool {
    match param {
        Param::Int(_) | Param::Float(_) | Param::Boolean(_) | Param::Text(_) => true,
        Param::Ints(_) | Param::SharedInts(_) | Param::Texts(_) | Param::RunForEach(_) => false,
    }
}

/// Sets how a connection makes plans for prepared statements
/// (<https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE>).
async fn set_plan_cache_mode(connection: &mut PgConnection, mode: &str) -> Result<(), StoreError> {
    let statement = AssertSqlSafe(format!("SET plan_cache_mode = {mode}"));
    sqlx::raw_sql(statement).execute(connection).await.map(drop).map_err(failed)
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
            Param::Ints(values) | Param::RunForEach(values) => arguments.add(values.as_slice()),
            Param::SharedInts(values) => arguments.add(&**values),
            Param::Texts(values) => arguments.add(values.as_slice()),
        }
        .map_err(|error| StoreError::Postgres(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// Decodes a value from the binary format, in which the server sends the rows of statements with placeholders.
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
        (Read::Bytes, bytes) => {
            rows.push_bytes(bytes);
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
