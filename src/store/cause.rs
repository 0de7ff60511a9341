//! The causes of database failures.
//!
//! Messages of PostgreSQL are in the language of the server, so failures are identified by their codes:
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use std::borrow::Cow;

use rusqlite::ErrorCode;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx::postgres::PgDatabaseError;

use super::StoreError;

/// The cause that is reported if another process has locked the database.
const LOCKED: &str = "another program is writing to it, for example an import; try again when it has finished";

/// The cause that is reported if a publication has waited too long for its permit.
pub(super) const IN_USE: &str = "another publication of this program is running; try again when it has finished";

/// The cause that is reported if there was no connection for writes in time. The pool retries refused connections, and
/// returns the same error if all its connections are in use.
const NO_WRITING_CONNECTION: &str = "it does not respond, or all connections for writes are in use; try again shortly";

/// The beginning of the cause that is reported if the connection broke during a `COMMIT`.
const COMMIT_UNKNOWN: &str = "the connection broke during the commit, so the changes may have been stored";

/// SQLSTATE `query_canceled`: a statement has taken too long, or an administrator has stopped it.
const CANCELED: &str = "57014";

/// SQLSTATE `too_many_connections`: the server, the database or the role has reached its limit.
pub(super) const TOO_MANY_CONNECTIONS: &str = "53300";

/// The prefixes of the SQLSTATEs that mean that the server does not run statements: connection exceptions, a server that
/// starts or stops, and a server that has ended the connection because its transaction was idle or took too long.
const UNAVAILABLE_CLASSES: [&str; 4] = ["08", "57P0", "25P03", "25P04"];

/// SQLSTATE `lock_not_available`: a statement has waited for a lock as long as `lock_timeout` allows.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// `SQLITE_BUSY` and `SQLITE_LOCKED`: the lowest byte of extended result codes (<https://www.sqlite.org/rescode.html>).
const SQLITE_LOCKED: [i32; 2] = [5, 6];

/// Returns the cause of a failure of SeaORM: the message of the database, without the prefixes of the drivers.
#[must_use]
pub fn cause(failure: &DbErr) -> String {
    match failure {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => of_sqlx(error),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => NO_WRITING_CONNECTION.to_owned(),
        DbErr::Custom(sentence) => sentence.clone(),
        failure => failure.to_string(),
    }
}

/// Reports whether a statement of SeaORM failed because another program, or another publication of this process, is writing.
#[must_use]
pub fn is_locked(failure: &DbErr) -> bool {
    [LOCKED, IN_USE].contains(&&*cause(failure))
}

impl From<DbErr> for StoreError {
    /// Classifies a failure of SeaORM: the transaction may be committed, the database is not available and nothing was
    /// committed, or another failure. The failure of a `COMMIT` must come from [`of_commit`].
    fn from(failure: DbErr) -> Self {
        match failure {
            DbErr::Custom(sentence) if sentence.starts_with(COMMIT_UNKNOWN) => Self::CommitUnknown(sentence),
            failure if was_unavailable(&failure) => Self::Unavailable(cause(&failure)),
            failure => Self::Writer(failure),
        }
    }
}

/// Returns the failure of a `COMMIT`, which SeaORM reports like that of a query. If the connection broke, the transaction
/// may be committed, and [`StoreError::CommitUnknown`] is made from the returned failure.
pub(super) fn of_commit(failure: DbErr) -> DbErr {
    if was_unavailable(&failure) { DbErr::Custom(format!("{COMMIT_UNKNOWN}: {}", cause(&failure))) } else { failure }
}

/// Reports whether a failure of SeaORM means that there was no connection in time, that the server does not run
/// statements, or that the connection broke.
fn was_unavailable(failure: &DbErr) -> bool {
    match failure {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => is_unavailable(error),
        _ => false,
    }
}

impl StoreError {
    /// Creates the failure that another program is writing to the database. It has published a revision during each attempt
    /// of this process.
    #[must_use]
    pub fn locked() -> Self {
        Self::Writer(DbErr::Custom(LOCKED.to_owned()))
    }

    /// Reports whether a statement failed because another program, or another publication of this process, is writing.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Writer(failure) => is_locked(failure),
            Self::Sqlite(failure) => of_rusqlite(failure) == LOCKED,
            _ => false,
        }
    }
}

/// Returns the cause of a failure of SQLx.
pub(super) fn of_sqlx(error: &sqlx::Error) -> String {
    let Some(refusal) = error.as_database_error() else { return error.to_string() };
    let is_locked = match refusal.try_downcast_ref::<PgDatabaseError>() {
        Some(refusal) => refusal.code() == LOCK_NOT_AVAILABLE,
        None => refusal.code().and_then(|code| code.parse().ok()).is_some_and(is_busy),
    };
    if is_locked { LOCKED.to_owned() } else { refusal.message().to_owned() }
}

