//! Opening databases.

use std::{num::NonZeroU32, path::Path, sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Row as _,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use tokio::sync::Semaphore;

use super::{
    options::{MARKED, PostgresOptions},
    read_permits::connections_for_expensive,
};
use crate::store::{
    DatabaseUrl, Reader, SqliteReader, Store, StoreError, TIME_LIMIT, Writer, cause,
    reading::{
        postgres::PostgresReader,
        sqlite_connection::{CACHED_KIBIBYTES, MAPPED_BYTES},
    },
};

/// Default maximum number of connections of a process for reading. Most machines have fewer cores. A higher number would
/// need more memory on SQLite, and more of the connection limit of a PostgreSQL server.
pub const CONNECTIONS: NonZeroU32 = NonZeroU32::new(16).expect("it is not zero");

/// Maximum number of connections of a process for writes. One publication writes, and the others read the records that they
/// will change.
const WRITERS: u32 = 4;

/// Maximum number of prepared statements of a connection for writes. A publication needs some for each table.
const PREPARED_STATEMENTS: usize = 256;

/// Time after which an unused connection for writes to PostgreSQL is closed.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// Number of rows that the thread of an SQLite connection reads before the task receives them. If a statement returns more
/// rows, the thread waits for the task repeatedly, which takes long while readers use all cores.
const BUFFERED_ROWS: usize = 1_000;

/// Time to wait for another writer of the same file.
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLSTATE `protocol_violation` (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): poolers return it for
/// an unknown setting at the start of a connection.
const PROTOCOL_VIOLATION: &str = "08P01";

/// The encoding that a database must have, because content may contain any Unicode character.
const ENCODING: &str = "UTF8";

const BEHIND_A_POOLER: &str = "there is a pooler in between, so add the option pgbouncer=true to the address";

impl Store {
    /// Connects and applies pending migrations. Creates an SQLite file and its folder if they are missing. Several processes
    /// may do so at once.
    ///
    /// # Errors
    /// If the database cannot be reached, has the tables of another program or of a newer version, or a migration fails. A
    /// database of another program is not changed.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::open_with(url, CONNECTIONS).await
    }

    /// Like [`Self::open`], but creates no SQLite file.
    ///
    /// # Errors
    /// The errors of [`Self::open`]; also if there is no SQLite file.
    pub async fn open_existing(url: &DatabaseUrl) -> Result<Self, StoreError> {
        url.check_exists()?;
        Self::open(url).await
    }

    /// Like [`Self::open`], with another maximum number of connections for reading.
    ///
    /// # Errors
    /// The errors of [`Self::open`].
    pub async fn open_with(url: &DatabaseUrl, connections: NonZeroU32) -> Result<Self, StoreError> {
        let writer = Writer::open(url).await?;
        let max = usize::try_from(connections.get()).unwrap_or(Semaphore::MAX_PERMITS);
        let reader = match url {
            DatabaseUrl::Sqlite(path) => Reader::Sqlite(SqliteReader::open(path, max)?),
            DatabaseUrl::Postgres(address) => {
                let PostgresOptions { connect, timeout, prepared, .. } = options(address)?;
                // A pooler accepts no settings when a connection is opened, so each transaction sets its own time limit.
                // The settings of direct connections, of which the URL can override the first two:
                // - One generic plan for each prepared statement. Otherwise the server would make a new plan for each
                //   short list of keys, which takes longer than reading the rows. Some statements that read whole
                //   lists get a plan for their values.
                // - No JIT compilation, because compiling takes longer than running most statements.
                // - The time limit.
                let given = connect.get_options().unwrap_or_default().to_owned();
                let plans = [("plan_cache_mode", "force_generic_plan"), ("jit", "off")];
                let has_generic_plans = prepared && !sets(&given, "plan_cache_mode");
                let plans = plans.into_iter().filter(|(name, _)| !sets(&given, name));
                let limit = TIME_LIMIT.as_millis().to_string();
                let settings = plans.chain([("statement_timeout", &*limit)]);
                let connect = if prepared { connect.options(settings) } else { connect };
                Reader::Postgres(PostgresReader::new(connect, timeout, max, prepared, has_generic_plans))
            }
        };
        let connections_for_expensive = connections_for_expensive(max);
        Ok(Self { writer, reader, connections_for_expensive, key_revocations: Arc::default() })
    }
}

/// Reports whether options for the server, such as `-c jit=on` or `--jit=on`, set a parameter. It reads them like the
/// server: names can have capitals, and `-` instead of `_`.
fn sets(options: &str, parameter: &str) -> bool {
    split(options).iter().any(|argument| {
        let Some((name, _)) = argument.split_once('=') else { return false };
        let name = name.strip_prefix("--").or_else(|| name.strip_prefix("-c")).unwrap_or(name);
        name.replace('-', "_").eq_ignore_ascii_case(parameter)
    })
}

/// Splits options for the server into arguments like `pg_split_opts` of the server: at white space. A backslash is removed,
/// and the character after it belongs to the argument, even if it is white space or a backslash.
fn split(options: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut argument = String::new();
    let mut letters = options.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => argument.extend(letters.next()),
            ' ' | '\t'..='\r' => arguments.push(std::mem::take(&mut argument)),
            letter => argument.push(letter),
        }
    }
    arguments.push(argument);
    arguments
}

