//! Creates the table of API keys and their roles. It stores no secret, only the hash of each key.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, drop_tables, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::empty(manager, "api_key")
            .column(text("id").primary_key().to_owned())
            .column(text("name"))
            .column(text("role"))
            .column(text("hash"))
            .column(text("created_at"))
            .column(nullable(text("expires_at")))
            .column(nullable(text("revoked_at")))
            // The order of lists.
            .read_by(&["created_at", "id"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["api_key"]).await
    }
}
