//! Opening a database: what must hold before its tables are touched, and bringing them up to date.

use std::{
    fs,
    io::Read as _,
    path::Path,
    str::FromStr as _,
    time::{Duration, Instant},
};

use rusqlite::OpenFlags;
use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use sea_orm_migration::MigratorTrait;
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use super::{DatabaseUrl, Reader, SqliteReader, Store, StoreError, TIME_LIMIT};

/// How many readers of an embedded database may run at once: more than the cores of most machines, few enough for memory.
const SQLITE_READERS: usize = 16;

/// How many connections a process holds to PostgreSQL for reading at most.
const POSTGRES_READERS: u32 = 16;

/// How many connections a process holds to PostgreSQL for writing at most.
const POSTGRES_WRITERS: u32 = 2;

/// How long to wait for a connection before saying that the database cannot be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Key of the advisory lock under which tables are made: "dermagra" in ASCII.
const MIGRATION_LOCK: i64 = 0x6465_726d_6167_7261;

/// The table in which migrations are noted.
const MIGRATIONS: &str = "seaql_migrations";

impl Store {
    /// Connects, creating an SQLite file and its folder when there is none, and brings the tables up to date. Several
    /// processes may do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached, is something else or newer than this program, or a migration fails. A database that
    /// is not ours is left as it was.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(url, path).await,
            DatabaseUrl::Postgres(address) => open_postgres(url, address).await,
        }
    }
}

async fn open_sqlite(url: &DatabaseUrl, path: &Path) -> Result<Store, StoreError> {
    prepare_file(path)?;
    let _lock = lock_tables(path).await?;
    let (tables, applied) = look_into(path)?;
    check(url, &tables, &applied)?;
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(CONNECT_TIMEOUT).foreign_keys(true);
    // Making an index of a million rows takes a while, and there is nothing to warn of.
    let options = options.disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
    let pool = pool.connect_with(options).await.map_err(|error| unusable(path, &error))?;
    let writer = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    dermagraph_migration::Migrator::up(&writer, None).await?;
    let reader = Reader::Sqlite(SqliteReader::open(path, SQLITE_READERS)?);
    Ok(Store { writer, reader })
}

/// Waits until no other process makes the tables of this SQLite database, which serialises transactions and not migrations. The
/// lock is given back when the file is dropped.
async fn lock_tables(path: &Path) -> Result<fs::File, StoreError> {
    let refused = |reason| StoreError::Folder { path: path.to_owned(), reason };
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = fs::File::options().create(true).truncate(false).write(true).open(Path::new(&name)).map_err(refused)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(reason)) => return Err(refused(reason)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() > CONNECT_TIMEOUT => {
                return Err(refused(std::io::ErrorKind::TimedOut.into()));
            }
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The tables of an SQLite database, and the migrations noted in it.
fn look_into(path: &Path) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let look = || -> rusqlite::Result<_> {
        let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(CONNECT_TIMEOUT)?;
        let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
            connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
        };
        let tables = texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
        let noted = tables.iter().any(|table| table == MIGRATIONS);
        let applied = if noted { texts("SELECT version FROM seaql_migrations")? } else { Vec::new() };
        Ok((connection.is_readonly("main")?, tables, applied))
    };
    match look() {
        Ok((true, ..)) => Err(StoreError::ReadOnly(path.to_owned())),
        Ok((false, tables, applied)) => Ok((tables, applied)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            Err(StoreError::NotADatabase(path.to_owned()))
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

async fn open_postgres(url: &DatabaseUrl, address: &str) -> Result<Store, StoreError> {
    let unreachable = |reason: String| StoreError::Unreachable { url: url.to_string(), reason };
    let failed = |error: sqlx::Error| unreachable(error.to_string());
    let options = PgConnectOptions::from_str(address).map_err(failed)?.application_name("dermagraph");
    // One connection without a pool first, since a pool says of every failure only that it has waited.
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
    let waited = |_| unreachable(format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs()));
    let mut connection = connected.map_err(waited)?.map_err(failed)?;
    // Held until this connection ends, so that several processes make the tables one after the other.
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut connection).await.map_err(failed)?;
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.map_err(failed)?;
    let applied = if tables.iter().any(|table| table == MIGRATIONS) {
        let applied = sqlx::query_scalar("SELECT version::text FROM seaql_migrations");
        applied.fetch_all(&mut connection).await.map_err(failed)?
    } else {
        Vec::new()
    };
    check(url, &tables, &applied)?;
    let pool = |connections| PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECT_TIMEOUT);
    let writer = options.clone().disable_statement_logging();
    let writer = pool(POSTGRES_WRITERS).connect_with(writer).await.map_err(failed)?;
    let writer = SqlxPostgresConnector::from_sqlx_postgres_pool(writer);
    dermagraph_migration::Migrator::up(&writer, None).await?;
    let limit = TIME_LIMIT.as_millis().to_string();
    let reader =
        pool(POSTGRES_READERS).connect_with(options.options([("statement_timeout", limit)])).await.map_err(failed)?;
    // It has done its work; how it ends does not matter.
    let _ = connection.close().await;
    Ok(Store { writer, reader: Reader::Postgres(reader) })
}

/// Refuses a database that is not ours, and one that a newer version of this program has written.
fn check(url: &DatabaseUrl, tables: &[String], applied: &[String]) -> Result<(), StoreError> {
    if !tables.is_empty() && !tables.iter().any(|table| table == MIGRATIONS) {
        return Err(StoreError::Foreign(url.to_string()));
    }
    let known: Vec<String> =
        dermagraph_migration::Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if applied.iter().all(|version| known.contains(version)) { Ok(()) } else { Err(StoreError::Newer(url.to_string())) }
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), reason: error.to_string() }
}

/// Makes the folder, and refuses a file that is something else before any driver touches it.
fn prepare_file(path: &Path) -> Result<(), StoreError> {
    /// First bytes of a database file: <https://www.sqlite.org/fileformat.html#magic_header_string>.
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let refused = |reason| StoreError::Folder { path: folder.to_owned(), reason };
    fs::create_dir_all(folder).map_err(refused)?;
    let mut head = Vec::with_capacity(MAGIC.len());
    let read = fs::File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut head));
    match read {
        Ok(_) if head.is_empty() || head == MAGIC => Ok(()),
        Ok(_) => Err(StoreError::NotADatabase(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match fs::File::create_new(path) {
            // Another process may have made it in the meantime.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(refused(error)),
            _ => Ok(()),
        },
        Err(reason) => Err(StoreError::Folder { path: path.to_owned(), reason }),
    }
}
