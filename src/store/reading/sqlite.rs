//! Reading from SQLite, through rusqlite.
//!
//! Each snapshot has a connection of its own with an open read transaction. Statements run on the calling thread.
//!
//! Connections for reading many rows read the database file through a mapping into memory. Others do not, because SQLite
//! maps the file again after each publication, which takes longer than a short read.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use rusqlite::{ErrorCode, OptionalExtension as _, params_from_iter};

use super::{
    memory::{MemoryLimit, OutOfMemory, ReadReservation},
    preview::{self, Preview},
    received_rows::ReceivedRows,
    revision,
    sqlite_connection::{MAPPED_BYTES, ReadConnection, open, read},
    statement::Statement,
};
use crate::store::{
    ReadOptions, RevisionStamp, StoreError,
    connect::{
        file,
        read_permits::{ReadPermit, ReadPermits},
    },
};

/// Instructions of SQLite's virtual machine between two checks of the deadline. They take well below a millisecond.
const INSTRUCTIONS_PER_CHECK: i32 = 10_000;

/// Reads a database file.
#[derive(Clone)]
pub struct SqliteReader(Arc<Pool>);

struct Pool {
    path: PathBuf,
    /// The device and the inode of the file when it was opened.
    identity: Option<(u64, u64)>,
    /// True if the file at the path was replaced or removed. Each change is logged once.
    replaced: AtomicBool,
    /// Connections with a mapping.
    mapped: Mutex<Vec<ReadConnection>>,
    /// Connections without a mapping.
    unmapped: Mutex<Vec<ReadConnection>>,
    /// One permit for each snapshot.
    permits: ReadPermits,
}

impl SqliteReader {
    /// Opens a database file, which must exist, for at most `max` concurrent snapshots.
    ///
    /// # Errors
    /// If the file cannot be opened, or is not a database.
    pub fn open(path: &Path, max: usize) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Pool {
            path: path.to_owned(),
            identity: file::identity(path),
            replaced: AtomicBool::new(false),
            mapped: Mutex::default(),
            unmapped: Mutex::new(vec![open(path, 0)?]),
            permits: ReadPermits::new(max),
        })))
    }

    /// Begins a read transaction.
    ///
    /// # Errors
    /// If all connections are in use until the deadline, or the database cannot be opened.
    pub async fn snapshot(&self, options: ReadOptions) -> Result<SqliteSnapshot, StoreError> {
        let permit = self.0.permits.acquire(options.is_expensive, options.deadline).await?;
        let mapped = options.reads_many_rows;
        let connection = self.0.take(mapped)?;
        connection.execute_batch("BEGIN").map_err(StoreError::Sqlite)?;
        self.begun(connection, options, permit, Some(mapped))
    }

    /// Begins a transaction, repeats the statements of a preview in it, and reads in it. Returns `None` if the statements
    /// are based on an earlier revision.
    ///
    /// # Errors
    /// Those of [`Self::snapshot`]; also if the database stays locked, or a statement fails.
    pub async fn preview(&self, options: ReadOptions, preview: &Preview) -> Result<Option<SqliteSnapshot>, StoreError> {
        let permit = self.0.permits.acquire(options.is_expensive, options.deadline).await?;
        let connection = open(&self.0.path, MAPPED_BYTES)?;
        connection.execute_batch("PRAGMA query_only = OFF; BEGIN IMMEDIATE").map_err(StoreError::Sqlite)?;
        self.0.check_identity()?;
        let latest = connection.query_row(revision::LATEST, (), |row| row.get(0)).optional().map_err(StoreError::Sqlite)?;
        if !preview.is_based_on(latest) {
            return Ok(None);
        }
        for statement in &preview.statements {
            let values = preview::sqlite_values(statement)?;
            connection.execute(&statement.sql, params_from_iter(values)).map_err(StoreError::Sqlite)?;
        }
        self.begun(connection, options, permit, None).map(Some)
    }

    fn begun(
        &self,
        connection: ReadConnection,
        ReadOptions { cancelled, deadline, memory, .. }: ReadOptions,
        permit: ReadPermit,
        mapped: Option<bool>,
    ) -> Result<SqliteSnapshot, StoreError> {
        let expired = move || cancelled.is_cancelled() || Instant::now() > deadline;
        connection.progress_handler(INSTRUCTIONS_PER_CHECK, Some(expired)).map_err(StoreError::Sqlite)?;
        Ok(SqliteSnapshot { connection: Some(connection), pool: Arc::clone(&self.0), mapped, memory, _permit: permit })
    }

    /// Reads the latest revision. This takes only microseconds, so it needs no permit.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn latest(&self) -> Result<RevisionStamp, StoreError> {
        let connection = self.0.take(false)?;
        let stamp = connection.prepare_cached(revision::LATEST).and_then(|mut prepared| {
            prepared.query_row((), |row| Ok(RevisionStamp::new(row.get(0)?, row.get_ref(1)?.as_str()?))).optional()
        });
        let stamp = stamp.map_err(StoreError::Sqlite)?;
        self.0.idle(false).push(connection);
        Ok(stamp.unwrap_or_default())
    }
}

