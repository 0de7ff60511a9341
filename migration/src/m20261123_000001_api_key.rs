//! Creates the table of API keys: who may use the service, and how much. It holds no secret, only what tells one.

use sea_orm_migration::prelude::*;

use crate::table::{NewTable, WHOLE, drop_tables, nullable, text};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE
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
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["api_key"]).await
    }
}
