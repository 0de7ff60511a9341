//! Applying migrations, by one process at a time.

use std::path::Path;

use dermagraph_migration::{Migrator, MigratorTrait as _};
use rusqlite::OpenFlags;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    file,
    open::{postgres_writer, sqlite_writer},
    transaction::{begin_reading, begin_writing, commit},
};
use crate::store::{DatabaseUrl, StoreError, Writer};

/// The statement that locks the migrations. The key of the advisory lock is "dermagra" in ASCII. The lock belongs to the
/// transaction and not to the session, because clients of a pooler share sessions.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7234314190551741025)";

/// The table of applied migrations.
pub(in crate::store) const MIGRATIONS: &str = "seaql_migrations";

/// The statement that lists the tables of a PostgreSQL database, without those of extensions.
pub(in crate::store) const POSTGRES_TABLES: &str = "SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p')
    AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// The statement that lists the tables of an SQLite database.
const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

/// The statement that lists the applied migrations.
const APPLIED: &str = "SELECT version FROM seaql_migrations";

/// Applies pending migrations, and returns their names in order. Creates an SQLite file and its folder if they are
/// missing. If several processes call this at once, one applies the migrations and the others wait. On PostgreSQL,
/// either all pending migrations are applied or none. On SQLite, each migration is applied completely or not at all.
///
/// # Errors
/// If the database cannot be reached, has the tables of another program or of a newer version, or a migration fails. A
/// database of another program is not changed.
pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) => migrate_sqlite(url, path).await,
        DatabaseUrl::Postgres(address) => {
            let writer = Writer::from_connection(postgres_writer(url, address).await?, url.clone());
            let applied = migrate_postgres(url, &writer).await;
            writer.close().await;
            applied
        }
    }
}

/// Returns the names of the pending migrations in order. Changes nothing, and does not create an SQLite file.
///
/// # Errors
/// If the database cannot be reached, or has the tables of another program or of a newer version.
pub async fn pending_migrations(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) if !file::is_database(path)? => Tables::default().pending(url),
        DatabaseUrl::Sqlite(path) => Tables::of_sqlite(path)?.pending(url),
        DatabaseUrl::Postgres(address) => {
            let writer = Writer::from_connection(postgres_writer(url, address).await?, url.clone());
            let pending = pending_postgres(url, &writer).await;
            writer.close().await;
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
    let _lock = file::lock_migrations(path).await?;
    let pending = Tables::of_sqlite(path)?.pending(url)?;
    let writer = sqlite_writer(path);
    let done = Migrator::up(&writer, None).await;
    let _ = writer.close().await;
    done?;
    Ok(pending)
}

pub(super) async fn migrate_postgres(url: &DatabaseUrl, writer: &Writer) -> Result<Vec<String>, StoreError> {
    // Without pending migrations, neither the lock nor the right to create tables is needed.
    if pending_postgres(url, writer).await?.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = begin_writing(writer).await?;
    // The time limit of the database role is meant for queries, and a migration may take longer.
    transaction.execute_unprepared(&format!("SET LOCAL statement_timeout = 0; {LOCK}")).await?;
    let pending = Tables::of_postgres(&transaction).await?.pending(url)?;
    if !pending.is_empty() {
        Migrator::up(&transaction, None).await?;
    }
    commit(transaction).await?;
    Ok(pending)
}

async fn pending_postgres(url: &DatabaseUrl, writer: &Writer) -> Result<Vec<String>, StoreError> {
    let transaction = begin_reading(writer).await?;
    let tables = Tables::of_postgres(&transaction).await?;
    transaction.rollback().await?;
    tables.pending(url)
}

/// The tables and migrations of a database.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    /// The applied migrations.
    applied: Vec<String>,
    /// True if the file cannot be written.
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
        let read = || -> rusqlite::Result<_> {
            let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(super::open::BUSY_TIMEOUT)?;
            let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
                connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
            };
            let names = texts(SQLITE_TABLES)?;
            let applied = if names.iter().any(|name| name == MIGRATIONS) { texts(APPLIED)? } else { Vec::new() };
            Ok(Self { names, applied, read_only: connection.is_readonly("main")? })
        };
        read().map_err(|error| file::unusable(path, &error))
    }

    /// Returns the pending migrations. Refuses a database of another program or of a newer version.
    fn pending(&self, url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
        if !self.names.is_empty() && !self.names.iter().any(|name| name == MIGRATIONS) {
            return Err(StoreError::Foreign(url.to_string()));
        }
        let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        if self.applied.iter().any(|version| !known.contains(version)) {
            return Err(StoreError::OtherVersion(url.to_string()));
        }
        Ok(known.into_iter().filter(|version| !self.applied.contains(version)).collect())
    }
}
