//! Creates the tables of sources and of the vocabulary that procedures, conditions and outcomes share.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, drop_tables, integer, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        source(manager).await?;
        body_area(manager).await?;
        device(manager).await?;
        biological_target(manager).await?;
        outcome_measure(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["outcome_measure", "biological_target", "device", "body_area", "source"]).await
    }
}

async fn source(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "source")
        .indexed(text("kind"))
        .indexed(text("title"))
        .indexed(nullable(text("authors")))
        .indexed(nullable(text("publisher")))
        .indexed(nullable(integer("year")))
        .indexed(nullable(text("url")))
        .indexed(nullable(text("doi")))
        .indexed(nullable(text("pmid")))
        .indexed(nullable(text("pmcid")))
        .indexed(nullable(integer("level")))
        .indexed(text("extent_read"))
        .column(nullable(text("note")))
        .ordered_by("slug")
        .ranked(
            "kind",
            &[
                "META_ANALYSIS",
                "SYSTEMATIC_REVIEW",
                "RANDOMISED_TRIAL",
                "CONTROLLED_STUDY",
                "UNCONTROLLED_STUDY",
                "REVIEW",
                "GUIDELINE",
                "REFERENCE_TEXT",
                "BOOK_CHAPTER",
                "ARTICLE",
                "REGULATOR",
                "HEALTH_SERVICE",
                "CODE_SYSTEM",
                "WEB_PAGE",
                "EDITORIAL_BRIEF",
            ],
        )
        .ranked("extent_read", &["PART", "ABSTRACT", "FULL"])
        .create(manager)
        .await
}

async fn body_area(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "body_area")
        .indexed(text("name"))
        .may_refer_to("parent_id", "body_area", &["name", "id"])
        .ordered_by("name")
        .create(manager)
        .await
}

async fn device(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "device")
        .indexed(text("name"))
        .may_refer_to("parent_id", "device", &["name", "id"])
        .column(text("description"))
        .column(nullable(json("needles")))
        .column(json("application_modes"))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("name")
        .create(manager)
        .await
}

async fn biological_target(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "biological_target")
        .indexed(text("name"))
        .indexed(text("kind"))
        .column(text("role"))
        .column(json("supports"))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("name")
        .ranked("kind", &["PROTEIN", "CELL", "TISSUE", "CHROMOPHORE", "PROCESS"])
        .create(manager)
        .await
}

async fn outcome_measure(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    NewTable::content(manager, "outcome_measure")
        .indexed(text("name"))
        .indexed(nullable(text("abbreviation")))
        .indexed(text("kind"))
        .column(nullable(json("scale")))
        .column(text("description"))
        .column(json("sources"))
        .column(json("field_sources"))
        .ordered_by("name")
        .ranked("kind", &["CLINICIAN_RATED", "PATIENT_REPORTED", "MIXED", "MEASURED"])
        .create(manager)
        .await
}
