//! Creates the tables of procedures, and of adjuncts, which may refer to a procedure.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, drop_tables, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        procedure(manager).await?;
        adjunct(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["adjunct", "procedure"]).await
    }
}

async fn procedure(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "procedure")
        .indexed(text("name"))
        .column(json("aliases"))
        .indexed(text("category"))
        .column(json("purpose"))
        .indexed(nullable(text("invasiveness")))
        .indexed(text("status"))
        .indexed(text("locale"))
        .column(text("summary"))
        .column(nullable(text("patient_summary")))
        .column(nullable(json("review")))
        .may_refer_to("parent_procedure_id", "procedure", &["name", "id"])
        .column(nullable(json("technique")))
        .column(nullable(json("mechanism")))
        .column(nullable(json("general_effectiveness")))
        .column(json("anaesthesia"))
        .column(json("preparation"))
        .column(json("steps"))
        .column(json("aftercare"))
        .column(nullable(json("visit_duration")))
        .column(json("parameters"))
        .column(json("variants"))
        .column(nullable(json("recovery")))
        .column(nullable(json("results")))
        .column(nullable(json("sessions")))
        .column(nullable(json("combinations")))
        .column(json("get_help"))
        .column(json("regulatory"))
        .column(nullable(json("pain")))
        .column(json("practitioners"))
        .column(json("costs"))
        .column(json("not_found"))
        .column(json("treats"))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("name")
        .ranked(
            "category",
            &[
                "NEEDLING",
                "CHEMICAL_RESURFACING",
                "MECHANICAL_RESURFACING",
                "LASER",
                "LIGHT",
                "INJECTABLE",
                "CRYOTHERAPY",
                "ELECTROSURGERY",
            ],
        )
        .ranked("invasiveness", &["NON_INVASIVE", "MINIMALLY_INVASIVE", "INVASIVE_RESURFACING"])
        .ranked("status", &["DRAFT", "IN_REVIEW", "REVIEWED", "RETIRED"])
        .create(manager)
        .await
}

async fn adjunct(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "adjunct")
        .indexed(text("name"))
        .indexed(text("kind"))
        .may_refer_to("parent_id", "adjunct", &["name", "id"])
        .may_refer_to("procedure_id", "procedure", &["name", "id"])
        .column(text("description"))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("name")
        .ranked("kind", &["TOPICAL", "BIOLOGIC"])
        .create(manager)
        .await
}