/// Returns the SQLSTATE of an error; `None` if it is not from the server.
pub(super) fn sqlstate(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

/// Classifies an error of PostgreSQL: a statement that took too long, a server that is not available, or another failure.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    if sqlstate(&error).as_deref() == Some(CANCELED) {
        return StoreError::TimedOut;
    }
    if is_unavailable(&error) { StoreError::Unavailable(of_sqlx(&error)) } else { StoreError::Postgres(error) }
}

/// Returns the failure of a `COMMIT` of a bulk load, which does not use SeaORM.
pub(super) fn of_bulk_commit(error: sqlx::Error) -> StoreError {
    if is_unavailable(&error) {
        StoreError::CommitUnknown(format!("{COMMIT_UNKNOWN}: {}", of_sqlx(&error)))
    } else {
        StoreError::Postgres(error)
    }
}

/// Reports whether an error of PostgreSQL means that the server does not run statements, or that the connection broke.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match sqlstate(error).as_deref() {
        Some(code) => code == TOO_MANY_CONNECTIONS || UNAVAILABLE_CLASSES.iter().any(|class| code.starts_with(class)),
        None => matches!(error, sqlx::Error::Io(_)),
    }
}

/// Returns the cause of a failure of rusqlite.
pub(super) fn of_rusqlite(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LOCKED.to_owned(),
        _ => error.to_string(),
    }
}

/// Reports whether an extended result code of SQLite means that another connection is writing.
fn is_busy(code: i32) -> bool {
    SQLITE_LOCKED.contains(&(code & 0xff))
}

#[cfg(test)]
mod tests {
    use std::{error::Error as StdError, io::ErrorKind as IoErrorKind};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// An error of the server with this SQLSTATE.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Refusal(&'static str);

    impl DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    /// Returns errors of connections that broke, or that the server or an administrator has closed.
    fn broken_connections() -> Vec<sqlx::Error> {
        let closed = ["08006", "57P01", "57P02", "57P03", "25P03", "25P04"].map(|code| sqlx::Error::from(Refusal(code)));
        let broken = [IoErrorKind::UnexpectedEof, IoErrorKind::ConnectionReset, IoErrorKind::BrokenPipe];
        closed.into_iter().chain(broken.map(|kind| sqlx::Error::Io(kind.into()))).collect()
    }

    #[test]
    fn a_missing_connection_does_not_mean_that_another_publication_runs() {
        let missing = StoreError::from(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        assert!(matches!(missing, StoreError::Unavailable(_)) && !missing.is_locked(), "{missing}");
        let refused = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        let refused = StoreError::from(DbErr::Conn(RuntimeErr::SqlxError(refused.into())));
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        let waiting = StoreError::from(DbErr::Custom(IN_USE.to_owned()));
        assert!(waiting.is_locked() && StoreError::locked().is_locked(), "{waiting}");
        assert_eq!(waiting.to_string(), format!("the database could not be read or written: {IN_USE}"));
    }

    #[test]
    fn a_connection_that_breaks_before_the_commit_means_that_the_database_is_not_available() {
        for error in broken_connections() {
            let error = RuntimeErr::SqlxError(error.into());
            // Failures of a `BEGIN` and of statements that read are those of a query.
            for failure in [DbErr::Conn(error.clone()), DbErr::Exec(error.clone()), DbErr::Query(error)] {
                let failure = StoreError::from(failure);
                assert!(matches!(failure, StoreError::Unavailable(_)), "{failure}");
            }
        }
        let refused = RuntimeErr::SqlxError(sqlx::Error::from(Refusal("23505")).into());
        let refused = StoreError::from(DbErr::Query(refused));
        assert!(matches!(refused, StoreError::Writer(_)), "{refused}");
    }

    #[test]
    fn a_connection_that_breaks_during_the_commit_means_that_the_changes_may_have_been_stored() {
        for error in broken_connections() {
            let failure = StoreError::from(of_commit(DbErr::Query(RuntimeErr::SqlxError(error.into()))));
            assert!(matches!(failure, StoreError::CommitUnknown(_)), "{failure}");
            assert!(failure.to_string().starts_with(COMMIT_UNKNOWN), "{failure}");
        }
        for error in broken_connections() {
            let failure = of_bulk_commit(error);
            assert!(matches!(failure, StoreError::CommitUnknown(_)), "{failure}");
        }
        // The server has rolled the transaction back.
        let refused = RuntimeErr::SqlxError(sqlx::Error::from(Refusal("23505")).into());
        let refused = StoreError::from(of_commit(DbErr::Query(refused)));
        assert!(matches!(refused, StoreError::Writer(_)), "{refused}");
    }
}
