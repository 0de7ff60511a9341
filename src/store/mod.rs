//! The store: the database, however it is reached.
//!
//! Reads go through a [`Snapshot`], one per request: on SQLite through rusqlite on the serving thread, on PostgreSQL through
//! SQLx. Writes and migrations go through SeaORM ([`Store::writer`]).

mod api_key;
pub(crate) mod bulk;
mod cause;
mod connect;
mod copy;
mod file;
pub mod fold;
mod latest;
mod migrate;
mod options;
mod postgres;
mod progress;
mod revision;
mod sqlite;
pub mod statement;
pub mod transaction;
mod url;
mod writer;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

pub use bulk::{BulkError, Checksum, Filling};
pub use cause::cause;
pub use connect::CONNECTIONS;
pub use copy::{CopiedTable, CopyError, copy};
pub use migrate::{migrate, pending_migrations};
use postgres::{PostgresReader, PostgresSnapshot};
pub use progress::{Progress, Silent};
pub use revision::{ReadIn, Revision, RevisionStamp};
use sqlite::{SqliteReader, SqliteSnapshot};
use statement::{Dialect, Rows, Statement};
pub use url::DatabaseUrl;
pub use writer::Writer;

/// How long the statements of one snapshot may take together: far longer than any question of a client, short enough that a
/// hostile one does not stop the service.
pub const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The database.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    reader: Reader,
}

#[derive(Clone)]
enum Reader {
    Sqlite(SqliteReader),
    Postgres(PostgresReader),
}

impl Store {
    /// The dialect that statements must be written in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.reader {
            Reader::Sqlite(_) => Dialect::Sqlite,
            Reader::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The way for writes.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Closes the connections for writes, and on PostgreSQL those for reads. What SQLite still holds in its log goes to the file.
    pub async fn close(self) {
        let Self { writer, reader } = self;
        match reader {
            Reader::Sqlite(reader) => drop(reader),
            Reader::Postgres(reader) => reader.close().await,
        }
        writer.close().await;
    }

    /// Which revision is the latest, now. It is asked for with every request, and costs a small part of the smallest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn latest(&self) -> Result<RevisionStamp, StoreError> {
        match &self.reader {
            Reader::Sqlite(reader) => reader.latest(),
            Reader::Postgres(reader) => reader.latest().await,
        }
    }

    /// Begins to read: everything read through one snapshot is of one revision.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.snapshot_until(Until::default()).await
    }

    /// Where a transaction costs round trips that [`Self::optimistic_snapshot`] saves: a revision that was the latest at some time before now.
    #[must_use]
    pub fn optimistic_baseline(&self) -> Option<RevisionStamp> {
        match &self.reader {
            Reader::Postgres(reader) if reader.reads_optimistically() => Some(reader.known()),
            _ => None,
        }
    }

    /// Begins to read without a transaction. What is read is of one revision when [`Snapshot::read_in`] says so; or, since revisions
    /// only grow, when [`Self::latest`] is afterwards what it was at any time before. Elsewhere it is a snapshot.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn optimistic_snapshot(&self, until: Until) -> Result<Snapshot, StoreError> {
        match &self.reader {
            Reader::Postgres(reader) if reader.reads_optimistically() => Ok(Snapshot {
                inner: Inner::Postgres(reader.optimistic_snapshot(until.deadline).await?),
                statements: 0,
                worked: Duration::ZERO,
            }),
            _ => self.snapshot_until(until).await,
        }
    }

    /// Begins to read for somebody who may leave.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn snapshot_until(&self, until: Until) -> Result<Snapshot, StoreError> {
        let inner = match &self.reader {
            Reader::Sqlite(reader) => Inner::Sqlite(reader.snapshot(until).await?),
            Reader::Postgres(reader) => Inner::Postgres(reader.snapshot(until.deadline).await?),
        };
        Ok(Snapshot { inner, statements: 0, worked: Duration::ZERO })
    }
}

/// How long something is read.
#[derive(Clone)]
pub struct Until {
    /// Statements are stopped once it is cancelled.
    pub left: CancellationToken,
    /// Statements are stopped then.
    pub deadline: Instant,
}

