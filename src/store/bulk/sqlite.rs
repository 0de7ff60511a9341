//! [`BulkDatabase`] for SQLite, on threads for blocking work.

use std::{
    num::NonZero,
    panic::resume_unwind,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, types::ValueRef};
use tokio::{
    sync::mpsc::{Receiver, Sender},
    task::JoinError,
};

use super::{
    BulkDatabase, BulkError,
    rows::{Batch, Value},
    table::{Column, Kind, Table},
};
use crate::store::{
    StoreError,
    connect::{file, migrate::MIGRATIONS, open::BUSY_TIMEOUT},
    reading::revision,
};

/// The statement that lists the tables, without internal and virtual ones.
const TABLES: &str =
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
    ORDER BY name";

/// The statement that lists the columns of a table, without computed ones.
const COLUMNS: &str = "SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid";

/// The statement that lists the indexes that belong to no constraint, each with the statements that drop and create it.
const INDEXES: &str = r#"
SELECT tbl_name AS "table", printf('DROP INDEX "%w"', name) AS "drop", sql AS "create"
FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"#;

/// The page cache while tables are filled and checked, in KiB. Rows arrive in the order of their keys, so few pages are
/// written twice.
const USUAL_CACHE: i32 = 65_536;

/// The page cache while indexes are created, in KiB. SQLite splits the entries into runs of this size, which several threads
/// sort in parallel (<https://www.sqlite.org/pragma.html#pragma_threads>), so small runs are faster.
const SORTING_CACHE: i32 = 8_192;

/// A database with an open transaction.
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    /// The statements that create the dropped indexes again.
    indexes: Vec<String>,
    /// True if foreign keys are checked at the end.
    checks_foreign_keys: bool,
}

impl Sqlite {
    pub async fn source(path: &Path) -> Result<Self, BulkError> {
        // The snapshot begins with the first read, so the last statement reads something.
        let reading = "PRAGMA query_only = ON; BEGIN; SELECT COUNT(*) FROM sqlite_master";
        Self::begin(path, false, |connection| connection.execute_batch(reading)).await
    }

    pub async fn target(path: &Path) -> Result<Self, BulkError> {
        Self::begin(path, true, begin_filling).await
    }

    /// Opens a database to publish in it. The caller must have checked the foreign keys.
    pub async fn publishing(path: &Path) -> Result<Self, BulkError> {
        let begin = |connection: &Connection| {
            if connection.query_row(revision::LATEST, (), |_| Ok(())).optional()?.is_none() {
                // The rollback journal of an empty database is short, but the write-ahead log would store all rows a
                // second time. The change fails if other processes use the database, which then stays in WAL mode.
                let _ = connection.pragma_update(None, "journal_mode", "DELETE");
            }
            begin_filling(connection)
        };
        Self::begin(path, false, begin).await
    }

    async fn begin(
        path: &Path,
        checks_foreign_keys: bool,
        begin: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<Self, BulkError> {
        let path = path.to_owned();
        blocking(move || {
            let opened = || {
                let connection =
                    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
                connection.busy_timeout(BUSY_TIMEOUT)?;
                begin(&connection)?;
                Ok(connection)
            };
            let connection = opened().map_err(|error| file::unusable(&path, &error))?;
            Ok(Self { connection: Arc::new(Mutex::new(connection)), indexes: Vec::new(), checks_foreign_keys })
        })
        .await
    }

    /// Calls `work` with the connection on a thread for blocking work.
    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, BulkError> + Send + 'static,
    ) -> Result<T, BulkError> {
        let connection = Arc::clone(&self.connection);
        blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

/// Calls `work` on a thread for blocking work.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BulkError> + Send + 'static) -> Result<T, BulkError> {
    match tokio::task::spawn_blocking(work).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => resume_unwind(panic),
        Err(Err(_)) => Err(BulkError::Store(StoreError::Closed)),
    }
}

/// Begins the transaction. With a rollback journal, `BEGIN EXCLUSIVE` fails if another process is reading, and processes
/// that open the database later wait for the end of the transaction. With the write-ahead log, readers continue.
fn begin_filling(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -{USUAL_CACHE}; BEGIN EXCLUSIVE"))
}

