//! Creates the history: a row for each record that a revision changed, with the document that was replaced.
//!
//! The rows refer to records that may have been deleted, so they have no foreign keys.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, big_integer, drop_tables, integer, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::rows(manager, "record_change")
            .column(big_integer("revision"))
            .column(big_integer("record_id"))
            .column(text("type"))
            .column(text("slug"))
            .column(text("action"))
            .column(json("fields"))
            .column(nullable(big_integer("owner_id")))
            .column(nullable(big_integer("document_id")))
            .column(nullable(integer("position")))
            .column(nullable(text("document")))
            .read_by(&["revision", "id"])
            .read_by(&["record_id", "revision", "id"])
            .read_by(&["owner_id", "revision"])
            .read_by(&["document_id", "revision", "id"])
            .read_by(&["slug", "revision"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["record_change"]).await
    }
}
