//! Adds indexes to order a list by any one column, in both directions. Ties are in the default order of the list, and then
//! by id if that order is not unique. The older indexes, in which the id follows the column directly, are dropped because
//! lists no longer have that order.
//!
//! Null is last in both directions. SQLite needs only one index for that; on PostgreSQL a nullable column needs a second
//! one.

use sea_orm_migration::prelude::*;

use crate::{
    m20261124_000001_choices::CHOICES,
    table::{
        Columns, IN_TRANSACTION, add_descending_index, add_index, drop_descending_index, drop_index, each_column, order_tail,
    },
};

/// Sortable columns that are not enumerations, booleans or levels.
const OTHERS: [Columns; 10] = [
    ("procedure", &["locale", "revision"], "name"),
    ("treatment_outcome", &["position", "revision", "variant"], "slug"),
    ("evidence", &["participants", "revision"], "slug"),
    ("source", &["doi", "pmcid", "pmid", "revision", "title", "year"], "slug"),
    ("condition", &["revision"], "name"),
    ("adjunct", &["revision"], "name"),
    ("biological_target", &["revision"], "name"),
    ("outcome_measure", &["abbreviation", "revision"], "name"),
    ("device", &["revision"], "name"),
    ("body_area", &["revision"], "name"),
];

/// Foreign keys, in lists that are ordered by the slug.
const REFERRING: [Columns; 2] =
    [("treatment_outcome", &["condition_id"], "slug"), ("evidence", &["condition_id", "measure_id", "source_id"], "slug")];

/// Sortable columns that may be null.
const NULLABLE: [Columns; 5] = [
    ("procedure", &["invasiveness"], "name"),
    ("treatment_outcome", &["common_use", "evidence_level", "responders", "variant"], "slug"),
    ("evidence", &["participants"], "slug"),
    ("source", &["doi", "level", "pmcid", "pmid", "year"], "slug"),
    ("outcome_measure", &["abbreviation"], "name"),
];

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, order) in each_column(&NULLABLE) {
            add_descending_index(manager, table, column, order).await?;
        }
        replace(manager, &before(), &after()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &after(), &before()).await?;
        for (table, column, _) in each_column(&NULLABLE) {
            drop_descending_index(manager, table, column).await?;
        }
        Ok(())
    }
}

/// Indexes, by their table and columns.
type Indexes = Vec<(&'static str, Vec<&'static str>)>;

fn before() -> Indexes {
    let alone = each_column(&CHOICES).chain(each_column(&OTHERS)).map(|(table, column, _)| (table, vec![column, "id"]));
    let ordered = each_column(&CHOICES)
        .chain(each_column(&REFERRING))
        .map(|(table, column, order)| (table, vec![column, order, "id"]));
    alone.chain(ordered).collect()
}

fn after() -> Indexes {
    let all = each_column(&CHOICES).chain(each_column(&OTHERS)).chain(each_column(&REFERRING));
    all.map(|(table, column, order)| (table, [vec![column], order_tail(order)].concat())).collect()
}

/// Creates all new indexes before it drops an old one, because dropping blocks readers until the transaction ends.
async fn replace(manager: &SchemaManager<'_>, before: &Indexes, after: &Indexes) -> Result<(), DbErr> {
    for (table, columns) in after.iter().filter(|index| !before.contains(index)) {
        add_index(manager, table, columns).await?;
    }
    for (table, columns) in before.iter().filter(|index| !after.contains(index)) {
        drop_index(manager, table, columns).await?;
    }
    Ok(())
}
