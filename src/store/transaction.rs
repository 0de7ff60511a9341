//! Transactions on the connection for writes.
//!
//! On PostgreSQL each has a connection of its own, which is closed afterwards: writes are rare, and a pooler may stand between
//! that gives each transaction another connection of the server. SeaORM prepares every statement by a name, and what names the
//! last one left behind on that connection is not known. So a transaction begins by forgetting them, and everything that is
//! not one statement without parameters is written within one.

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};

/// The mode of a transaction of PostgreSQL that reads.
pub(super) const READING: &str = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// The mode of one that writes.
pub(super) const WRITING: &str = "ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// Keeps others on PostgreSQL from publishing until the end of the transaction.
pub(super) const ALONE: &str = "LOCK TABLE revision IN EXCLUSIVE MODE";

/// Limits that a role has for questions do not stop a publication. It waits a minute for another one: longer than any that is not
/// stuck.
pub(super) const LIMITS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = '60s'";

/// Begins a transaction that sees the database as it is at one moment and writes nothing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_reading(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    begin(db, SqliteTransactionMode::Deferred, READING).await
}

/// Begins a transaction that writes. On SQLite no other can be beside it.
///
/// # Errors
/// When the database cannot be reached, or stays locked.
pub async fn begin_writing(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    begin(db, SqliteTransactionMode::Immediate, WRITING).await
}

/// Begins a transaction that publishes. No other can be beside it.
///
/// # Errors
/// When the database cannot be reached, or stays locked.
pub async fn begin_publishing(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = begin_writing(db).await?;
    if db.get_database_backend() != DbBackend::Sqlite {
        transaction.execute_unprepared(&format!("{LIMITS}; {ALONE}")).await?;
    }
    Ok(transaction)
}

async fn begin(
    db: &DatabaseConnection,
    sqlite: SqliteTransactionMode,
    postgres: &str,
) -> Result<DatabaseTransaction, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        let options = TransactionOptions { sqlite_transaction_mode: Some(sqlite), ..TransactionOptions::default() };
        return db.begin_with_options(options).await;
    }
    // The options of SeaORM would be set by a statement that it prepares.
    let transaction = db.begin().await?;
    transaction.execute_unprepared(&format!("SET TRANSACTION {postgres}; DEALLOCATE ALL")).await?;
    Ok(transaction)
}
