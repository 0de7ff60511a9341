//! Creates the link tables, which connect records. Links are deleted with their owner. A record cannot be deleted while a
//! link refers to it.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, boolean, drop_tables};

/// The link tables without flags, each with the tables of its owner and its target.
const LINKS: [(&str, &str, &str); 19] = [
    ("procedure_adjunct", "procedure", "adjunct"),
    ("procedure_body_area", "procedure", "body_area"),
    ("procedure_contraindicated_condition", "procedure", "condition"),
    ("procedure_device", "procedure", "device"),
    ("procedure_source", "procedure", "source"),
    ("procedure_target", "procedure", "biological_target"),
    ("condition_ancestor", "condition", "condition"),
    ("condition_body_area", "condition", "body_area"),
    ("condition_source", "condition", "source"),
    ("treatment_outcome_adjunct", "treatment_outcome", "adjunct"),
    ("treatment_outcome_also_covers", "treatment_outcome", "condition"),
    ("treatment_outcome_measure", "treatment_outcome", "outcome_measure"),
    ("treatment_outcome_source", "treatment_outcome", "source"),
    ("treatment_outcome_target", "treatment_outcome", "biological_target"),
    ("biological_target_source", "biological_target", "source"),
    ("adjunct_source", "adjunct", "source"),
    ("outcome_measure_condition", "outcome_measure", "condition"),
    ("outcome_measure_source", "outcome_measure", "source"),
    ("device_source", "device", "source"),
];

/// Flags that say how a link from an outcome to a condition was derived.
const FLAGS: [&str; 7] = ["direct", "covering", "studied", "covering_studied", "below", "covering_below", "studied_below"];

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, owner, target) in LINKS {
            NewTable::link(manager, name, owner, target).create(manager).await?;
        }
        let table = NewTable::flagged_link(manager, "treatment_outcome_condition", "treatment_outcome", "condition", &FLAGS);
        FLAGS.iter().fold(table, |table, flag| table.column(boolean(flag))).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["treatment_outcome_condition"]).await?;
        drop_tables(manager, &LINKS.map(|(name, ..)| name)).await
    }
}
