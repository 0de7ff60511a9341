//! Indexes from which content with a choice, a truth value or a level is read in the order that its lists have by default. A choice is
//! shared by much of a table, so that the index of it alone leads to rows that are then sorted: of a million outcomes some hundred
//! thousand, for a page of twenty.

use sea_orm_migration::prelude::*;

use crate::table::{Columns, WHOLE, add_index, drop_index, each_column};

/// Choices, truth values and levels.
pub(crate) const CHOICES: [Columns; 8] = [
    ("procedure", &["category", "invasiveness", "status"], "name"),
    (
        "treatment_outcome",
        &["common_use", "grade", "certainty", "evidence_level", "responders", "response_variability"],
        "slug",
    ),
    ("evidence", &["indirect"], "slug"),
    ("source", &["kind", "level", "extent_read"], "slug"),
    ("condition", &["kind"], "name"),
    ("adjunct", &["kind"], "name"),
    ("biological_target", &["kind"], "name"),
    ("outcome_measure", &["kind"], "name"),
];

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in indexes() {
            add_index(manager, table, &columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in indexes() {
            drop_index(manager, table, &columns).await?;
        }
        Ok(())
    }
}

fn indexes() -> impl Iterator<Item = (&'static str, [&'static str; 3])> {
    each_column(&CHOICES).map(|(table, column, order)| (table, [column, order, "id"]))
}
