//! The two ways to write rows: by statements into tables that are in use, or by a bulk load into empty tables.

use std::borrow::Cow;

use futures_util::future::join;
use sea_orm::{ConnectionTrait, sea_query::Value};
use tokio::sync::mpsc::channel;

use super::{
    batch_writer::{BatchWriter, other_columns},
    row_stream::{RowStream, Rows},
};
use crate::{
    library::error::LibraryError,
    store::bulk::{self, Batch, Filling},
};

pub(in crate::library) trait RowSink {
    /// Rows in the form in which they are written.
    type Rows: Send + 'static;

    /// Converts rows to this form.
    ///
    /// # Errors
    /// If a value has a type that no column has.
    fn rows(rows: Rows) -> Result<Self::Rows, LibraryError>;

    /// Writes rows of one table until the stream ends. With `update`, the rows exist already, and only these columns
    /// are written. Otherwise the rows are new.
    async fn write(
        &mut self,
        table: &'static str,
        update: Option<&[&'static str]>,
        rows: &mut RowStream<Self::Rows>,
    ) -> Result<(), LibraryError>;
}

pub(in crate::library) struct StatementSink<'a, C>(pub &'a C);

impl<C: ConnectionTrait> RowSink for StatementSink<'_, C> {
    type Rows = Rows;

    fn rows(rows: Rows) -> Result<Rows, LibraryError> {
        Ok(rows)
    }

    async fn write(
        &mut self,
        table: &'static str,
        update: Option<&[&'static str]>,
        rows: &mut RowStream<Rows>,
    ) -> Result<(), LibraryError> {
        let mut writer = BatchWriter::new(self.0, table, update);
        while let Some(Rows { names, values }) = rows.next().await.transpose()? {
            writer.push(names, values).await?;
        }
        writer.finish().await
    }
}

/// Rows for a bulk load.
pub(in crate::library) struct EncodedRows {
    /// The columns; empty if there are no rows.
    names: Vec<Cow<'static, str>>,
    batch: Batch,
}

impl RowSink for Filling {
    type Rows = EncodedRows;

    fn rows(Rows { names, values }: Rows) -> Result<EncodedRows, LibraryError> {
        let mut batch = Batch::with_capacity(values.len());
        // Without columns there are no values.
        for row in values.chunks_exact(names.len().max(1)) {
            let row = row.iter().map(encoded).collect::<Result<Vec<_>, _>>()?;
            batch.push_row(row.into_iter());
        }
        Ok(EncodedRows { names, batch })
    }

    async fn write(
        &mut self,
        table: &'static str,
        _: Option<&[&'static str]>,
        rows: &mut RowStream<EncodedRows>,
    ) -> Result<(), LibraryError> {
        let Some(first) = next_batch(rows).await? else { return Ok(()) };
        let names = first.names;
        let columns: Vec<&str> = names.iter().map(|name| &**name).collect();
        let (sender, receiver) = channel(bulk::MAX_QUEUED);
        let sending = async {
            let (sender, mut batch) = (sender, first.batch);
            // If the receiver stops, its own error is returned below.
            while sender.send(batch).await.is_ok() {
                let Some(next) = next_batch(rows).await? else { break };
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

/// Returns the next batch that is not empty.
async fn next_batch(rows: &mut RowStream<EncodedRows>) -> Result<Option<EncodedRows>, LibraryError> {
    while let Some(next) = rows.next().await.transpose()? {
        if !next.batch.is_empty() {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

fn encoded(value: &Value) -> Result<bulk::Value<'_>, LibraryError> {
    Ok(match value {
        Value::BigInt(Some(number)) => bulk::Value::Int(*number),
        Value::Int(Some(number)) => bulk::Value::Int((*number).into()),
        Value::Double(Some(number)) => bulk::Value::Float(*number),
        Value::Bool(Some(truth)) => bulk::Value::Boolean(*truth),
        Value::String(Some(text)) => bulk::Value::Text(text),
        Value::Bytes(Some(bytes)) => bulk::Value::Bytes(bytes),
        Value::BigInt(None)
        | Value::Int(None)
        | Value::Double(None)
        | Value::Bool(None)
        | Value::String(None)
        | Value::Json(None) => bulk::Value::Null,
        value => return Err(LibraryError::Failed(format!("no column has the type of {value:?}."))),
    })
}
