//! Reading from PostgreSQL, through SQLx.

use std::{
    borrow::Cow,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Row, Transaction,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    RevisionStamp, StoreError, TIME_LIMIT,
    latest::AskedOnce,
    revision::ReadIn,
    statement::{Cell, Param, Read, Rows, Statement},
    transaction::READING,
};

/// The code of a statement that was stopped: <https://www.postgresql.org/docs/current/errcodes-appendix.html>, `query_canceled`.
const CANCELED: &str = "57014";

/// What the codes of a server begin with that takes no statement at the moment: connection exceptions, too many connections, and
/// a server that stops or starts (same list).
const AWAY: [&str; 3] = ["08", "53300", "57P0"];

/// Why there is no connection when the deadline has passed.
const NO_CONNECTION: &str = "it gave no connection in time";

/// Connections that read.
#[derive(Clone)]
pub struct PostgresReader(Arc<Shared>);

struct Shared {
    pool: PgPool,
    /// Connections for optimistic reads that wait for the next, with when that began; taken out of the pool, which asks each connection that
    /// it gets back whether it is well. These are known to be, since their last statement ended.
    idle: Mutex<Vec<(PgConnection, Instant)>>,
    places: Arc<Semaphore>,
    /// Whether statements are prepared once for each connection.
    prepared: bool,
    connect: PgConnectOptions,
    /// With a connection of its own: who wants to know the latest revision does not stand in line behind long statements.
    latest: AskedOnce<Option<PgConnection>>,
}

/// What is read through one connection.
pub struct PostgresSnapshot {
    held: Held,
    reader: Arc<Shared>,
    /// A statement is under way, or did not end well.
    unfinished: bool,
    read_in: ReadIn,
    deadline: Instant,
    _place: OwnedSemaphorePermit,
}

enum Held {
    /// A read transaction. It sees the database as it was at its first statement.
    Transaction(Transaction<'static, Postgres>),
    /// Each statement sees the database as it is then. `None` once the snapshot is dropped.
    Connection(Option<PgConnection>),
}

impl PostgresReader {
    /// Reads through so many connections at most. Without `prepared`, nothing but a transaction keeps to one connection of the
    /// server.
    pub fn new(connections: NonZeroU32, options: PgPoolOptions, connect: PgConnectOptions, prepared: bool) -> Self {
        let pool = options.max_connections(connections.get()).connect_lazy_with(connect.clone());
        let places = Arc::new(Semaphore::new(usize::try_from(connections.get()).unwrap_or(Semaphore::MAX_PERMITS)));
        let (idle, latest) = (Mutex::default(), AskedOnce::default());
        Self(Arc::new(Shared { pool, idle, places, prepared, connect, latest }))
    }

    /// Which revision is the latest.
    ///
    /// # Errors
    /// When the database does not tell, or not soon.
    pub async fn latest(&self) -> Result<RevisionStamp, StoreError> {
        let Shared { pool, prepared, connect, latest, .. } = &*self.0;
        if pool.is_closed() {
            return Err(StoreError::Closed);
        }
        latest
            .ask(async |held| {
                // Taken out, so that one that is given up in the middle is not used again.
                if let Some(mut connection) = held.take()
                    && let Ok(mark) = mark(&mut connection, *prepared).await
                {
                    *held = Some(connection);
                    return Ok(mark);
                }
                let mut connection = PgConnection::connect_with(connect).await.map_err(failed)?;
                let mark = mark(&mut connection, *prepared).await?;
                *held = Some(connection);
                Ok(mark)
            })
            .await
    }

    /// A revision that was the latest at some time before now.
    pub fn known(&self) -> RevisionStamp {
        self.0.latest.known()
    }

    /// Begins a read transaction.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn snapshot(&self, deadline: Instant) -> Result<PostgresSnapshot, StoreError> {
        let place = self.place(deadline).await?;
        // So that there are no more in all than there may be.
        drop(self.0.idle());
        let limit = TIME_LIMIT.as_millis();
        let begin = format!("BEGIN TRANSACTION {READING}; SET LOCAL statement_timeout = {limit}");
        let transaction = within(deadline, self.0.pool.begin_with(AssertSqlSafe(begin))).await?;
        Ok(self.reads(Held::Transaction(transaction), deadline, place))
    }

    /// Whether one may read without a transaction.
    pub fn reads_optimistically(&self) -> bool {
        self.0.prepared
    }

    /// Begins to read without a transaction, where that is possible. The connections of the pool stop long statements themselves.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn optimistic_snapshot(&self, deadline: Instant) -> Result<PostgresSnapshot, StoreError> {
        /// How long a connection may wait before it is asked whether it is well.
        const FRESH: Duration = Duration::from_secs(1);
        let place = self.place(deadline).await?;
        while let Some((mut connection, since)) = self.0.idle() {
            if since.elapsed() < FRESH || within(deadline, connection.ping()).await.is_ok() {
                return Ok(self.reads(Held::Connection(Some(connection)), deadline, place));
            }
        }
        let connection = within(deadline, self.0.pool.acquire()).await?;
        Ok(self.reads(Held::Connection(Some(connection.detach())), deadline, place))
    }

    async fn place(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = tokio::time::timeout_at(deadline.into(), Arc::clone(&self.0.places).acquire_owned()).await;
        place.map_err(|_| StoreError::Unavailable(NO_CONNECTION.to_owned()))?.map_err(|_| StoreError::Closed)
    }

    fn reads(&self, held: Held, deadline: Instant, place: OwnedSemaphorePermit) -> PostgresSnapshot {
        PostgresSnapshot {
            held,
            reader: Arc::clone(&self.0),
            unfinished: false,
            read_in: ReadIn::None,
            deadline,
            _place: place,
        }
    }

    /// Closes the connections.
    pub async fn close(self) {
        while self.0.idle().is_some() {}
        self.0.places.close();
        self.0.pool.close().await;
    }
}

