//! Previews: reading what a transaction would have written.
//!
//! The connections for writes cannot run the statements that read content: on SQLite they lack the function `fold`, and on
//! PostgreSQL they bind arrays in another way. So a dry run records its write statements, and rolls its transaction back.
//! Then a connection for reading repeats the recorded statements in another transaction, reads in it, and never commits it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::Value as SqliteValue;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, prelude::async_trait,
    sea_query::Value,
};
use sqlx::{Arguments as _, postgres::PgArguments};

use super::read::Inner;
use crate::store::{MemoryLimit, ReadOptions, Reader, Snapshot, Store, StoreError, connect::transaction::PublishingPermit};

/// What a transaction has written before it was rolled back.
#[derive(Debug)]
pub struct Preview {
    /// The revision on which the transaction was based.
    pub(super) based_on: i64,
    /// The statements, in their order.
    pub(super) statements: Vec<Statement>,
    /// Other publications of this process wait until the preview is dropped, so that its statements stay valid.
    _permit: Option<PublishingPermit>,
}

impl Preview {
    /// Stores the permit of the transaction, which is returned when the preview is dropped.
    #[must_use]
    pub fn with_permit(self, permit: PublishingPermit) -> Self {
        Self { _permit: Some(permit), ..self }
    }

    /// Reports whether the latest revision is the one on which the transaction was based.
    pub(super) fn is_based_on(&self, latest: Option<i64>) -> bool {
        latest.unwrap_or_default() == self.based_on
    }
}

/// A write transaction whose statements are recorded. Statements that read are not recorded.
pub struct Recorder<'a> {
    transaction: &'a DatabaseTransaction,
    statements: Mutex<Vec<Statement>>,
}

impl<'a> Recorder<'a> {
    /// Records the statements of a transaction from now on.
    #[must_use]
    pub fn new(transaction: &'a DatabaseTransaction) -> Self {
        Self { transaction, statements: Mutex::default() }
    }

    /// Returns what was recorded. `based_on` is the number of the latest revision that the transaction has read.
    #[must_use]
    pub fn finish(self, based_on: i64) -> Preview {
        let statements = self.statements.into_inner().unwrap_or_else(PoisonError::into_inner);
        Preview { based_on, statements, _permit: None }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Recorder<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(statement.clone());
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.get_database_backend(), sql);
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}

impl Store {
    /// Begins to read what a transaction would have written. Publications wait until the snapshot is dropped. Returns `None`
    /// if there was a publication since the transaction, so its statements may no longer be valid. `memory` is the limit of
    /// the memory that searches and facets use.
    ///
    /// # Errors
    /// If the database cannot be reached, stays locked, or a statement fails.
    pub async fn preview(
        &self,
        preview: &Preview,
        memory: Option<Arc<dyn MemoryLimit>>,
    ) -> Result<Option<Snapshot>, StoreError> {
        // Publications wait until the preview ends, so the preview must not wait for expensive operations. It uses one of
        // the connections that these leave to others. A process has at most one preview at a time.
        let options = ReadOptions { memory, ..ReadOptions::default() };
        let inner = match &self.reader {
            Reader::Sqlite(reader) => reader.preview(options.clone(), preview).await?.map(Inner::Sqlite),
            Reader::Postgres(reader) => reader.preview(options.clone(), preview).await?.map(Inner::Postgres),
        };
        Ok(inner.map(|inner| Snapshot::begun(self.reader.clone(), options, inner)))
    }
}

/// Returns the values of a statement for rusqlite.
pub(super) fn sqlite_values(statement: &Statement) -> Result<Vec<SqliteValue>, StoreError> {
    let value = |value: &Value| {
        Ok(match value {
            Value::Bool(value) => value.map(SqliteValue::from),
            Value::Int(value) => value.map(SqliteValue::from),
            Value::BigInt(value) => value.map(SqliteValue::from),
            Value::Double(value) => value.map(SqliteValue::from),
            Value::String(value) => value.clone().map(SqliteValue::from),
            Value::Bytes(value) => value.clone().map(SqliteValue::from),
            Value::Json(value) => value.as_ref().map(|value| SqliteValue::from(value.to_string())),
            value => return Err(unexpected(value)),
        }
        .unwrap_or(SqliteValue::Null))
    };
    statement.values.iter().flat_map(|values| &values.0).map(value).collect()
}

/// Returns the values of a statement for SQLx.
pub(super) fn postgres_values(statement: &Statement) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in statement.values.iter().flat_map(|values| &values.0) {
        match value {
            Value::Bool(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::BigInt(value) => arguments.add(*value),
            Value::Double(value) => arguments.add(*value),
            Value::String(value) => arguments.add(value.as_deref()),
            Value::Bytes(value) => arguments.add(value.as_deref()),
            Value::Json(value) => arguments.add(value.as_deref()),
            value => return Err(unexpected(value)),
        }
        .map_err(|error| StoreError::Postgres(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

fn unexpected(value: &Value) -> StoreError {
    StoreError::Writer(DbErr::Type(format!("no column has the type of {value:?}")))
}