/// Creates the pool for writes to an SQLite database, which must exist. Connections are opened when they are needed.
pub(super) fn sqlite_writer(path: &Path) -> DatabaseConnection {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
    // Slow statements are not logged: creating an index of a million rows takes a while.
    let options = options.journal_mode(SqliteJournalMode::Wal).disable_statement_logging();
    let options = options.statement_cache_capacity(PREPARED_STATEMENTS).row_buffer_size(BUFFERED_ROWS);
    // A publication reads the records that depend on its changes, and these may be anywhere in the file.
    let options = options.pragma("mmap_size", MAPPED_BYTES.to_string()).pragma("cache_size", format!("-{CACHED_KIBIBYTES}"));
    let pool = SqlitePoolOptions::new().max_connections(WRITERS).acquire_timeout(BUSY_TIMEOUT).connect_lazy_with(options);
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

/// Creates the pool for writes to a PostgreSQL database. Behind a pooler, each transaction has a connection of its own,
/// see [`super::transaction`].
pub(super) async fn postgres_writer(url: &DatabaseUrl, address: &str) -> Result<DatabaseConnection, StoreError> {
    let connection = connect(url, address).await?;
    // This connection only checks that the database can be used.
    let _ = connection.close().await;
    let PostgresOptions { connect, timeout, prepared, sets_cache, .. } = options(address)?;
    let connect = if sets_cache { connect } else { connect.statement_cache_capacity(PREPARED_STATEMENTS) };
    let connect = connect.disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(WRITERS).idle_timeout(IDLE_TIMEOUT).acquire_timeout(timeout);
    let pool = pool.after_release(move |_, _| Box::pin(async move { Ok(prepared) })).connect_lazy_with(connect);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Reports whether the connections for writes to a database may be retained after a transaction.
pub(super) fn retains_connections(url: &DatabaseUrl) -> bool {
    match url {
        DatabaseUrl::Sqlite(_) => true,
        DatabaseUrl::Postgres(address) => options(address).is_ok_and(|options| options.prepared),
    }
}

/// Opens a connection to a PostgreSQL database, and checks the database. It does not use a pool, because the errors of a
/// pool do not contain the cause.
pub(in crate::store) async fn connect(url: &DatabaseUrl, address: &str) -> Result<PgConnection, StoreError> {
    let unreachable = |reason: String| StoreError::Unreachable { url: url.to_string(), reason };
    let options = options(address)?;
    if let Some(reason) = options.unreadable_file() {
        return Err(unreachable(reason));
    }
    let PostgresOptions { connect, timeout, prepared, .. } = options;
    // Slow statements are not logged: those of a copy are slow.
    let connect = connect.disable_statement_logging();
    let connected = tokio::time::timeout(timeout, PgConnection::connect_with(&connect)).await;
    let waited = |_| unreachable(format!("no response within {} seconds", timeout.as_secs()));
    let mut connection = match connected.map_err(waited)? {
        Err(sqlx::Error::Database(refusal)) if prepared && refusal.code().is_some_and(|code| code == PROTOCOL_VIOLATION) => {
            return Err(unreachable(format!("{}; {BEHIND_A_POOLER}", refusal.message())));
        }
        connected => connected.map_err(|error| unreachable(cause::of_sqlx(&error)))?,
    };
    let encoding: String = sqlx::raw_sql("SHOW server_encoding")
        .fetch_one(&mut connection)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| unreachable(cause::of_sqlx(&error)))?;
    if encoding != ENCODING {
        return Err(unreachable(format!("it has the encoding {encoding}; create one with the encoding {ENCODING}")));
    }
    if prepared {
        // Prepared statements do not work behind a pooler. It may run the next transaction on another connection of the
        // server, where the prepared statement is missing, or its name belongs to another statement.
        let marked = sqlx::raw_sql(MARKED).fetch_one(&mut connection).await.and_then(|row| row.try_get(0));
        if !marked.map_err(|error| unreachable(cause::of_sqlx(&error)))? {
            return Err(unreachable(BEHIND_A_POOLER.to_owned()));
        }
    }
    Ok(connection)
}

fn options(address: &str) -> Result<PostgresOptions, StoreError> {
    PostgresOptions::read(address).map_err(StoreError::Url)
}

#[cfg(test)]
mod tests {
    use super::{sets, split};

    #[test]
    fn a_parameter_is_set_by_its_name() {
        let set = ["-c jit=on", "-cjit=on", "--jit=on", "-c search_path=a -c jit=off", "-c JIT=on", r"-c a=\\ --jit=on"];
        for options in set {
            assert!(sets(options, "jit"), "{options}");
        }
        let unset = ["", "-c search_path=jit", "-c jit_above_cost=5", "-c search_path=jit=x", r"-c search_path=a,\ jit=x"];
        for options in unset {
            assert!(!sets(options, "jit"), "{options}");
        }
        let escaped = [r"--plan\-cache\-mode=auto", r"-c plan\_cache_mode=auto", r"\-c\plan_cache_mode\=auto"];
        for options in ["--plan-cache-mode=auto", "-c Plan_Cache-Mode=auto"].into_iter().chain(escaped) {
            assert!(sets(options, "plan_cache_mode"), "{options}");
        }
        for options in [r"-c\ jit=on", r"-c search_path=a\ jit=on", r"-c search_path=a\\\ --jit=on", r"-c \\jit=on"] {
            assert!(!sets(options, "jit"), "{options}");
        }
    }

    #[test]
    fn white_space_separates_arguments_unless_a_backslash_precedes_it() {
        for (options, arguments) in [
            (r"-c jit=on", &["-c", "jit=on"][..]),
            ("-c\tjit=on", &["-c", "jit=on"]),
            (r"-c\ jit=on", &["-c jit=on"]),
            (r"a\\ b", &[r"a\", "b"]),
            (r"a\\\ b", &[r"a\ b"]),
            (r"a\b\", &["ab"]),
        ] {
            assert_eq!(split(options), arguments, "{options:?}");
        }
    }
}