impl Shared {
    /// A connection that waits for an optimistic read.
    fn idle(&self) -> Option<(PgConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// Asks which revision is the latest; without `prepared` as one message without parameters, which needs no transaction.
async fn mark(connection: &mut PgConnection, prepared: bool) -> Result<RevisionStamp, StoreError> {
    let row = if prepared {
        sqlx::query(RevisionStamp::POSTGRES).fetch_optional(connection).await
    } else {
        sqlx::raw_sql(RevisionStamp::POSTGRES).fetch_optional(connection).await
    };
    row.and_then(|row| row.map(|row| row.try_get(0)).transpose()).map(RevisionStamp).map_err(failed)
}

impl PostgresSnapshot {
    /// Runs a statement.
    ///
    /// # Errors
    /// When the database refuses it, or it takes too long.
    pub async fn rows(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        self.unfinished = true;
        let rows = tokio::time::timeout_at(self.deadline.into(), self.read(statement)).await;
        let rows = rows.map_err(|_| StoreError::TimedOut)??;
        self.unfinished = false;
        Ok(rows)
    }

    async fn read(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        let mut sql = Cow::Borrowed(statement.sql.as_str());
        let connection: &mut PgConnection = match &mut self.held {
            Held::Transaction(transaction) => transaction,
            Held::Connection(connection) => {
                // With many rows, a look at the latest revision afterwards costs less than the mark in each.
                if !statement.long {
                    // The mark is read in the same view of the database as the rows. Their order stays: nothing stands between,
                    // and what is sorted within is never read by several processes.
                    sql = format!("SELECT s.*, ({}) FROM ({sql}) AS s", RevisionStamp::POSTGRES).into();
                }
                connection.as_mut().ok_or(StoreError::Closed)?
            }
        };
        let query = sqlx::query_with(AssertSqlSafe(sql.as_ref()), arguments(&statement.params)?);
        let mut answer = query.persistent(self.reader.prepared).fetch(connection);
        let mut rows = Rows::new(statement.reads.len());
        // It stays so without rows, or without their mark.
        let mut read_in = ReadIn::Unknown;
        while let Some(row) = answer.try_next().await.map_err(failed)? {
            if rows.is_empty() && row.len() > statement.reads.len() {
                read_in = ReadIn::One(RevisionStamp(row.try_get(statement.reads.len()).map_err(failed)?));
            }
            for (column, read) in statement.reads.iter().enumerate() {
                push(&mut rows, &row, column, *read)?;
            }
        }
        drop(answer);
        self.read_in = self.read_in.and(read_in);
        Ok(rows)
    }

    /// Of which revision all is that was read.
    pub fn read_in(&self) -> ReadIn {
        self.read_in
    }

    /// Adds what was read through a fork.
    pub fn join(&mut self, fork: &Self) {
        self.read_in = self.read_in.and(fork.read_in);
    }

    /// Another connection to read from at the same time, when plenty are idle; never in a transaction.
    pub fn fork(&self) -> Option<Self> {
        let Held::Connection(_) = self.held else { return None };
        let Shared { pool, places, .. } = &*self.reader;
        let half = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX) / 2;
        if places.available_permits() <= half {
            return None;
        }
        let place = Arc::clone(places).try_acquire_owned().ok()?;
        let (connection, _) = self.reader.idle()?;
        let held = Held::Connection(Some(connection));
        Some(Self {
            held,
            reader: Arc::clone(&self.reader),
            unfinished: false,
            read_in: ReadIn::None,
            deadline: self.deadline,
            _place: place,
        })
    }
}

impl Drop for PostgresSnapshot {
    fn drop(&mut self) {
        // One whose statement did not end is closed.
        if let Held::Connection(connection) = &mut self.held
            && !self.unfinished
            && !self.reader.pool.is_closed()
            && let Some(connection) = connection.take()
        {
            self.reader.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        }
    }
}

/// Waits for a connection no longer than the deadline: the pool would try until the timeout of the address has passed.
async fn within<T>(deadline: Instant, connecting: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
    match tokio::time::timeout_at(deadline.into(), connecting).await {
        Ok(connected) => connected.map_err(failed),
        Err(_) => Err(StoreError::Unavailable(NO_CONNECTION.to_owned())),
    }
}

/// Tells a statement that was stopped for taking too long, and a server that is away, from other failures.
fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            StoreError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            Some(CANCELED) => StoreError::TimedOut,
            Some(code) if AWAY.iter().any(|class| code.starts_with(class)) => StoreError::Unavailable(refusal.to_string()),
            _ => StoreError::Postgres(error),
        },
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
