//! The store: the database, which is SQLite or PostgreSQL.
//!
//! Each operation reads through a [`Snapshot`]: from SQLite with rusqlite on the calling thread, from PostgreSQL with
//! SQLx. Publications and migrations use SeaORM ([`Store::writer`]). Bulk loads and copies (`bulk`) use the drivers
//! directly.

pub(crate) mod bulk;
mod cause;
pub mod connect;
mod copy;
mod progress;
pub mod reading;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

pub use bulk::{BulkError, Checksum, Filling};
pub use cause::{cause, is_locked};
pub use connect::migrate::{migrate, pending_migrations};
pub use connect::open::CONNECTIONS;
pub use connect::read_permits::SPARE_CONNECTIONS;
pub use connect::url::DatabaseUrl;
pub use connect::writer::{Clock, Writer};
pub use copy::{CopiedTable, CopyError, copy};
pub use progress::{Progress, Silent};
pub use reading::memory::{MemoryLimit, OutOfMemory, ReadReservation};
use reading::postgres::PostgresReader;
pub use reading::preview::{Preview, Recorder};
pub use reading::read::{ReadOptions, Reading, Snapshot, TracedStatement};
use reading::revision::ReadIn;
pub use reading::revision::{Revision, RevisionStamp};
use reading::sqlite::SqliteReader;
use reading::statement::Dialect;

/// Maximum total time of the reads of an operation. Legitimate operations need far less, and hostile ones are stopped after
/// this time.
pub const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The database.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    reader: Reader,
    /// Maximum number of connections for reading that expensive operations use at once.
    connections_for_expensive: usize,
    /// Number of API keys that were revoked through this store.
    key_revocations: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Reader {
    Sqlite(SqliteReader),
    Postgres(PostgresReader),
}

impl Reader {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl Store {
    /// Returns the dialect that statements must be written in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.reader.dialect()
    }

    /// Returns the same store with another clock for the times of new revisions.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { writer: self.writer.with_clock(clock), ..self }
    }

    /// Returns the connections for writes.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Returns the maximum number of connections for reading that expensive operations use at once.
    #[must_use]
    pub fn connections_for_expensive(&self) -> usize {
        self.connections_for_expensive
    }

    /// Closes the connections. SQLite then moves its log into the database file.
    pub async fn close(self) {
        let Self { writer, reader, .. } = self;
        match reader {
            Reader::Sqlite(reader) => drop(reader),
            Reader::Postgres(reader) => reader.close().await,
        }
        writer.close().await;
    }

    /// Reads the latest revision. Every request whose response can be cached calls this. It takes a small part of the
    /// time of the request.
    ///
    /// # Errors
    /// If the database cannot be read, or does not respond soon.
    pub async fn latest(&self) -> Result<RevisionStamp, StoreError> {
        match &self.reader {
            Reader::Sqlite(reader) => reader.latest(),
            Reader::Postgres(reader) => reader.latest().await,
        }
    }
}

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database is invalid.
    #[error("{0}")]
    Url(String),
    /// There is no SQLite file.
    #[error("there is no database at {0}")]
    Missing(String),
    /// The file is not an SQLite database.
    #[error("{0} is not an SQLite database; set another --data-dir or --database-url, or move the file away")]
    NotADatabase(PathBuf),
    /// The folder of the database, or a file in it, cannot be created or written.
    #[error("cannot write to {path}: {reason}")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// The error of the operating system.
        reason: std::io::Error,
    },
    /// The database server cannot be reached, or refuses the connection.
    #[error("cannot use {url}: {reason}")]
    Unreachable {
        /// Its address, without the password.
        url: String,
        /// The cause.
        reason: String,
    },
    /// The database has the tables of another program.
    #[error("{0} has the tables of another program; set another --data-dir or --database-url")]
    Foreign(String),
    /// The database was written by a newer version of this program, or by a version with other tables.
    #[error("{0} was written by another version of this program; use that one")]
    OtherVersion(String),
    /// The file, or the folder in which SQLite stores its log, cannot be written.
    #[error(
        "{0} or its folder is read-only; SQLite needs a log next to it even for reading, so copy it to another folder first"
    )]
    ReadOnly(PathBuf),
    /// Another program has been writing to the file for too long.
    #[error("another program is writing to {0}, for example an import; try again when it has finished")]
    Busy(PathBuf),
    /// The file is damaged, or cannot be opened.
    #[error("the database {path} cannot be used: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// A statement needs more memory than the client may use.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// Reading has taken too long.
    #[error("reading took longer than {} seconds", TIME_LIMIT.as_secs())]
    TimedOut,
    /// The store is shutting down.
    #[error("the database is closed")]
    Closed,
    /// The database cannot be reached, or no connection becomes free in time, or the connection broke before the commit.
    /// Nothing was committed, and the same operation may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection broke during a `COMMIT`. It is not known whether the transaction is committed.
    #[error("{0}")]
    CommitUnknown(String),
    /// A statement failed on SQLite.
    #[error("SQLite: {}", cause::of_rusqlite(.0))]
    Sqlite(#[source] rusqlite::Error),
    /// A statement failed on PostgreSQL, or the connection broke.
    #[error("PostgreSQL: {}", cause::of_sqlx(.0))]
    Postgres(#[source] sqlx::Error),
    /// A statement failed on a connection for writes.
    #[error("the database could not be read or written: {}", cause(.0))]
    Writer(#[source] sea_orm::DbErr),
}
