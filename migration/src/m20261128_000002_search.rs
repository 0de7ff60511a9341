//! Creates the index of search: a row for each term of a field of a record. It refers to records of every type, so it has no
//! foreign key.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, big_integer, drop_tables, integer, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::rows(manager, "search_term")
            .column(text("type"))
            .column(text("term"))
            .column(nullable(text("word")))
            .column(text("field"))
            .column(integer("role"))
            .column(integer("weight"))
            .column(big_integer("record_id"))
            .read_by(&["type", "term", "record_id", "weight", "field"])
            .read_by(&["record_id", "term"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["search_term"]).await
    }
}
