//! URLs of databases.

use std::{fmt, path::PathBuf, str::FromStr};

use super::{file, options::PostgresOptions};
use crate::store::StoreError;

/// The address of a database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database: `postgres://user:password@host:port/database?sslmode=require`. In addition to the options of
    /// the driver there are `pgbouncer=true`, for a pooler in transaction mode, and `connect_timeout=SECONDS`.
    Postgres(String),
}

impl DatabaseUrl {
    /// Checks that the SQLite file exists. The existence of a PostgreSQL database is checked when it is opened.
    ///
    /// # Errors
    /// If there is no such file, or it is not a database.
    pub(in crate::store) fn check_exists(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(path) if !file::is_database(path)? => Err(StoreError::Missing(self.to_string())),
            Self::Sqlite(_) | Self::Postgres(_) => Ok(()),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// Parses an address. The error does not repeat the address, which may contain a password.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" | ":memory:" => Err("the service needs a database file: sqlite://PATH".to_owned()),
                path if path.contains('?') => Err("sqlite://PATH accepts no options after a question mark".to_owned()),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PostgresOptions::read(url).map(|_| Self::Postgres(url.to_owned()));
        }
        Err("a database URL begins with sqlite:// or postgres://".to_owned())
    }
}

/// Writes the address without user, password and options.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => match PostgresOptions::read(url) {
                Ok(PostgresOptions { connect, .. }) => {
                    let name = connect.get_database().unwrap_or_default();
                    write!(f, "postgres://{}:{}/{name}", connect.get_host(), connect.get_port())
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_addresses_nor_errors_contain_passwords() {
        for url in [
            "postgres://u:hunter2@db:5/lib",
            "postgres://db:5/lib?user=u&password=hunter2",
            "postgres://a:hunter2@db:5/lib?password=hunter2",
        ] {
            let url: DatabaseUrl = url.parse().unwrap();
            assert_eq!(
                (url.to_string(), format!("{url:?}")),
                ("postgres://db:5/lib".to_owned(), "postgres://db:5/lib".to_owned())
            );
        }
        for url in ["mysql://u:hunter2@h/db", "postgres://u:hunter2@h:x/db"] {
            assert!(!url.parse::<DatabaseUrl>().unwrap_err().contains("hunter2"));
        }
    }
}
