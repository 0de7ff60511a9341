//! A connection to an SQLite database for reading, through rusqlite. Statements run on the calling thread.

use std::{ffi::CStr, ops::Deref, path::Path};

use rusqlite::{
    CachedStatement, Connection, OpenFlags, StatementStatus,
    functions::FunctionFlags,
    types::{ToSql, ToSqlOutput, Value, ValueRef},
};

use super::{
    facet_counts::{self, CountsMemory},
    fold::fold,
    received_rows::ReceivedRows,
    statement::{Cell, Param, Read, Statement},
};
use crate::store::{StoreError, connect::file};

/// Bytes of a database file that a connection reads through a mapping.
pub(in crate::store) const MAPPED_BYTES: u64 = 1 << 30;

/// Size of the page cache of a connection, in KiB. A sort that needs more memory than this writes a temporary file, and so
/// does a temporary table that needs more than 2,000 KiB, the default of SQLite (`SQLITE_DEFAULT_CACHE_SIZE`).
pub(in crate::store) const CACHED_KIBIBYTES: u32 = 16 * 1024;

/// Prepared statements per connection. An operation uses about ten, and clients repeat their operations.
const PREPARED_STATEMENTS: usize = 128;

/// Memory of the longest statement that a connection stores, in bytes, as SQLite counts it (`SQLITE_STMTSTATUS_MEMUSED`).
/// The statements of pages have at most 46 KiB. One with many facets can have 330 KiB.
const MAX_PREPARED_BYTES: i32 = 48 * 1024;

/// The type of pointers to arrays (<https://docs.rs/rusqlite/latest/rusqlite/vtab/array/>).
const ARRAY: &CStr = c"rarray";

/// A connection for reading.
pub(super) struct ReadConnection {
    connection: Connection,
    /// The reservation for the counts of facets.
    pub counts: CountsMemory,
}

impl Deref for ReadConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Opens a database file, of which at most `mapped_bytes` bytes are read through a mapping into memory.
///
/// # Errors
/// If the file cannot be opened, or is not a database.
pub(super) fn open(path: &Path, mapped_bytes: u64) -> Result<ReadConnection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = || -> rusqlite::Result<ReadConnection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(
            &format!(
                "PRAGMA journal_mode = WAL; PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = {mapped_bytes};
                 PRAGMA cache_size = -{CACHED_KIBIBYTES}; PRAGMA temp_store = FILE;"
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
        let counts = CountsMemory::default();
        facet_counts::register(&connection, counts.clone())?;
        Ok(ReadConnection { connection, counts })
    };
    prepare().map_err(|error| file::unusable(path, &error))
}

/// Runs a statement, and receives its rows.
///
/// # Errors
/// If the statement fails.
pub(super) fn read(connection: &Connection, statement: &Statement, received: &mut ReceivedRows<'_>) -> rusqlite::Result<()> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let mut each = None;
    for (number, param) in (1..).zip(&statement.params) {
        match param {
            Param::RunForEach(values) => each = Some((number, values)),
            param => prepared.raw_bind_parameter(number, param)?,
        }
    }
    match each {
        None => collect(&mut prepared, &statement.reads, received)?,
        Some((number, values)) => {
            for value in values {
                prepared.raw_bind_parameter(number, value)?;
                collect(&mut prepared, &statement.reads, received)?;
            }
        }
    }
    if prepared.get_status(StatementStatus::MemUsed) > MAX_PREPARED_BYTES {
        prepared.discard();
    }
    Ok(())
}

/// Runs a statement whose placeholders are bound, and receives its rows.
fn collect(prepared: &mut CachedStatement<'_>, reads: &[Read], received: &mut ReceivedRows<'_>) -> rusqlite::Result<()> {
    let mut found = prepared.raw_query();
    while let Some(row) = found.next()? {
        let rows = &mut received.rows;
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
        received.end_row();
    }
    Ok(())
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
pub(super) mod tests {
    use std::path::PathBuf;

    use rusqlite::StatementStatus;

    use super::*;

    /// Creates an empty database. It is removed when the folder is dropped.
    pub(in crate::store::reading) fn database() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        drop(Connection::open(&path).expect("a database"));
        (folder, path)
    }

    #[test]
    fn an_array_is_freed_when_its_statement_is_bound_again() {
        let (_folder, path) = database();
        let connection = open(&path, MAPPED_BYTES).expect("a database");
        let statement = |length: i64| {
            let numbers = Param::SharedInts((0..length).collect());
            Statement::new("SELECT count(*) FROM rarray(?)", vec![numbers], [Read::Int])
        };
        let run = |length| {
            let statement = statement(length);
            read(&connection, &statement, &mut ReceivedRows::whole(&statement)).expect("a row");
        };
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
    fn a_connection_stores_128_statements() {
        let (_folder, path) = database();
        let connection = open(&path, MAPPED_BYTES).expect("a database");
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_sort_that_needs_much_memory_uses_a_temporary_file() {
        let (_folder, path) = database();
        let connection = open(&path, 0).expect("a database");
        let mut statement = connection
            .prepare(
                "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 20000)
                 SELECT randomblob(1000) FROM k ORDER BY 1",
            )
            .expect("a statement");
        // 20 MB are sorted before the first row is returned.
        let mut rows = statement.query(()).expect("rows");
        rows.next().expect("a row");
        let files = std::fs::read_dir("/proc/self/fd").expect("the open files").flatten();
        let mut files = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        assert!(files.any(|file| file.to_string_lossy().contains("etilqs_")));
    }

    #[test]
    fn a_statement_that_needs_much_memory_is_not_stored() {
        let (_folder, path) = database();
        let connection = open(&path, MAPPED_BYTES).expect("a database");
        let is_stored = |terms: usize| {
            let sql = format!("SELECT 1 {}", "+ random()".repeat(terms));
            let statement = Statement::new(sql.as_str(), Vec::new(), [Read::Int]);
            read(&connection, &statement, &mut ReceivedRows::whole(&statement)).expect("a row");
            connection.prepare_cached(&sql).expect("a statement").get_status(StatementStatus::Run) > 0
        };
        assert!(is_stored(10));
        assert!(!is_stored(900));
    }
}
