//! Creates the table of conditions, with their hierarchy.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, NewTable, boolean, drop_tables, json, nullable, text};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::content(manager, "condition")
            .indexed(text("name"))
            .column(json("aliases"))
            .indexed(text("kind"))
            .may_refer_to("parent_id", "condition", &["name", "id"])
            .column(text("description"))
            .column(json("signs"))
            .column(json("causes"))
            .indexed(nullable(boolean("diagnose_first")))
            .column(nullable(text("diagnosis_note")))
            .column(nullable(json("review")))
            .column(json("sources"))
            .column(json("field_sources"))
            .ordered_by("name")
            .ranked(
                "kind",
                &[
                    "SCAR",
                    "AGEING_CHANGE",
                    "PIGMENT_DISORDER",
                    "HAIR_DISORDER",
                    "INFLAMMATORY_DISEASE",
                    "VASCULAR_LESION",
                    "PRECANCEROUS_LESION",
                    "BENIGN_GROWTH",
                    "SWEAT_GLAND_DISORDER",
                    "COSMETIC_CONCERN",
                ],
            )
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["condition"]).await
    }
}
