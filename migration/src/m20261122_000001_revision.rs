//! Creates the table of revisions: every publication of the library has a number here.

use sea_orm_migration::prelude::*;

use crate::table::{NewTable, WHOLE, big_integer, drop_tables, text};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::empty(manager, "revision")
            .column(big_integer("id").primary_key().to_owned())
            .column(text("published_at"))
            .column(text("summary"))
            .column(big_integer("last_id"))
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["revision"]).await
    }
}
