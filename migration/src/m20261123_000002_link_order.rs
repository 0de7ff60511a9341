//! Adds covering indexes of link tables: one that reads the links of an owner in order, and one that also has the flags of
//! the links between outcomes and conditions.

use sea_orm_migration::prelude::*;

use crate::{
    m20261122_000007_link::LINKS,
    table::{IN_TRANSACTION, add_index, drop_index},
};

/// The link table with flags, which say how a link was derived.
const FLAGGED: &str = "treatment_outcome_condition";
const OF_CONDITION: [&str; 5] = ["target_id", "owner_id", "direct", "covering", "below"];
const BEFORE: [&str; 2] = ["owner_id", "position"];
const AFTER: [&str; 3] = ["owner_id", "position", "target_id"];

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &BEFORE, &AFTER, &OF_CONDITION[..2], &OF_CONDITION).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &AFTER, &BEFORE, &OF_CONDITION, &OF_CONDITION[..2]).await
    }
}

fn tables() -> impl Iterator<Item = &'static str> {
    LINKS.into_iter().map(|(name, ..)| name).chain([FLAGGED])
}

/// Creates all new indexes before it drops an old one, because dropping blocks readers until the transaction ends.
async fn replace(
    manager: &SchemaManager<'_>,
    before: &[&str],
    after: &[&str],
    of_condition_before: &[&str],
    of_condition_after: &[&str],
) -> Result<(), DbErr> {
    for table in tables() {
        add_index(manager, table, after).await?;
    }
    add_index(manager, FLAGGED, of_condition_after).await?;
    for table in tables() {
        drop_index(manager, table, before).await?;
    }
    drop_index(manager, FLAGGED, of_condition_before).await
}
