//! Adds indexes on enumerations, booleans and levels that end in the default order of a list. Many rows of a table share
//! such a value. With an index on the column alone, the database would sort all of them: some hundred thousand of a million
//! outcomes, for a page of twenty.

use sea_orm_migration::prelude::*;

use crate::table::{Columns, IN_TRANSACTION, add_index, drop_index, each_column};

/// Enumerations, booleans and levels.
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

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
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
