//! Adds the names of the conditions that a procedure helps with. Procedures that are stored already have none until their
//! document is published again.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, add_column, drop_column, json};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "procedure", json("treats").default("[]").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_column(manager, "procedure", "treats").await
    }
}
