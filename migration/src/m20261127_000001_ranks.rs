//! Indexes from which content is read in the order of an enumeration. Its names do not sort by what they mean, so the place of a value
//! among those declared is indexed, as an expression. The indexes of the names stay: a value is found by its name.
//!
//! An enumeration that gets another value needs a migration that makes its indexes again; until then its lists are sorted at each
//! request.

use sea_orm_migration::prelude::*;

use crate::{rank::Ranked, table::WHOLE};

/// Columns that hold a value of an enumeration, each with the values as they are declared.
const RANKED: [Ranked; 13] = [
    Ranked {
        table: "procedure",
        column: "category",
        order: "name",
        nullable: false,
        values: &[
            "NEEDLING",
            "CHEMICAL_RESURFACING",
            "MECHANICAL_RESURFACING",
            "LASER",
            "LIGHT",
            "INJECTABLE",
            "CRYOTHERAPY",
        ],
    },
    Ranked {
        table: "procedure",
        column: "invasiveness",
        order: "name",
        nullable: true,
        values: &["NON_INVASIVE", "MINIMALLY_INVASIVE", "INVASIVE_RESURFACING"],
    },
    Ranked {
        table: "procedure",
        column: "status",
        order: "name",
        nullable: false,
        values: &["DRAFT", "IN_REVIEW", "PUBLISHED", "RETIRED"],
    },
    Ranked {
        table: "treatment_outcome",
        column: "grade",
        order: "slug",
        nullable: false,
        values: &["NOT_GRADED", "NO_BENEFIT", "VARIABLE", "MODEST", "HELPS", "EFFECTIVE"],
    },
    Ranked {
        table: "treatment_outcome",
        column: "certainty",
        order: "slug",
        nullable: false,
        values: &["NOT_ASSESSED", "VERY_LOW", "LOW", "MODERATE", "HIGH"],
    },
    Ranked {
        table: "treatment_outcome",
        column: "responders",
        order: "slug",
        nullable: true,
        values: &["FEW", "SOME", "MOST"],
    },
    Ranked {
        table: "treatment_outcome",
        column: "response_variability",
        order: "slug",
        nullable: false,
        values: &["NOT_STATED", "CONSISTENT", "VARIABLE"],
    },
    Ranked {
        table: "source",
        column: "kind",
        order: "slug",
        nullable: false,
        values: &[
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
    },
    Ranked { table: "source", column: "extent_read", order: "slug", nullable: false, values: &["PART", "ABSTRACT", "FULL"] },
    Ranked {
        table: "condition",
        column: "kind",
        order: "name",
        nullable: false,
        values: &[
            "SCAR",
            "AGEING_CHANGE",
            "PIGMENT_DISORDER",
            "HAIR_DISORDER",
            "INFLAMMATORY_DISEASE",
            "VASCULAR_LESION",
            "PRECANCEROUS_LESION",
            "SWEAT_GLAND_DISORDER",
            "COSMETIC_CONCERN",
        ],
    },
    Ranked { table: "adjunct", column: "kind", order: "name", nullable: false, values: &["TOPICAL", "BIOLOGIC"] },
    Ranked {
        table: "biological_target",
        column: "kind",
        order: "name",
        nullable: false,
        values: &["PROTEIN", "CELL", "TISSUE", "CHROMOPHORE", "PROCESS"],
    },
    Ranked {
        table: "outcome_measure",
        column: "kind",
        order: "name",
        nullable: false,
        values: &["CLINICIAN_RATED", "PATIENT_REPORTED", "MIXED", "MEASURED"],
    },
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
        for ranked in RANKED {
            ranked.add(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for ranked in RANKED {
            ranked.drop(manager).await?;
        }
        Ok(())
    }
}
