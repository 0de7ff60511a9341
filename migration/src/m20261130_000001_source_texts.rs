//! Adds the indexes to filter and sort sources by authors, publisher and URL.

use sea_orm_migration::prelude::*;

use crate::{
    sort_index::{add_sort_indexes, drop_sort_indexes},
    table::IN_TRANSACTION,
};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 3] = ["authors", "publisher", "url"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            add_sort_indexes(manager, "source", column, "slug").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            drop_sort_indexes(manager, "source", column, "slug").await?;
        }
        Ok(())
    }
}
