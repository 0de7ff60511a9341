//! Reading from SQLite on the serving thread, through rusqlite.
//!
//! Each snapshot has a connection of its own with an open read transaction. Statements run on the calling thread.

use std::{
    ffi::CStr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use rusqlite::{
    CachedStatement, Connection, OpenFlags, OptionalExtension as _,
    functions::FunctionFlags,
    params_from_iter,
    types::{ToSql, ToSqlOutput, Value, ValueRef},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    facet_counts,
    fold::fold,
    preview::{self, Preview},
    revision,
    statement::{Cell, Param, Read, Rows, Statement},
};
use crate::store::{RevisionStamp, StoreError, Until, connect::file};

/// Bytes of a database file that a connection reads through a mapping.
pub(in crate::store) const MAPPED_BYTES: u64 = 1 << 30;

/// Size of the page cache of a connection, in KiB.
pub(in crate::store) const CACHED_KIBIBYTES: u32 = 16 * 1024;

/// Prepared statements per connection. An operation uses about ten, and clients repeat their operations.
const PREPARED_STATEMENTS: usize = 256;

/// The type of pointers to arrays (<https://docs.rs/rusqlite/latest/rusqlite/vtab/array/>).
const ARRAY: &CStr = c"rarray";

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
    idle: Mutex<Vec<Connection>>,
    /// One permit for each snapshot.
    permits: Arc<Semaphore>,
}

impl SqliteReader {
    /// Opens a database file, which must exist, for at most `max` concurrent snapshots.
    ///
    /// # Errors
    /// If the file cannot be opened, or is not a database.
    pub fn open(path: &Path, max: usize) -> Result<Self, StoreError> {
        let identity = file::identity(path);
        let (idle, permits) = (Mutex::new(vec![open(path)?]), Arc::new(Semaphore::new(max)));
        Ok(Self(Arc::new(Pool { path: path.to_owned(), identity, replaced: AtomicBool::new(false), idle, permits })))
    }

    /// Begins a read transaction.
    ///
    /// # Errors
    /// If all connections are in use until the deadline, or the database cannot be opened.
    pub async fn snapshot(&self, until: Until) -> Result<SqliteSnapshot, StoreError> {
        let permit = self.permit(until.deadline).await?;
        let connection = self.0.take()?;
        connection.execute_batch("BEGIN").map_err(StoreError::Sqlite)?;
        self.begun(connection, until, permit, false)
    }

    /// Begins a transaction, repeats the statements of a preview in it, and reads in it. Returns `None` if the statements are
    /// based on an earlier revision.
    ///
    /// # Errors
    /// Those of [`Self::snapshot`]; also if the database stays locked, or a statement fails.
    pub async fn preview(&self, until: Until, preview: &Preview) -> Result<Option<SqliteSnapshot>, StoreError> {
        let permit = self.permit(until.deadline).await?;
        let connection = open(&self.0.path)?;
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
        self.begun(connection, until, permit, true).map(Some)
    }

    async fn permit(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
        let permit = tokio::time::timeout_at(deadline.into(), Arc::clone(&self.0.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| StoreError::Unavailable("all its connections are in use".to_owned()))?;
        permit.map_err(|_| StoreError::Closed)
    }

    fn begun(
        &self,
        connection: Connection,
        Until { cancelled, deadline }: Until,
        permit: OwnedSemaphorePermit,
        writes: bool,
    ) -> Result<SqliteSnapshot, StoreError> {
        let expired = move || cancelled.is_cancelled() || Instant::now() > deadline;
        connection.progress_handler(INSTRUCTIONS_PER_CHECK, Some(expired)).map_err(StoreError::Sqlite)?;
        Ok(SqliteSnapshot { connection: Some(connection), pool: Arc::clone(&self.0), writes, _permit: permit })
    }

    /// Reads the latest revision. This takes only microseconds, so it needs no permit.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn latest(&self) -> Result<RevisionStamp, StoreError> {
        let connection = self.0.take()?;
        let stamp = latest(&connection)?;
        self.0.put_back(connection);
        Ok(stamp)
    }
}

fn latest(connection: &Connection) -> Result<RevisionStamp, StoreError> {
    let stamp = connection.prepare_cached(revision::LATEST).and_then(|mut prepared| {
        prepared.query_row((), |row| Ok(RevisionStamp::new(row.get(0)?, row.get_ref(1)?.as_str()?))).optional()
    });
    Ok(stamp.map_err(StoreError::Sqlite)?.unwrap_or_default())
}

impl Pool {
    /// Returns an idle connection, or a new one.
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| open(&self.path), Ok)?;
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

    fn put_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A read transaction on a connection. All statements see the database as it was at the first statement. A statement that
/// runs at the deadline is stopped.
pub struct SqliteSnapshot {
    /// `Some` until the snapshot is dropped.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// True if the transaction has written. Then the connection is closed, which rolls the transaction back.
    writes: bool,
    _permit: OwnedSemaphorePermit,
}

impl SqliteSnapshot {
    /// Runs a statement.
    ///
    /// # Errors
    /// [`StoreError::TimedOut`] at the deadline; other errors if the statement fails.
    pub fn rows(&mut self, statement: &Statement) -> Result<Rows, StoreError> {
        let connection = self.connection.as_ref().ok_or(StoreError::Closed)?;
        read(connection, statement).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => StoreError::TimedOut,
            _ => StoreError::Sqlite(error),
        })
    }
}

impl Drop for SqliteSnapshot {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.writes)
            && connection.progress_handler(0, None::<fn() -> bool>).is_ok()
            // A connection whose transaction cannot be ended is closed.
            && connection.execute_batch("COMMIT").is_ok()
        {
            self.pool.put_back(connection);
        }
    }
}

