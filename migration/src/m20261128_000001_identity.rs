//! Creates the table of former slugs, by which a renamed record is still found.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, big_integer, drop_tables, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::empty(manager, "former_slug")
            .column(text("slug"))
            .column(big_integer("id"))
            .keyed(&["slug", "id"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["former_slug"]).await
    }
}
