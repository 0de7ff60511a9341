//! Reads in which all statements see the same revision.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    memory::{MemoryLimit, ReadReservation},
    postgres::PostgresSnapshot,
    received_rows::ReceivedRows,
    sqlite::SqliteSnapshot,
    statement::{Dialect, Rows, Statement},
};
use crate::store::{ReadIn, Reader, RevisionStamp, Store, StoreError, TIME_LIMIT};

/// Maximum number of attempts to read without a transaction. An attempt is repeated if the latest revision has changed.
const OPTIMISTIC_ATTEMPTS: usize = 2;

/// How the database is read.
#[derive(Clone)]
pub struct ReadOptions {
    /// Cancelling it stops the statements on SQLite. Statements on PostgreSQL stop when the future is dropped.
    pub cancelled: CancellationToken,
    /// Statements are stopped at this time.
    pub deadline: Instant,
    /// True if the connection may be used for long. Such reads leave
    /// [`SPARE_CONNECTIONS`](crate::store::SPARE_CONNECTIONS) to others.
    pub is_expensive: bool,
    /// True if the statements may read many rows.
    pub reads_many_rows: bool,
    /// The limit of the memory that searches and facets use; `None` for no limit.
    pub memory: Option<Arc<dyn MemoryLimit>>,
}

impl Default for ReadOptions {
    /// Sets the deadline to [`TIME_LIMIT`] from now, for a cheap operation that reads few rows, without a limit of memory.
    fn default() -> Self {
        let (cancelled, deadline) = (CancellationToken::new(), Instant::now() + TIME_LIMIT);
        Self { cancelled, deadline, is_expensive: false, reads_many_rows: false, memory: None }
    }
}

/// The result of [`Store::read`].
pub struct Reading<T> {
    /// The result of the function that read.
    pub value: T,
    /// The revision that was read; `None` if it is not known.
    pub revision: Option<RevisionStamp>,
    /// Number of statements.
    pub statements: usize,
    /// Total time of the statements on PostgreSQL, each until its last row, without the wait for a connection. 0 for
    /// SQLite, which runs statements on the thread of the reader.
    pub database_time: Duration,
}

impl<T> Reading<T> {
    fn of(self, revision: Option<RevisionStamp>) -> Self {
        Self { revision, ..self }
    }
}

impl Store {
    /// Calls `read` with a view of the database. `read` must return the view, together with the value that it has read.
    /// Returns this value and its revision: all statements of `read` saw the same revision. `latest` is the latest
    /// revision, if the caller has read it. Without `latest`, the revision of the value may be unknown.
    ///
    /// On PostgreSQL a transaction costs round trips, so reads are optimistic: they use no transaction, and `read` is called
    /// again if there was a publication meanwhile. Each statement returns the stamp of its revision with its rows. If a
    /// statement returns no stamp, the latest revision is read after `read` returns. Revision numbers only grow, so if the
    /// latest revision has not changed, all statements saw it. If no attempt without a transaction succeeds, `read` is
    /// called once more, in a transaction. Nothing is repeated after the deadline.
    pub async fn read<T, F: Future<Output = (Snapshot, T)>>(
        &self,
        options: ReadOptions,
        latest: Option<RevisionStamp>,
        read: impl Fn(Snapshot) -> F,
    ) -> Reading<T> {
        if let Reader::Postgres(reader) = &self.reader
            && reader.reads_optimistically()
        {
            let mut before = latest.unwrap_or(reader.known());
            for _ in 0..OPTIMISTIC_ATTEMPTS {
                let (snapshot, value) = read(Snapshot::new(self.reader.clone(), false, options.clone())).await;
                let (failure, read_in) = (snapshot.failure, snapshot.read_in());
                let reading = snapshot.reading(value);
                match (failure, read_in) {
                    (Some(Failure::Final), _) => return reading,
                    (Some(Failure::Temporary), _) => break,
                    (None, ReadIn::One(revision)) => return reading.of(Some(revision)),
                    // Nothing was read, so the result is the same for any revision.
                    (None, ReadIn::None) => return reading.of(latest),
                    (None, ReadIn::Unknown) => {}
                }
                match self.latest().await {
                    Ok(now) if now == before => return reading.of(Some(now)),
                    Ok(now) => before = now,
                    Err(_) => break,
                }
            }
        }
        let (snapshot, value) = read(Snapshot::new(self.reader.clone(), true, options)).await;
        let failure = snapshot.failure;
        let reading = snapshot.reading(value);
        match latest {
            Some(latest) if failure.is_none() => reading.of(self.latest().await.ok().filter(|now| *now == latest)),
            _ => reading,
        }
    }

    /// Returns a view that begins to read with its first statement: all statements see the same revision. If there is no
    /// connection, the statement fails. Without a statement, no connection is used.
    #[must_use]
    pub fn lazy_snapshot(&self, options: ReadOptions) -> Snapshot {
        Snapshot::new(self.reader.clone(), true, options)
    }

    /// Begins to read: all statements see the same revision.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut snapshot = self.lazy_snapshot(ReadOptions::default());
        snapshot.begin().await?;
        Ok(snapshot)
    }
}

/// A view of the database. It begins with the first statement.
pub struct Snapshot {
    reader: Reader,
    /// True for a transaction. Otherwise [`Self::read_in`] reports whether all statements have read the same revision.
    transaction: bool,
    options: ReadOptions,
    /// `None` until the first statement.
    inner: Option<Inner>,
    statements: usize,
    database_time: Duration,
    failure: Option<Failure>,
    /// The statements that have been run since [`Self::trace`]; `None` before.
    trace: Option<Vec<TracedStatement>>,
}

