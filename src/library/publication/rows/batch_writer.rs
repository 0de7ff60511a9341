//! Writing many rows by statements with a fixed number of rows. The text of such a statement is built once. While the
//! database runs one statement, the values of the next one are collected.

use std::{
    borrow::Cow,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::future::{MaybeDone, maybe_done};
use sea_orm::{
    ConnectionTrait, DbErr, ExecResult, Statement,
    sea_query::{OnConflict, Query, SimpleExpr, Value, Values},
};

use crate::library::{error::LibraryError, records::content_table::ID};

/// Maximum number of values in one statement. SQLite allows 32,766, PostgreSQL 65,535.
const MAX_VALUES: usize = 30_000;
/// Maximum number of rows in one statement.
pub(in crate::library) const MAX_ROWS: usize = 500;

type Running<'a> = Pin<Box<MaybeDone<Pin<Box<dyn Future<Output = Result<ExecResult, DbErr>> + Send + 'a>>>>>;

/// Writes rows of one table: inserts new rows, or updates columns of existing ones. The connection must not be used for
/// anything else until [`BatchWriter::finish`].
pub(super) struct BatchWriter<'a, C> {
    db: &'a C,
    table: &'static str,
    /// The columns; empty before the first row.
    names: Vec<Cow<'static, str>>,
    /// The columns that are written to existing rows; empty if the rows are new.
    update: &'a [&'static str],
    /// Values of the rows that are not sent yet, row by row.
    values: Vec<Value>,
    /// The text of a statement with the maximum number of rows.
    full: Option<String>,
    running: Option<Running<'a>>,
}

/// Returns how many of the remaining rows the next statement writes: all if there are few, otherwise the largest power
/// of two. So each table has few different statements, and a database connection prepares each of them once.
fn next_statement_rows(rows: usize) -> usize {
    const FEW: usize = 16;
    if rows <= FEW { rows } else { 1 << rows.ilog2() }
}

impl<'a, C: ConnectionTrait> BatchWriter<'a, C> {
    /// Creates the writer of new rows. With `update`, rows with the same ids exist already, and only these columns of
    /// them are written.
    pub fn new(db: &'a C, table: &'static str, update: Option<&'a [&'static str]>) -> Self {
        let update = update.unwrap_or_default();
        Self { db, table, names: Vec::new(), update, values: Vec::new(), full: None, running: None }
    }

    fn max_values(&self) -> usize {
        self.names.len() * (MAX_VALUES / self.names.len()).min(MAX_ROWS)
    }

    /// Adds rows, and sends a statement whenever it is full. The columns must be the same each time.
    pub async fn push(&mut self, names: Vec<Cow<'static, str>>, mut values: Vec<Value>) -> Result<(), LibraryError> {
        if values.is_empty() {
            return Ok(());
        }
        if self.names.is_empty() {
            self.names = names;
        } else if self.names != names {
            return Err(other_columns(self.table));
        }
        let most = self.max_values();
        self.values.append(&mut values);
        while self.values.len() >= most {
            let rest = self.values.split_off(most);
            let full = std::mem::replace(&mut self.values, rest);
            self.send(full).await?;
        }
        Ok(())
    }

    /// Sends the remaining rows, and waits until all are written.
    pub async fn finish(&mut self) -> Result<(), LibraryError> {
        while !self.values.is_empty() {
            let rows = next_statement_rows(self.values.len() / self.names.len());
            let rest = self.values.split_off(rows * self.names.len());
            let next = std::mem::replace(&mut self.values, rest);
            self.send(next).await?;
        }
        self.wait().await
    }

    async fn wait(&mut self) -> Result<(), LibraryError> {
        if let Some(mut running) = self.running.take() {
            running.as_mut().await;
            running.as_mut().take_output().transpose()?;
        }
        Ok(())
    }

    async fn send(&mut self, values: Vec<Value>) -> Result<(), LibraryError> {
        let is_full = values.len() == self.max_values();
        let known = self.full.as_ref().filter(|_| is_full);
        let sql = known.cloned().unwrap_or_else(|| self.sql(values.len() / self.names.len()));
        if is_full && self.full.is_none() {
            self.full = Some(sql.clone());
        }
        let statement = Statement { sql, values: Some(Values(values)), db_backend: self.db.get_database_backend() };
        self.wait().await?;
        let mut running = Box::pin(maybe_done(self.db.execute_raw(statement)));
        // The first poll sends the statement to the database.
        poll_fn(|cx: &mut Context<'_>| Poll::Ready(running.as_mut().poll(cx))).await.is_ready();
        self.running = Some(running);
        Ok(())
    }

    fn sql(&self, rows: usize) -> String {
        let mut insert = Query::insert();
        insert.into_table(self.table).columns(self.names.iter().map(|name| name.clone().into_owned()));
        for _ in 0..rows {
            insert.values_panic(self.names.iter().map(|_| SimpleExpr::from(Value::BigInt(None))));
        }
        if !self.update.is_empty() {
            insert.on_conflict(OnConflict::column(ID).update_columns(self.update.iter().copied()).to_owned());
        }
        self.db.get_database_backend().build(&insert).sql
    }
}

/// Returns the error for rows whose columns differ from those of earlier rows.
pub(super) fn other_columns(table: &str) -> LibraryError {
    LibraryError::Failed(format!("rows of {table} have different columns."))
}

#[cfg(test)]
mod tests {
    use super::next_statement_rows;

    #[test]
    fn all_rows_are_written_by_few_different_statements() {
        let mut sizes = std::collections::BTreeSet::new();
        for rows in 1..=500 {
            let mut left = rows;
            while left > 0 {
                sizes.insert(next_statement_rows(left));
                left -= next_statement_rows(left);
            }
        }
        assert!(sizes.len() <= 20, "{sizes:?}");
    }
}
