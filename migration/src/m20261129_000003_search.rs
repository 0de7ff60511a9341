//! Creates the search index: its postings, cut into blocks. A row has the first term and the first record that may be in its
//! block. The index refers to records of every type, so it has no foreign key.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, big_integer, bytes, drop_tables, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::rows(manager, "search_block")
            .column(text("type"))
            .column(text("term"))
            .column(big_integer("record_id"))
            .column(bytes("postings"))
            .read_by(&["type", "term", "record_id"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["search_block"]).await
    }
}
