//! Creates the tables of treatment outcomes, which connect procedures and conditions, and of their evidence items. Their
//! rows are deleted with the record whose content document they are written in.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, boolean, drop_tables, integer, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        treatment_outcome(manager).await?;
        evidence(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["evidence", "treatment_outcome"]).await
    }
}

async fn treatment_outcome(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "treatment_outcome")
        .owned_by("procedure_id", "procedure")
        .indexed(integer("position"))
        .refers_to("condition_id", "condition", &["slug"])
        .column(json("causes_covered"))
        .indexed(nullable(boolean("common_use")))
        .column(text("expected_effect"))
        .column(nullable(text("patient_summary")))
        .column(nullable(json("review")))
        .column(nullable(json("mechanism")))
        .column(json("effectiveness"))
        .indexed(text("grade"))
        .indexed(text("certainty"))
        .indexed(nullable(integer("evidence_level")))
        .column(json("evidence_levels"))
        .indexed(text("response_variability"))
        .indexed(nullable(text("responders")))
        .column(nullable(text("caveat")))
        .column(nullable(json("sessions")))
        .column(nullable(json("onset")))
        .column(nullable(json("results")))
        .indexed(nullable(text("variant")))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("slug")
        .ranked("grade", &["NOT_GRADED", "NO_BENEFIT", "VARIABLE", "MODEST", "HELPS", "EFFECTIVE"])
        .ranked("certainty", &["NOT_ASSESSED", "VERY_LOW", "LOW", "MODERATE", "HIGH"])
        .ranked("responders", &["FEW", "SOME", "MOST"])
        .ranked("response_variability", &["NOT_STATED", "CONSISTENT", "VARIABLE"])
        .create(manager)
        .await
}

async fn evidence(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "evidence")
        .owned_by("outcome_id", "treatment_outcome")
        .column(integer("position"))
        .refers_to("source_id", "source", &["slug"])
        .may_refer_to("condition_id", "condition", &["slug"])
        .may_refer_to("measure_id", "outcome_measure", &["slug"])
        .indexed(nullable(integer("participants")))
        .indexed(boolean("indirect"))
        .indexed(text("direction"))
        .column(text("finding"))
        .column(nullable(json("estimate")))
        .column(nullable(json("per100")))
        .ordered_by("slug")
        .ranked("direction", &["NOT_COMPARED", "HARM", "WORSE", "NO_DIFFERENCE", "MIXED", "BENEFIT"])
        .create(manager)
        .await
}
