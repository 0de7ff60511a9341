//! Bringing the tables up to date, by one process at a time.

use std::path::Path;

use dermagraph_migration::{Migrator, MigratorTrait as _};
use rusqlite::OpenFlags;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::{
    DatabaseUrl, StoreError,
    connect::{postgres_writer, sqlite_writer},
    file,
    transaction::{begin_reading, begin_writing},
};

/// Key of the advisory lock under which tables are made: "dermagra" in ASCII. It is held by the transaction and not by the
/// session, which behind a pooler is nobody's own.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7234314190551741025)";

/// The table in which migrations are noted.
pub(super) const MIGRATIONS: &str = "seaql_migrations";

/// The tables of a PostgreSQL database that are not those of an extension.
pub(super) const POSTGRES_TABLES: &str = "SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p')
    AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// The tables of an SQLite database.
const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

/// The migrations that are noted.
const APPLIED: &str = "SELECT version FROM seaql_migrations";

/// Brings the tables of a database up to date, creating an SQLite file and its folder when there is none. Several processes may
/// do so at once; the others wait. Gives the migrations that were applied, in their order: none when there was nothing to do.
///
/// # Errors
/// When the database cannot be reached, is something else or newer than this program, or a migration fails. A database that is
/// not ours is left as it was. On PostgreSQL all are applied or none, on SQLite each as a whole.
pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) => migrate_sqlite(url, path).await,
        DatabaseUrl::Postgres(address) => {
            let writer = postgres_writer(url, address).await?;
            let applied = migrate_postgres(url, &writer).await;
            // A connection that does not close cleanly is closed by the end of the process.
            let _ = writer.close().await;
            applied
        }
    }
}

/// The migrations that a database lacks, in their order; none when its tables are up to date. Nothing is changed, and an SQLite
/// file that is not there is not made.
///
/// # Errors
/// When the database cannot be reached, or is something else or newer than this program.
pub async fn pending_migrations(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) if !file::is_there(path)? => Tables::default().pending(url),
        DatabaseUrl::Sqlite(path) => Tables::of_sqlite(path)?.pending(url),
        DatabaseUrl::Postgres(address) => {
            let writer = postgres_writer(url, address).await?;
            let pending = pending_postgres(url, &writer).await;
            let _ = writer.close().await;
            pending
        }
    }
}

pub(super) async fn migrate_sqlite(url: &DatabaseUrl, path: &Path) -> Result<Vec<String>, StoreError> {
    file::prepare(path)?;
    let tables = Tables::of_sqlite(path)?;
    if tables.read_only {
        return Err(StoreError::ReadOnly(path.to_owned()));
    }
    if tables.pending(url)?.is_empty() {
        return Ok(Vec::new());
    }
    let _lock = file::lock_tables(path).await?;
    let pending = Tables::of_sqlite(path)?.pending(url)?;
    let writer = sqlite_writer(path);
    let done = Migrator::up(&writer, None).await;
    let _ = writer.close().await;
    done?;
    Ok(pending)
}

pub(super) async fn migrate_postgres(url: &DatabaseUrl, db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    // Whoever has nothing to do needs neither the lock nor the right to make tables.
    if pending_postgres(url, db).await?.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = begin_writing(db).await?;
    // A time limit that the role has is one for questions.
    transaction.execute_unprepared(&format!("SET LOCAL statement_timeout = 0; {LOCK}")).await?;
    let pending = Tables::of_postgres(&transaction).await?.pending(url)?;
    if !pending.is_empty() {
        Migrator::up(&transaction, None).await?;
    }
    transaction.commit().await?;
    Ok(pending)
}

async fn pending_postgres(url: &DatabaseUrl, db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let transaction = begin_reading(db).await?;
    let tables = Tables::of_postgres(&transaction).await?;
    transaction.rollback().await?;
    tables.pending(url)
}

/// What there is in a database.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    /// The migrations noted in it.
    applied: Vec<String>,
    /// It is a file that cannot be written.
    read_only: bool,
}

impl Tables {
    async fn of_postgres(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let texts = async |sql: &str| {
            let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
            rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()
        };
        let names = texts(POSTGRES_TABLES).await?;
        let applied = if names.iter().any(|name| name == MIGRATIONS) { texts(APPLIED).await? } else { Vec::new() };
        Ok(Self { names, applied, read_only: false })
    }

    fn of_sqlite(path: &Path) -> Result<Self, StoreError> {
        let look = || -> rusqlite::Result<_> {
            let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(super::connect::BUSY_TIMEOUT)?;
            let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
                connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
            };
            let names = texts(SQLITE_TABLES)?;
            let applied = if names.iter().any(|name| name == MIGRATIONS) { texts(APPLIED)? } else { Vec::new() };
            Ok(Self { names, applied, read_only: connection.is_readonly("main")? })
        };
        look().map_err(|error| file::unusable(path, &error))
    }

    /// The migrations that are missing. Refuses a database that is not ours, and one that a newer version has written.
    fn pending(&self, url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
        if !self.names.is_empty() && !self.names.iter().any(|name| name == MIGRATIONS) {
            return Err(StoreError::Foreign(url.to_string()));
        }
        let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        if self.applied.iter().any(|version| !known.contains(version)) {
            return Err(StoreError::Newer(url.to_string()));
        }
        Ok(known.into_iter().filter(|version| !self.applied.contains(version)).collect())
    }
}