/// A statement that has been run.
#[derive(Clone, Debug)]
pub struct TracedStatement {
    /// Its text, with placeholders for the values.
    pub sql: Arc<str>,
    /// Number of its rows; `None` if it failed.
    pub rows: Option<usize>,
    /// How long it took, the time for receiving its rows included.
    pub time: Duration,
}

pub(super) enum Inner {
    Sqlite(SqliteSnapshot),
    Postgres(PostgresSnapshot),
}

/// How a statement failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The statement may succeed on another connection.
    Temporary,
    /// It took too long, or there is no time left.
    Final,
}

impl Snapshot {
    fn new(reader: Reader, transaction: bool, options: ReadOptions) -> Self {
        Self {
            reader,
            transaction,
            options,
            inner: None,
            statements: 0,
            database_time: Duration::ZERO,
            failure: None,
            trace: None,
        }
    }

    /// Creates a view in which a transaction has begun.
    pub(super) fn begun(reader: Reader, options: ReadOptions, inner: Inner) -> Self {
        Self { inner: Some(inner), ..Self::new(reader, true, options) }
    }

    /// Returns the dialect that statements must be written in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.reader.dialect()
    }

    /// Returns a reservation, without bytes so far, for what the operation stores while it reads.
    #[must_use]
    pub fn reservation(&self) -> ReadReservation {
        ReadReservation::new(self.options.memory.clone())
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// If the database cannot be reached, the statement fails, or there is no time left.
    pub async fn rows(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        let mut received = ReceivedRows::whole(statement);
        self.receive(statement, &mut received).await?;
        Ok(received.rows)
    }

    /// Runs a statement, and calls `chunk` with its rows in chunks. Only one chunk is in memory at a time.
    ///
    /// # Errors
    /// Those of [`Self::rows`]. Then `chunk` may have received some of the rows.
    pub async fn each_chunk(
        &mut self,
        statement: &Statement,
        chunk: &mut (dyn FnMut(&Rows) + Send),
    ) -> Result<(), StoreError> {
        let mut received = ReceivedRows::in_chunks(statement, chunk);
        self.receive(statement, &mut received).await?;
        received.end_chunk();
        Ok(())
    }

    async fn receive(&mut self, statement: &Statement, received: &mut ReceivedRows<'_>) -> Result<(), StoreError> {
        tracing::trace!(sql = &*statement.sql, "statement");
        self.statements += 1;
        // The wait for a connection is not part of the time of the statement.
        let begun = self.begin().await.map(drop);
        let started = Instant::now();
        let result = match begun {
            Ok(()) => self.run(statement, received).await,
            Err(failure) => Err(failure),
        };
        let time = started.elapsed();
        if let Some(Inner::Postgres(_)) = &self.inner {
            self.database_time += time;
        }
        if let Some(trace) = &mut self.trace {
            let rows = result.is_ok().then(|| received.count());
            trace.push(TracedStatement { sql: Arc::clone(&statement.sql), rows, time });
        }
        if let Err(failure) = &result {
            let is_final = matches!(failure, StoreError::TimedOut) || Instant::now() >= self.options.deadline;
            self.failure = Some(if is_final { Failure::Final } else { Failure::Temporary });
        }
        result
    }

    async fn run(&mut self, statement: &Statement, received: &mut ReceivedRows<'_>) -> Result<(), StoreError> {
        match self.begin().await? {
            Inner::Sqlite(snapshot) => snapshot.read(statement, received),
            Inner::Postgres(snapshot) => snapshot.read(statement, received).await,
        }
    }

    async fn begin(&mut self) -> Result<&mut Inner, StoreError> {
        Ok(match &mut self.inner {
            Some(inner) => inner,
            none => none.insert(match &self.reader {
                Reader::Sqlite(reader) => Inner::Sqlite(reader.snapshot(self.options.clone()).await?),
                Reader::Postgres(reader) => Inner::Postgres(reader.snapshot(self.options.clone(), self.transaction).await?),
            }),
        })
    }

    /// Traces statements from now on. Returns those that have been traced since the last call.
    pub fn trace(&mut self) -> Vec<TracedStatement> {
        self.trace.replace(Vec::new()).unwrap_or_default()
    }

    /// Returns another view for concurrent reading. `None` on SQLite, before the first statement, in a transaction, and if
    /// too few connections are idle.
    pub fn fork(&self) -> Option<Self> {
        let Some(Inner::Postgres(snapshot)) = &self.inner else { return None };
        let inner = Some(Inner::Postgres(snapshot.fork()?));
        let trace = self.trace.as_ref().map(|_| Vec::new());
        Some(Self { inner, trace, ..Self::new(self.reader.clone(), false, self.options.clone()) })
    }

    /// Adds the statements of a fork, and the revision that they saw.
    pub fn join(&mut self, fork: &Self) {
        self.statements += fork.statements;
        self.database_time += fork.database_time;
        self.failure = self.failure.or(fork.failure);
        if let (Some(trace), Some(fork)) = (&mut self.trace, &fork.trace) {
            trace.extend_from_slice(fork);
        }
        if let (Some(Inner::Postgres(snapshot)), Some(Inner::Postgres(fork))) = (&mut self.inner, &fork.inner) {
            snapshot.join(fork);
        }
    }

    /// Returns the revision that all statements have read. Only for a view without a transaction.
    fn read_in(&self) -> ReadIn {
        match &self.inner {
            None => ReadIn::None,
            Some(Inner::Sqlite(_)) => ReadIn::Unknown,
            Some(Inner::Postgres(snapshot)) => snapshot.read_in(),
        }
    }

    fn reading<T>(self, value: T) -> Reading<T> {
        Reading { value, revision: None, statements: self.statements, database_time: self.database_time }
    }
}
