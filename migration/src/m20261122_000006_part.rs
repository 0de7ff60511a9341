//! Creates the tables of parts: rows that belong to one record and have no id in GraphQL. Clients can filter by them.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, boolean, double, drop_tables, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        code(manager).await?;
        outcome_effect(manager).await?;
        adjunct_use(manager).await?;
        contraindication(manager).await?;
        adverse_effect(manager).await?;
        device_use(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["device_use", "adverse_effect", "contraindication", "adjunct_use", "outcome_effect", "code"])
            .await
    }
}

async fn code(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part_of_one(
        manager,
        "code",
        &[
            ("procedure_id", "procedure"),
            ("condition_id", "condition"),
            ("biological_target_id", "biological_target"),
            ("adjunct_id", "adjunct"),
        ],
    )
    .indexed(text("system"))
    .indexed(text("code"))
    .column(text("display"))
    .indexed(text("match"))
    .column(nullable(text("note")))
    .column(json("sources"))
    .create(manager)
    .await
}

async fn outcome_effect(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part(manager, "outcome_effect", "outcome_id", "treatment_outcome")
        .indexed(text("attribute"))
        .indexed(text("direction"))
        .column(nullable(text("note")))
        .create(manager)
        .await
}

async fn adjunct_use(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part(manager, "adjunct_use", "outcome_id", "treatment_outcome")
        .refers_to("adjunct_id", "adjunct", &["outcome_id"])
        .indexed(text("requirement"))
        .column(nullable(text("note")))
        .column(json("sources"))
        .create(manager)
        .await
}

async fn contraindication(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part(manager, "contraindication", "procedure_id", "procedure")
        .indexed(text("name"))
        .indexed(text("topic"))
        .indexed(text("kind"))
        .may_refer_to("condition_id", "condition", &["procedure_id"])
        .column(json("skin_types"))
        .column(nullable(text("note")))
        .column(json("sources"))
        .create(manager)
        .await
}

async fn adverse_effect(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part(manager, "adverse_effect", "procedure_id", "procedure")
        .indexed(text("name"))
        .indexed(text("effect"))
        .indexed(text("frequency"))
        .indexed(nullable(double("percent")))
        .indexed(boolean("serious"))
        .column(nullable(text("note")))
        .column(json("sources"))
        .create(manager)
        .await
}

async fn device_use(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::part(manager, "device_use", "procedure_id", "procedure")
        .refers_to("device_id", "device", &["procedure_id"])
        .column(json("sources"))
        .create(manager)
        .await
}
