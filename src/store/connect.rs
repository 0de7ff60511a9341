//! Opening a database.

use std::{num::NonZeroU32, path::Path, time::Duration};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Row as _,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use super::{
    DatabaseUrl, Reader, SqliteReader, Store, StoreError, TIME_LIMIT, Writer,
    options::{MARKED, PostgresOptions},
    postgres::PostgresReader,
};

/// How many connections a process holds for reading at most: more than the cores of most machines, few enough for the memory
/// of an embedded database, and for the connections of a server.
pub const CONNECTIONS: NonZeroU32 = NonZeroU32::new(16).unwrap();

/// How many writers of a process may be at work on PostgreSQL at once. Each has a connection of its own for one transaction.
const POSTGRES_WRITERS: u32 = 2;

/// How long to wait for another writer of the same file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What poolers answer to a start of a connection that they do not understand:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>, `protocol_violation`.
const PROTOCOL_VIOLATION: &str = "08P01";

/// The encoding that a database must have: content may have every character of Unicode.
const ENCODING: &str = "UTF8";

const BEHIND_A_POOLER: &str = "a pooler stands between, so add the option pgbouncer=true to the address";

impl Store {
    /// Connects, creating an SQLite file and its folder when there is none, and brings the tables up to date. Several
    /// processes may do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached, is something else or newer than this program, or a migration fails. A database that
    /// is not ours is left as it was.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::open_with(url, CONNECTIONS).await
    }

    /// Connects like [`Self::open`], with at most so many connections for reading.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn open_with(url: &DatabaseUrl, connections: NonZeroU32) -> Result<Self, StoreError> {
        let writer = Writer::open(url).await?;
        let reader = match url {
            DatabaseUrl::Sqlite(path) => {
                let readers = usize::try_from(connections.get()).unwrap_or(usize::MAX);
                Reader::Sqlite(SqliteReader::open(path, readers)?)
            }
            DatabaseUrl::Postgres(address) => {
                let PostgresOptions { connect, timeout, prepared, .. } = options(address)?;
                // A pooler takes no settings at the start of a connection; there the limit is set in each transaction, and nothing
                // is prepared. What is prepared is planned once, unless the address says otherwise: left to choose, the server plans
                // anew each time for lists of keys shorter than it expects, which takes longer than to read what they name.
                let planned = connect.get_options().is_some_and(|options| options.contains("plan_cache_mode"));
                let plans = Some(("plan_cache_mode", "force_generic_plan")).filter(|_| !planned);
                let limit = TIME_LIMIT.as_millis().to_string();
                let settings = plans.into_iter().chain([("statement_timeout", &*limit)]);
                let connect = if prepared { connect.options(settings) } else { connect };
                let pool = PgPoolOptions::new().acquire_timeout(timeout);
                Reader::Postgres(PostgresReader::new(connections, pool, connect, prepared))
            }
        };
        Ok(Self { writer, reader })
    }
}

/// The connection for writes to an SQLite database, which must be there. It is opened when it is needed.
pub(super) fn sqlite_writer(path: &Path) -> DatabaseConnection {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
    // Making an index of a million rows takes a while, and there is nothing to warn of.
    let options = options.journal_mode(SqliteJournalMode::Wal).disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(BUSY_TIMEOUT).connect_lazy_with(options);
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

/// The connections for writes to a PostgreSQL database: one for each transaction, see [`super::transaction`].
pub(super) async fn postgres_writer(url: &DatabaseUrl, address: &str) -> Result<DatabaseConnection, StoreError> {
    let connection = connect(url, address).await?;
    // It has shown that the database is there; how it ends does not matter.
    let _ = connection.close().await;
    let PostgresOptions { connect, timeout, .. } = options(address)?;
    let pool = PgPoolOptions::new().max_connections(POSTGRES_WRITERS).acquire_timeout(timeout);
    let pool =
        pool.after_release(|_, _| Box::pin(async { Ok(false) })).connect_lazy_with(connect.disable_statement_logging());
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// One connection to a PostgreSQL database without a pool, since a pool says of every failure only that it has waited.
pub(super) async fn connect(url: &DatabaseUrl, address: &str) -> Result<PgConnection, StoreError> {
    let unreachable = |reason: String| StoreError::Unreachable { url: url.to_string(), reason };
    let options = options(address)?;
    if let Some(reason) = options.unreadable_file() {
        return Err(unreachable(reason));
    }
    let PostgresOptions { connect, timeout, prepared, .. } = options;
    // What is asked over it is a copy, which is slow and meant to be.
    let connect = connect.disable_statement_logging();
    let connected = tokio::time::timeout(timeout, PgConnection::connect_with(&connect)).await;
    let waited = |_| unreachable(format!("no answer within {} seconds", timeout.as_secs()));
    let mut connection = match connected.map_err(waited)? {
        Err(sqlx::Error::Database(refusal)) if prepared && refusal.code().is_some_and(|code| code == PROTOCOL_VIOLATION) => {
            return Err(unreachable(format!("{refusal}; {BEHIND_A_POOLER}")));
        }
        connected => connected.map_err(|error| unreachable(error.to_string()))?,
    };
    let encoding: String = sqlx::raw_sql("SHOW server_encoding")
        .fetch_one(&mut connection)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| unreachable(error.to_string()))?;
    if encoding != ENCODING {
        return Err(unreachable(format!("it has the encoding {encoding}; make one with the encoding {ENCODING}")));
    }
    if prepared {
        // What is prepared by name on a connection of which a pooler gives the next transaction another one would be missing
        // there, or be something else.
        let marked = sqlx::raw_sql(MARKED).fetch_one(&mut connection).await.and_then(|row| row.try_get(0));
        if !marked.map_err(|error| unreachable(error.to_string()))? {
            return Err(unreachable(BEHIND_A_POOLER.to_owned()));
        }
    }
    Ok(connection)
}

fn options(address: &str) -> Result<PostgresOptions, StoreError> {
    PostgresOptions::read(address).map_err(StoreError::Url)
}
