//! Creates the table of revisions, which has one row per publication.

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
        NewTable::empty(manager, "revision")
            .column(big_integer("id").primary_key().to_owned())
            .column(text("published_at"))
            .column(text("summary"))
            .column(big_integer("last_id"))
            .column(text("checksum"))
            .column(nullable(text("author")))
            .column(nullable(text("message")))
            .column(nullable(integer("records")))
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["revision"]).await
    }
}
