//! Adds the keys of parts. Parts that are stored already have none until their record is saved again.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, add_column, drop_column, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The tables of parts.
const TABLES: [&str; 6] = ["code", "device_use", "contraindication", "adverse_effect", "outcome_effect", "adjunct_use"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            add_column(manager, table, nullable(text("key"))).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            drop_column(manager, table, "key").await?;
        }
        Ok(())
    }
}
