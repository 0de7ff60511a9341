//! Indexes to sort tables by columns that may be null.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::table::order_tail;

/// Creates the index that PostgreSQL needs to read the greatest values of a column first, and null last. Does nothing on
/// SQLite.
///
/// # Errors
/// If the database reports an error.
pub async fn add_descending_index(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    order: &'static str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    // Written as text because the builder does not support `NULLS LAST` in an index.
    let name = descending_name(table, column);
    let tail = order_tail(order).join("\" DESC, \"");
    let sql = format!("CREATE INDEX \"{name}\" ON \"{table}\" (\"{column}\" DESC NULLS LAST, \"{tail}\" DESC)");
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}

fn descending_name(table: &str, column: &str) -> String {
    format!("{table}_{column}_desc_idx")
}
