//! Creates the table of idempotency keys, by which the service detects repeated mutations.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, drop_tables, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::empty(manager, "idempotency_key")
            .column(text("author"))
            .column(text("key"))
            .column(text("request"))
            .column(text("report"))
            .column(text("created_at"))
            .keyed(&["author", "key"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency_key"]).await
    }
}
