//! Connecting to a database by its address.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sea_orm::{ConnectOptions, Database};
use sea_orm_migration::MigratorTrait;

use super::{Reader, SqliteReader, Store, StoreError};

/// How many readers of an embedded database may run at once: more than the cores of most machines, few enough for memory.
const SQLITE_READERS: usize = 16;

/// How many connections a process holds to PostgreSQL at most.
const POSTGRES_CONNECTIONS: u32 = 16;

/// How long to wait for a connection before saying that the database cannot be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The address of a database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database: `postgres://user:password@host:port/database?sslmode=require`.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.starts_with(":memory:") {
                return Err("the service needs a database file: sqlite://PATH".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path.split('?').next().unwrap_or(path))));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("a database URL begins with sqlite:// or postgres://".to_owned())
    }
}

/// Shown without the password.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => match (url.split_once("://"), url.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, place))) => write!(f, "{scheme}://…@{place}"),
                _ => f.write_str(url),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Store {
    /// Connects, creating an SQLite file and its folder when there is none, and brings the tables up to date.
    ///
    /// # Errors
    /// When the database cannot be reached, is something else, or a migration fails.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let options = match url {
            DatabaseUrl::Sqlite(path) => {
                prepare_file(path)?;
                let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
                options.max_connections(1).min_connections(1);
                options
            }
            DatabaseUrl::Postgres(address) => {
                reach(url, address).await?;
                let mut options = ConnectOptions::new(address.clone());
                options.max_connections(POSTGRES_CONNECTIONS).min_connections(1);
                options
            }
        };
        let mut options = options;
        options.sqlx_logging(false).connect_timeout(CONNECT_TIMEOUT).acquire_timeout(CONNECT_TIMEOUT);
        let writer = Database::connect(options).await?;
        dermagraph_migration::Migrator::up(&writer, None).await?;
        let reader = match url {
            DatabaseUrl::Sqlite(path) => Reader::Sqlite(SqliteReader::open(path, SQLITE_READERS)?),
            DatabaseUrl::Postgres(_) => Reader::Postgres(writer.get_postgres_connection_pool().clone()),
        };
        Ok(Self { writer, reader })
    }
}

/// Connects once without a pool, since a pool says of every failure only that it has waited.
async fn reach(url: &DatabaseUrl, address: &str) -> Result<(), StoreError> {
    use sqlx::Connection as _;
    let unreachable = |reason: String| StoreError::Unreachable { url: url.to_string(), reason };
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, sqlx::PgConnection::connect(address)).await;
    let connection = connected
        .map_err(|_| unreachable(format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|failure| unreachable(failure.to_string()))?;
    // It has told what it was asked for; how it ends does not matter.
    let _ = connection.close().await;
    Ok(())
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
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => fs::File::create_new(path).map(drop).map_err(refused),
        Err(reason) => Err(StoreError::Folder { path: path.to_owned(), reason }),
    }
}