impl Pool {
    /// Returns the idle connections with a mapping, or those without.
    fn idle(&self, mapped: bool) -> MutexGuard<'_, Vec<ReadConnection>> {
        let idle = if mapped { &self.mapped } else { &self.unmapped };
        idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns an idle connection, or a new one.
    fn take(&self, mapped: bool) -> Result<ReadConnection, StoreError> {
        let idle = self.idle(mapped).pop();
        let connection = idle.map_or_else(|| open(&self.path, if mapped { MAPPED_BYTES } else { 0 }), Ok)?;
        // Checked after opening, because the path may lead to another file.
        self.check_identity()?;
        Ok(connection)
    }

    /// Checks that the file at the path is still the one that was opened. Otherwise some connections would read the old
    /// file, and imports would write to the new one.
    fn check_identity(&self) -> Result<(), StoreError> {
        let same = file::identity(&self.path) == self.identity;
        if self.replaced.swap(!same, Ordering::Relaxed) == same {
            let path = self.path.display().to_string();
            if same {
                tracing::warn!(path, "the original database file is at its path again");
            } else {
                tracing::error!(path, "the database file was replaced or removed; restart the service to use the new one");
            }
        }
        if same {
            Ok(())
        } else {
            Err(StoreError::Unavailable("its file was replaced or removed; restart the service".to_owned()))
        }
    }
}

/// A read transaction on a connection. All statements see the database as it was at the first statement. A statement that
/// runs at the deadline is stopped.
pub struct SqliteSnapshot {
    /// `Some` until the snapshot is dropped.
    connection: Option<ReadConnection>,
    pool: Arc<Pool>,
    /// Whether the connection has a mapping. `None` if the transaction has written: then the connection is closed, which
    /// rolls the transaction back.
    mapped: Option<bool>,
    /// The limit of the memory for the counts of facets; `None` for no limit.
    memory: Option<Arc<dyn MemoryLimit>>,
    _permit: ReadPermit,
}

impl SqliteSnapshot {
    /// Runs a statement, and receives its rows.
    ///
    /// # Errors
    /// [`StoreError::TimedOut`] at the deadline, [`StoreError::OutOfMemory`] if there is no memory for the counts of facets;
    /// other errors if the statement fails.
    pub fn read(&mut self, statement: &Statement, received: &mut ReceivedRows<'_>) -> Result<(), StoreError> {
        let connection = self.connection.as_ref().ok_or(StoreError::Closed)?;
        connection.counts.replace(ReadReservation::new(self.memory.clone()));
        let result = read(connection, statement, received);
        connection.counts.replace(ReadReservation::default());
        result.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => StoreError::TimedOut,
            Some(ErrorCode::TooBig) => OutOfMemory.into(),
            _ => StoreError::Sqlite(error),
        })
    }
}

impl Drop for SqliteSnapshot {
    fn drop(&mut self) {
        if let (Some(connection), Some(mapped)) = (self.connection.take(), self.mapped)
            && connection.progress_handler(0, None::<fn() -> bool>).is_ok()
            // A connection whose transaction cannot be ended is closed.
            && connection.execute_batch("COMMIT").is_ok()
        {
            self.pool.idle(mapped).push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::reading::{
        sqlite_connection::tests::database,
        statement::{Cell, Read},
    };

    #[tokio::test]
    async fn only_reads_of_many_rows_map_the_file() {
        let (_folder, path) = database();
        let reader = SqliteReader::open(&path, 2).expect("a database");
        let mapped_bytes = async |reads_many_rows| {
            let options = ReadOptions { reads_many_rows, ..ReadOptions::default() };
            let mut snapshot = reader.snapshot(options).await.expect("a snapshot");
            let statement = Statement::new("PRAGMA mmap_size", Vec::new(), [Read::Int]);
            let mut received = ReceivedRows::whole(&statement);
            snapshot.read(&statement, &mut received).expect("a row");
            received.rows.cell(0, 0)
        };
        // The connections of the first two reads are used again.
        for _ in 0..2 {
            assert_eq!(mapped_bytes(false).await, Cell::Int(0));
            assert_eq!(mapped_bytes(true).await, Cell::Int(MAPPED_BYTES.cast_signed()));
        }
    }

    #[tokio::test]
    async fn a_reader_without_a_connection_is_refused_at_its_deadline() {
        let (_folder, path) = database();
        let reader = SqliteReader::open(&path, 2).expect("a database");
        let soon = || ReadOptions { deadline: Instant::now() + Duration::from_millis(50), ..ReadOptions::default() };
        let held = [reader.snapshot(ReadOptions::default()).await, reader.snapshot(ReadOptions::default()).await];
        assert!(held.iter().all(Result::is_ok));
        assert!(matches!(reader.snapshot(soon()).await, Err(StoreError::Unavailable(_))));
        drop(held);
        assert!(reader.snapshot(soon()).await.is_ok());
    }
}