impl BulkDatabase for Sqlite {
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError> {
        self.on_thread(|connection| {
            let names: Vec<String> =
                connection.prepare(TABLES)?.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut columns = connection.prepare(COLUMNS)?;
            let described = |name: String| {
                let found = columns.query_map([&name], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
                let column = |(name, ty): (String, String)| Column { kind: kind(&ty), name, width: 8 };
                Ok(Table { columns: found.map(|found| found.map(column)).collect::<Result<_, _>>()?, name })
            };
            names.into_iter().filter(|name| name != MIGRATIONS).map(described).collect()
        })
        .await
    }

    async fn count(&mut self, table: &Table) -> Result<u64, BulkError> {
        let sql = format!("SELECT COUNT(*) FROM {}", table.quoted());
        let count: i64 = self.on_thread(move |connection| Ok(connection.query_row(&sql, (), |row| row.get(0))?)).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError> {
        let table = table.clone();
        self.on_thread(move |connection| read(connection, &table, &rows)).await
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        let tables = tables.to_vec();
        self.indexes = self
            .on_thread(move |connection| {
                for table in &tables {
                    connection.execute(&format!("DELETE FROM {}", table.quoted()), ())?;
                }
                // Creating the indexes again at the end takes a fraction of the time of updating them for each row.
                let mut found = connection.prepare(INDEXES)?;
                let indexes = found.query_map((), |row| Ok((row.get("table")?, row.get("drop")?, row.get("create")?)))?;
                let mut indexes: Vec<(String, String, String)> = indexes.collect::<Result<_, _>>()?;
                indexes.retain(|(table, ..)| tables.iter().any(|other| other.name == *table));
                for (_, drop, _) in &indexes {
                    connection.execute(drop, ())?;
                }
                Ok(indexes.into_iter().map(|(.., create)| create).collect())
            })
            .await?;
        Ok(())
    }

    async fn write(&mut self, table: &Table, rows: Receiver<Batch>) -> Result<(), BulkError> {
        let table = table.clone();
        self.on_thread(move |connection| write(connection, &table, rows)).await
    }

    async fn restore(&mut self, _: &[Table]) -> Result<(), BulkError> {
        let (indexes, checks_foreign_keys) = (std::mem::take(&mut self.indexes), self.checks_foreign_keys);
        self.on_thread(move |connection| {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            connection.execute_batch(&format!("PRAGMA cache_size = -{SORTING_CACHE}; PRAGMA threads = {cores}"))?;
            for sql in indexes {
                connection.execute(&sql, ())?;
            }
            if !checks_foreign_keys {
                return Ok(());
            }
            connection.execute_batch(&format!("PRAGMA cache_size = -{USUAL_CACHE}"))?;
            let mut check = connection.prepare("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1")?;
            let mut broken = check.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
            match broken.next().transpose()? {
                Some((table, parent)) => Err(BulkError::Dangling { table, parent }),
                None => Ok(()),
            }
        })
        .await
    }

    async fn roll_back(self) -> Result<(), BulkError> {
        self.on_thread(|connection| Ok(connection.execute_batch("ROLLBACK")?)).await
    }

    async fn commit(self) -> Result<(), BulkError> {
        self.on_thread(|connection| {
            connection.execute_batch("COMMIT")?;
            // If this fails, the next process that connects sets WAL mode.
            let _ = connection.pragma_update(None, "journal_mode", "WAL");
            Ok(())
        })
        .await
    }
}

/// Returns the type of the values of a column by its declared type. The rules are similar to those of SQLite
/// (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>), with one more for booleans. Any other
/// declared type means text.
fn kind(declared: &str) -> Kind {
    let declared = declared.to_ascii_lowercase();
    let has = |part: &str| declared.contains(part);
    match () {
        () if has("bool") => Kind::Boolean,
        () if has("blob") => Kind::Bytes,
        () if has("int") => Kind::Int,
        () if has("real") || has("floa") || has("doub") => Kind::Float,
        () => Kind::Text,
    }
}

fn read(connection: &Connection, table: &Table, rows: &Sender<Batch>) -> Result<(), BulkError> {
    let mut statement = connection.prepare(&format!("SELECT {} FROM {}", table.columns(), table.quoted()))?;
    let mut found = statement.query(())?;
    let mut batch = Batch::default();
    while let Some(row) = found.next()? {
        let values = table.columns.iter().enumerate().map(|(at, column)| value(row.get_ref(at)?, table, column));
        batch.push_row(values.collect::<Result<Vec<_>, _>>()?.into_iter());
        if batch.is_full() {
            rows.blocking_send(std::mem::take(&mut batch)).map_err(|_| BulkError::Stopped)?;
        }
    }
    if batch.is_empty() { Ok(()) } else { rows.blocking_send(batch).map_err(|_| BulkError::Stopped) }
}

#[expect(clippy::cast_precision_loss, reason = "SQLite stores whole floats as integers, up to 2^47")]
fn value<'r>(found: ValueRef<'r>, table: &Table, column: &Column) -> Result<Value<'r>, BulkError> {
    let value = match (found, column.kind) {
        (ValueRef::Null, _) => Some(Value::Null),
        (ValueRef::Integer(number), Kind::Int) => Some(Value::Int(number)),
        (ValueRef::Integer(number), Kind::Float) => Some(Value::Float(number as f64)),
        (ValueRef::Integer(number @ 0..=1), Kind::Boolean) => Some(Value::Boolean(number == 1)),
        (ValueRef::Real(number), Kind::Float) => Some(Value::Float(number)),
        (ValueRef::Blob(bytes), Kind::Bytes) => Some(Value::Bytes(bytes)),
        (ValueRef::Text(bytes), Kind::Text) => std::str::from_utf8(bytes).ok().map(Value::Text),
        _ => None,
    };
    value.ok_or_else(|| BulkError::value(table, column))
}

fn write(connection: &Connection, table: &Table, mut rows: Receiver<Batch>) -> Result<(), BulkError> {
    let placeholders = vec!["?"; table.columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({placeholders})", table.quoted(), table.columns());
    let mut insert = connection.prepare(&sql)?;
    while let Some(batch) = rows.blocking_recv() {
        for row in batch.rows() {
            for (at, (field, column)) in row.zip(&table.columns).enumerate() {
                let wrong = |_| BulkError::value(table, column);
                match (field, column.kind) {
                    (None, _) => insert.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
                    (Some(bytes), Kind::Int) => {
                        insert.raw_bind_parameter(at + 1, i64::from_be_bytes(bytes.try_into().map_err(wrong)?))?;
                    }
                    (Some(bytes), Kind::Float) => {
                        insert.raw_bind_parameter(at + 1, f64::from_be_bytes(bytes.try_into().map_err(wrong)?))?;
                    }
                    (Some(bytes), Kind::Boolean) => insert.raw_bind_parameter(at + 1, bytes == [1])?,
                    (Some(bytes), Kind::Bytes) => insert.raw_bind_parameter(at + 1, bytes)?,
                    (Some(bytes), Kind::Text) => {
                        let text = std::str::from_utf8(bytes).map_err(|_| BulkError::value(table, column))?;
                        insert.raw_bind_parameter(at + 1, text)?;
                    }
                }
            }
            insert.raw_execute()?;
        }
    }
    Ok(())
}
