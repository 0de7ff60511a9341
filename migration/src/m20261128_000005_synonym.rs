//! Creates the table of synonyms.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, drop_tables, json, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::content(manager, "synonym")
            .indexed(text("meaning"))
            .column(json("words"))
            .ordered_by("slug")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["synonym"]).await
    }
}