impl Default for Until {
    /// As long as the time limit lets.
    fn default() -> Self {
        Self { left: CancellationToken::new(), deadline: Instant::now() + TIME_LIMIT }
    }
}

/// One consistent view of the database.
pub struct Snapshot {
    inner: Inner,
    statements: usize,
    worked: Duration,
}

enum Inner {
    Sqlite(SqliteSnapshot),
    Postgres(PostgresSnapshot),
}

impl Snapshot {
    /// Runs a statement.
    ///
    /// # Errors
    /// When the database refuses it or is gone.
    pub async fn rows(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        self.statements += 1;
        tracing::trace!(sql = statement.sql, "statement");
        match &mut self.inner {
            Inner::Sqlite(snapshot) => snapshot.rows(statement),
            Inner::Postgres(snapshot) => {
                let started = Instant::now();
                let rows = snapshot.rows(statement).await;
                self.worked += started.elapsed();
                rows
            }
        }
    }

    /// Another connection for reading something else at the same time, where there is one to spare.
    pub fn fork(&self) -> Option<Self> {
        let Inner::Postgres(snapshot) = &self.inner else { return None };
        Some(Self { inner: Inner::Postgres(snapshot.fork()?), statements: 0, worked: Duration::ZERO })
    }

    /// Adds what was read through a fork.
    pub fn join(&mut self, fork: &Self) {
        self.statements += fork.statements;
        self.worked += fork.worked;
        if let (Inner::Postgres(snapshot), Inner::Postgres(fork)) = (&mut self.inner, &fork.inner) {
            snapshot.join(fork);
        }
    }

    /// Of which revision all is that was read without a transaction. Where there is one this is not known, and not needed.
    #[must_use]
    pub fn read_in(&self) -> ReadIn {
        match &self.inner {
            Inner::Sqlite(_) => ReadIn::Unknown,
            Inner::Postgres(snapshot) => snapshot.read_in(),
        }
    }

    /// How long PostgreSQL worked on the statements. SQLite works on the thread that reads.
    #[must_use]
    pub fn worked(&self) -> Duration {
        self.worked
    }

    /// How many statements have been run.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.statements
    }
}

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one of a database that we can use.
    #[error("{0}")]
    Url(String),
    /// The file is something else.
    #[error("{0} is not a SQLite database; give another --data-dir or --database-url, or move the file away")]
    NotADatabase(PathBuf),
    /// The folder of the database cannot be made or written.
    #[error("cannot write to {path}: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why, in the words of the system.
        reason: std::io::Error,
    },
    /// The database server does not let us in.
    #[error("cannot use {url}: {reason}")]
    Unreachable {
        /// Its address, without the password.
        url: String,
        /// Why, in the words of the driver.
        reason: String,
    },
    /// The tables of the database are not ours.
    #[error("{0} holds tables of something else; give another --data-dir or --database-url")]
    Foreign(String),
    /// The database was written by a newer version of this program.
    #[error("{0} was written by a newer version of this program; use that one")]
    Newer(String),
    /// The file, or the folder in which SQLite keeps its log, cannot be written.
    #[error("{0} or its folder is read-only; SQLite keeps a log beside it even to read, so copy it to another folder first")]
    ReadOnly(PathBuf),
    /// Somebody else writes to the file, for longer than one waits.
    #[error("another program is writing to {0}, perhaps an import; try again when it has finished")]
    Busy(PathBuf),
    /// The file is damaged, or cannot be opened.
    #[error("the database {path} cannot be used: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, in the words of the driver.
        reason: String,
    },
    /// The statements of a snapshot have taken too long.
    #[error("reading took longer than {} seconds", TIME_LIMIT.as_secs())]
    TimedOut,
    /// The store is shutting down.
    #[error("the database is closed")]
    Closed,
    /// The database cannot be reached, or gives no connection in time. The same statement may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// SQLite refused something.
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// PostgreSQL refused something or cannot be reached.
    #[error("PostgreSQL: {0}")]
    Postgres(#[source] sqlx::Error),
    /// The connection for writes refused something.
    #[error("the database could not be read or written: {}", cause(.0))]
    Writer(#[from] sea_orm::DbErr),
}
