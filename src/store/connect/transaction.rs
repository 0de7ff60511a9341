//! Transactions on the connections for writes.
//!
//! Through a pooler of PostgreSQL, each transaction may run on another connection of the server. SeaORM prepares every
//! statement by name, and the previous client of that connection may have used the same names. So behind a pooler, a
//! transaction first removes all prepared statements, and its connection is closed afterwards. Only single statements
//! without parameters may run outside of a transaction. Without a pooler, connections and their prepared statements are
//! kept.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};

use crate::store::Writer;

/// The mode of a read transaction of PostgreSQL.
pub(in crate::store) const READING: &str = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// The mode of a write transaction of PostgreSQL.
pub(in crate::store) const WRITING: &str = "ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// The statement that prevents other publications on PostgreSQL until the end of the transaction.
pub(in crate::store) const LOCK_REVISIONS: &str = "LOCK TABLE revision IN EXCLUSIVE MODE";

/// The statements that disable the time limits of the database role for a publication, because they are meant for
/// queries. A publication waits at most a minute for a lock, which is longer than any other publication should take.
pub(in crate::store) const LIMITS: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = '60s'";

/// Begins a read transaction. All its statements see one snapshot.
///
/// # Errors
/// If the database cannot be reached.
pub async fn begin_reading(writer: &Writer) -> Result<DatabaseTransaction, DbErr> {
    begin(writer, SqliteTransactionMode::Deferred, READING).await
}

/// Ends a read transaction after its work. Returns the first failure: that of the work, or else that of the end.
///
/// # Errors
/// If the work has failed, or the database cannot be reached.
pub async fn end_reading<T, E: From<DbErr>>(reading: DatabaseTransaction, outcome: Result<T, E>) -> Result<T, E> {
    let ended = reading.rollback().await;
    let value = outcome?;
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

/// Begins a transaction that publishes. No other publication can run at the same time.
///
/// # Errors
/// If the database cannot be reached, or stays locked.
pub async fn begin_publishing(writer: &Writer) -> Result<DatabaseTransaction, DbErr> {
    let transaction = begin_writing(writer).await?;
    if writer.get_database_backend() != DbBackend::Sqlite {
        transaction.execute_unprepared(&format!("{LIMITS}; {LOCK_REVISIONS}")).await?;
    }
    Ok(transaction)
}

async fn begin(writer: &Writer, sqlite: SqliteTransactionMode, postgres: &str) -> Result<DatabaseTransaction, DbErr> {
    if writer.get_database_backend() == DbBackend::Sqlite {
        let options = TransactionOptions { sqlite_transaction_mode: Some(sqlite), ..TransactionOptions::default() };
        return writer.begin_with_options(options).await;
    }
    // SeaORM would set the options by prepared statements.
    let transaction = writer.begin().await?;
    let forget = if writer.keeps_connections() { "" } else { "; DEALLOCATE ALL" };
    transaction.execute_unprepared(&format!("SET TRANSACTION {postgres}{forget}")).await?;
    Ok(transaction)
}
