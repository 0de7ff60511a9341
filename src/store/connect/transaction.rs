//! Transactions on the connections for writes.
//!
//! Through a pooler of PostgreSQL, each transaction may run on another connection of the server. SeaORM prepares every
//! statement by name, and the previous client of that connection may have used the same names. So behind a pooler, a
//! transaction first removes all prepared statements, and its connection is closed afterwards. Only single statements
//! without parameters may run outside of a transaction. Without a pooler, connections and their prepared statements are
//! retained.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::{sync::OwnedMutexGuard, time::timeout};

use crate::store::{
    Writer,
    cause::{self, IN_USE},
};

/// The mode of a read transaction of PostgreSQL.
pub(in crate::store) const READING: &str = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// The mode of a write transaction of PostgreSQL.
pub(in crate::store) const WRITING: &str = "ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// The statement that prevents other publications on PostgreSQL until the end of the transaction.
pub(in crate::store) const LOCK_REVISIONS: &str = "LOCK TABLE revision IN EXCLUSIVE MODE";

/// The statements that disable the time limits of the database role for a publication, because those limits are meant for
/// queries. A publication waits at most a minute for the lock, which is longer than any other publication should take.
pub(in crate::store) const LIMITS: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = '60s'";

/// Maximum time to wait for other publications of this process. The wait for publications of other processes follows.
const PERMIT_TIMEOUT: Duration = Duration::from_mins(1);

/// Begins a read transaction. All its statements see one snapshot.
///
/// # Errors
/// If the database cannot be reached.
pub async fn begin_reading(writer: &Writer) -> Result<DatabaseTransaction, DbErr> {
    begin(writer, SqliteTransactionMode::Deferred, READING).await
}

/// Ends a read transaction, and returns the result of the reads. If they succeeded but the transaction cannot be ended,
/// returns that failure.
///
/// # Errors
/// If the reads have failed, or the database cannot be reached.
pub async fn end_reading<T, E: From<DbErr>>(reading: DatabaseTransaction, result: Result<T, E>) -> Result<T, E> {
    let ended = reading.rollback().await;
    let value = result?;
    ended?;
    Ok(value)
}

/// Begins a write transaction. On SQLite, no other write transaction can run at the same time.
///
/// # Errors
/// If the database cannot be reached, or stays locked.
pub async fn begin_writing(writer: &Writer) -> Result<DatabaseTransaction, DbErr> {
    begin(writer, SqliteTransactionMode::Immediate, WRITING).await
}

/// Ends a write transaction, and returns the result of its work. With `commits`, it is committed, and otherwise rolled back.
/// If the work succeeded but the transaction cannot be ended, returns that failure.
///
/// # Errors
/// If the work has failed, or as for [`commit`].
pub async fn end_writing<T, E: From<DbErr>>(
    writing: DatabaseTransaction,
    commits: bool,
    result: Result<T, E>,
) -> Result<T, E> {
    // SQLite rolls back by itself when the disk is full, so the rollback may fail. The first failure is the one to report.
    let ended = if commits { commit(writing).await } else { writing.rollback().await };
    let value = result?;
    ended?;
    Ok(value)
}

/// Commits a transaction. [`DatabaseTransaction::commit`] does the same, but its failures do not say whether the transaction
/// may be committed.
///
/// # Errors
/// If the database refuses the commit, or the connection breaks. In the second case the transaction may be committed, and
/// the error becomes a [`StoreError::CommitUnknown`](crate::store::StoreError::CommitUnknown).
pub async fn commit(transaction: DatabaseTransaction) -> Result<(), DbErr> {
    transaction.commit().await.map_err(cause::of_commit)
}

/// The permit to write a publication. A process has only one.
#[derive(Debug)]
pub struct PublishingPermit(#[expect(dead_code, reason = "dropping it returns the permit")] OwnedMutexGuard<()>);

/// A transaction that publishes, see [`begin_publishing`].
pub struct Publishing {
    /// The transaction. It must end before the permit is dropped.
    pub transaction: DatabaseTransaction,
    /// Other publications of this process wait until it is dropped.
    pub permit: PublishingPermit,
}

/// Begins a transaction that publishes. No other publication can write at the same time. Other publications of this process
/// wait for the permit in the order of their arrival, without using a connection. Publications of other processes wait for
/// the lock of the database.
///
/// # Errors
/// If the database cannot be reached, or stays locked.
pub async fn begin_publishing(writer: &Writer) -> Result<Publishing, DbErr> {
    let permit = permit(writer).await?;
    let transaction = begin_writing(writer).await?;
    if writer.get_database_backend() != DbBackend::Sqlite {
        transaction.execute_unprepared(&format!("{LIMITS}; {LOCK_REVISIONS}")).await?;
    }
    Ok(Publishing { transaction, permit })
}

/// Begins a transaction that changes an API key. On PostgreSQL it does not wait for publications. SQLite has one writer, so
/// there it waits for the permit like a publication, in the order of arrival: SQLite itself only tries to lock the file from
/// time to time, and a sequence of publications could hold the lock each time. The transaction must end before the permit is
/// dropped.
///
/// # Errors
/// If the database cannot be reached, or stays locked.
pub async fn begin_changing_key(writer: &Writer) -> Result<(Option<PublishingPermit>, DatabaseTransaction), DbErr> {
    let has_one_writer = writer.get_database_backend() == DbBackend::Sqlite;
    let permit = if has_one_writer { Some(permit(writer).await?) } else { None };
    Ok((permit, begin_writing(writer).await?))
}

/// Waits for the permit to write a publication.
async fn permit(writer: &Writer) -> Result<PublishingPermit, DbErr> {
    let permit = timeout(PERMIT_TIMEOUT, Arc::clone(writer.publishing()).lock_owned()).await;
    permit.map(PublishingPermit).map_err(|_| DbErr::Custom(IN_USE.to_owned()))
}

async fn begin(writer: &Writer, sqlite: SqliteTransactionMode, postgres: &str) -> Result<DatabaseTransaction, DbErr> {
    if writer.get_database_backend() == DbBackend::Sqlite {
        let options = TransactionOptions { sqlite_transaction_mode: Some(sqlite), ..TransactionOptions::default() };
        return writer.begin_with_options(options).await;
    }
    // `begin_with_options` would set the mode by prepared statements, which are not safe behind a pooler.
    let transaction = writer.begin().await?;
    let forget = if writer.retains_connections() { "" } else { "; DEALLOCATE ALL" };
    transaction.execute_unprepared(&format!("SET TRANSACTION {postgres}{forget}")).await?;
    Ok(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseUrl, Store};

    #[tokio::test]
    async fn a_full_disk_is_reported_although_sqlite_has_rolled_back_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("test.db"))).await.expect("a database");
        let writing = begin_writing(store.writer()).await.expect("a transaction");
        // A database of its maximum size has the same failure as a full disk.
        writing.execute_unprepared("PRAGMA max_page_count = 1").await.expect("the present size is the least");
        let insert = "INSERT INTO former_slug (slug, id) VALUES (hex(zeroblob(1000000)), 1)";
        let result = writing.execute_unprepared(insert).await.map(drop);
        let failure = end_writing(writing, false, result).await.expect_err("the database has no room");
        assert_eq!(cause::cause(&failure), "database or disk is full");
    }
}