fn read(connection: &Connection, statement: &Statement) -> rusqlite::Result<Rows> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let mut rows = Rows::new(statement.reads.len());
    let mut each = None;
    for (number, param) in (1..).zip(&statement.params) {
        match param {
            Param::RunForEach(values) => each = Some((number, values)),
            param => prepared.raw_bind_parameter(number, param)?,
        }
    }
    let Some((number, values)) = each else {
        collect(&mut prepared, &statement.reads, &mut rows)?;
        return Ok(rows);
    };
    for value in values {
        prepared.raw_bind_parameter(number, value)?;
        collect(&mut prepared, &statement.reads, &mut rows)?;
    }
    Ok(rows)
}

/// Runs a statement whose placeholders are bound, and appends its rows.
fn collect(prepared: &mut CachedStatement<'_>, reads: &[Read], rows: &mut Rows) -> rusqlite::Result<()> {
    let mut found = prepared.raw_query();
    while let Some(row) = found.next()? {
        for (column, read) in reads.iter().enumerate() {
            match (row.get_ref(column)?, read) {
                (ValueRef::Null, _) => rows.push(Cell::Null),
                (ValueRef::Integer(value), Read::Boolean) => rows.push(Cell::Boolean(value != 0)),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "SQLite stores whole floats as integers; content is far below 2^53"
                )]
                (ValueRef::Integer(value), Read::Float) => rows.push(Cell::Float(value as f64)),
                (ValueRef::Integer(value), _) => rows.push(Cell::Int(value)),
                (ValueRef::Real(value), _) => rows.push(Cell::Float(value)),
                (ValueRef::Blob(bytes), Read::Bytes) => rows.push_bytes(bytes),
                // Only a damaged database has bytes that are not UTF-8.
                (ValueRef::Text(bytes) | ValueRef::Blob(bytes), _) => rows.push_text(std::str::from_utf8(bytes)?),
            }
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(
            &format!(
                "PRAGMA journal_mode = WAL; PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = {MAPPED_BYTES};
                 PRAGMA cache_size = -{CACHED_KIBIBYTES}; PRAGMA temp_store = MEMORY;"
            ),
        )?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        rusqlite::vtab::array::load_module(&connection)?;
        connection.create_scalar_function(
            "fold",
            1,
            FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
            |context| Ok(context.get_raw(0).as_str_or_null()?.map(fold)),
        )?;
        facet_counts::register(&connection)?;
        Ok(connection)
    };
    prepare().map_err(|error| file::unusable(path, &error))
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Int(value) => ToSqlOutput::from(*value),
            Self::Float(value) => ToSqlOutput::from(*value),
            Self::Boolean(value) => ToSqlOutput::from(*value),
            Self::Text(value) => ToSqlOutput::from(value.as_str()),
            Self::Ints(values) | Self::RunForEach(values) => ToSqlOutput::from(json_text(values)?),
            Self::SharedInts(values) => {
                let values: Vec<Value> = values.iter().copied().map(Value::Integer).collect();
                // `ToSqlOutput::from_rc` of rusqlite 0.39 frees the pointer as a value of another type: it does not free the
                // values, and passes a wrong size to the allocator.
                ToSqlOutput::new_boxed(values, ARRAY)
            }
            Self::Texts(values) => ToSqlOutput::from(json_text(values)?),
        })
    }
}

fn json_text(values: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(values).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rusqlite::StatementStatus;

    use super::*;

    /// Creates an empty database. It is removed when the folder is dropped.
    fn database() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        drop(Connection::open(&path).expect("a database"));
        (folder, path)
    }

    #[test]
    fn an_array_is_freed_when_its_statement_is_bound_again() {
        let (_folder, path) = database();
        let connection = open(&path).expect("a database");
        let statement = |length: i64| {
            let numbers = Param::SharedInts((0..length).collect());
            Statement::new("SELECT count(*) FROM rarray(?)", vec![numbers], [Read::Int])
        };
        let run = |length| read(&connection, &statement(length)).expect("a row");
        run(1);
        let memory = allocation_counter::measure(|| {
            for _ in 0..10 {
                run(10_000);
            }
            run(1);
        });
        assert!(memory.bytes_max > 10_000 * 8, "{memory:?}");
        assert!(memory.bytes_current.abs() < 1000, "{memory:?}");
    }

    #[test]
    fn a_connection_keeps_256_statements() {
        let (_folder, path) = database();
        let connection = open(&path).expect("a database");
        // How often a cached statement was run before.
        let run = |number: usize| {
            let mut statement = connection.prepare_cached(&format!("SELECT {number}")).expect("a statement");
            let runs = statement.get_status(StatementStatus::Run);
            statement.query_row((), |row| row.get::<_, i64>(0)).expect("a row");
            runs
        };
        let all = PREPARED_STATEMENTS;
        assert!((0..all).all(|number| run(number) == 0));
        assert_eq!((run(0), run(all)), (1, 0));
        assert_eq!((run(0), run(1)), (2, 0), "the one that was not used for the longest time was closed");
    }

    #[tokio::test]
    async fn a_reader_without_a_connection_is_refused_at_its_deadline() {
        let (_folder, path) = database();
        let reader = SqliteReader::open(&path, 2).expect("a database");
        let soon = || Until { deadline: Instant::now() + Duration::from_millis(50), ..Until::default() };
        let held = [reader.snapshot(Until::default()).await, reader.snapshot(Until::default()).await];
        assert!(held.iter().all(Result::is_ok));
        assert!(matches!(reader.snapshot(soon()).await, Err(StoreError::Unavailable(_))));
        drop(held);
        assert!(reader.snapshot(soon()).await.is_ok());
    }
}
