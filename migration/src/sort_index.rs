//! Indexes to filter and sort tables by columns that may be null.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::table::{add_index, drop_index, order_tail};

/// Creates the indexes of a column of an existing table. `order` is the column of the default order of its lists.
///
/// # Errors
/// If the database reports an error.
pub async fn add_sort_indexes(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &'static str,
    order: &'static str,
) -> Result<(), DbErr> {
    add_index(manager, table, &columns(column, order)).await?;
    add_descending_index(manager, table, column, order).await
}

/// Drops the indexes that [`add_sort_indexes`] created.
///
/// # Errors
/// If the database reports an error.
pub async fn drop_sort_indexes(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &'static str,
    order: &'static str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        let index = Index::drop().name(descending_name(table, column)).table(table.to_owned()).to_owned();
        manager.drop_index(index).await?;
    }
    drop_index(manager, table, &columns(column, order)).await
}

fn columns(column: &'static str, order: &'static str) -> Vec<&'static str> {
    std::iter::once(column).chain(order_tail(order)).collect()
}

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
