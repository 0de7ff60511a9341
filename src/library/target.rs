//! What takes the rows of an import: tables that are in use, or empty ones.

use std::borrow::Cow;

use futures_util::future::join;
use sea_orm::{ConnectionTrait, sea_query::Value};
use tokio::sync::mpsc::channel;

use super::{
    error::LibraryError,
    insert::Insert,
    write::{Making, Rows},
};
use crate::store::bulk::{self, Batch, Filling};

/// Takes rows.
pub(super) trait Target {
    /// Rows as they are taken.
    type Rows: Send + 'static;

    /// Makes them of rows.
    ///
    /// # Errors
    /// When a value is none that a column takes.
    fn rows(rows: Rows) -> Result<Self::Rows, LibraryError>;

    /// Writes rows of one table until there are no more. All of them are new, or some take the place of those with the same id.
    async fn write(&mut self, table: &'static str, are_new: bool, rows: &mut Making<Self::Rows>)
    -> Result<(), LibraryError>;
}

/// Writes by statements.
pub(super) struct Statements<'a, C>(pub &'a C);

impl<C: ConnectionTrait> Target for Statements<'_, C> {
    type Rows = Rows;

    fn rows(rows: Rows) -> Result<Rows, LibraryError> {
        Ok(rows)
    }

    async fn write(&mut self, table: &'static str, are_new: bool, rows: &mut Making<Rows>) -> Result<(), LibraryError> {
        let insert = Insert::new(self.0, table);
        let mut insert = if are_new { insert } else { insert.or_update() };
        while let Some(Rows { names, values }) = rows.next().await.transpose()? {
            insert.push(names, values).await?;
        }
        insert.finish().await
    }
}

/// Rows on their way to an empty table.
pub(super) struct Packed {
    /// The columns; empty when there is no row.
    names: Vec<Cow<'static, str>>,
    batch: Batch,
}

impl Target for Filling {
    type Rows = Packed;

    fn rows(Rows { names, values }: Rows) -> Result<Packed, LibraryError> {
        let mut batch = Batch::with_capacity(values.len());
        // Without names there are no values.
        for row in values.chunks_exact(names.len().max(1)) {
            let row = row.iter().map(packed).collect::<Result<Vec<_>, _>>()?;
            batch.push_row(row.into_iter());
        }
        Ok(Packed { names, batch })
    }

    async fn write(&mut self, table: &'static str, _: bool, rows: &mut Making<Packed>) -> Result<(), LibraryError> {
        let Some(first) = some(rows).await? else { return Ok(()) };
        let names = first.names;
        let columns: Vec<&str> = names.iter().map(|name| &**name).collect();
        let (sender, receiver) = channel(bulk::MAX_QUEUED);
        let sending = async {
            let (sender, mut batch) = (sender, first.batch);
            // Who takes no more tells why.
            while sender.send(batch).await.is_ok() {
                let Some(next) = some(rows).await? else { break };
                if next.names != names {
                    return Err(other_columns(table));
                }
                batch = next.batch;
            }
            Ok(())
        };
        let (written, sent) = join(Filling::write(self, table, &columns, receiver), sending).await;
        written?;
        sent
    }
}

/// The next rows that are any.
async fn some(rows: &mut Making<Packed>) -> Result<Option<Packed>, LibraryError> {
    while let Some(next) = rows.next().await.transpose()? {
        if !next.batch.is_empty() {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

fn packed(value: &Value) -> Result<bulk::Value<'_>, LibraryError> {
    Ok(match value {
        Value::BigInt(Some(number)) => bulk::Value::Int(*number),
        Value::Int(Some(number)) => bulk::Value::Int((*number).into()),
        Value::Double(Some(number)) => bulk::Value::Float(*number),
        Value::Bool(Some(truth)) => bulk::Value::Boolean(*truth),
        Value::String(Some(text)) => bulk::Value::Text(text),
        Value::BigInt(None)
        | Value::Int(None)
        | Value::Double(None)
        | Value::Bool(None)
        | Value::String(None)
        | Value::Json(None) => bulk::Value::Null,
        value => return Err(LibraryError::Damaged(format!("no column takes {value:?}."))),
    })
}

/// What an import makes of rows that do not fit together.
pub(super) fn other_columns(table: &str) -> LibraryError {
    LibraryError::Damaged(format!("rows of {table} have other columns than those before."))
}
