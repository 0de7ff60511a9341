//! The table `treatment_outcome`: what a procedure does for a condition.

use sea_orm::entity::prelude::*;

/// What a procedure does for a condition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "treatment_outcome")]
pub struct Model {
    /// Id, unique among all content; the program gives it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name for addresses and documents.
    #[sea_orm(unique)]
    pub slug: String,
    /// Revision of the library in which the row last changed.
    pub revision: i32,
    /// Notice that must be shown with it.
    pub notice: String,
    /// The procedure; the outcome goes with it.
    pub procedure_id: i64,
    /// Place among the outcomes of the procedure, from 1.
    pub position: i32,
    /// The condition treated.
    pub condition_id: i64,
    /// The causes that the claim is limited to, as a JSON array.
    pub causes_covered: Json,
    /// Whether it is a usual reason for the procedure.
    pub common_use: Option<bool>,
    /// What to expect, in a sentence.
    pub expected_effect: String,
    /// How it works for this condition, as a JSON object.
    pub mechanism: Option<Json>,
    /// How strongly the effect is put and on what basis, as a JSON object.
    pub effectiveness: Json,
    /// The grade of `effectiveness`, for filters and order.
    pub grade: String,
    /// Certainty of the evidence, as a source rates it.
    pub certainty: String,
    /// Oxford CEBM step of the best direct evidence, from 1 to 5.
    pub evidence_level: Option<i32>,
    /// Whether people respond differently.
    pub response_variability: String,
    /// How many people respond.
    pub responders: Option<String>,
    /// What to bear in mind.
    pub caveat: Option<String>,
    /// How often it is done for this condition, as a JSON object.
    pub sessions: Option<Json>,
    /// When the effect begins, as a JSON object.
    pub onset: Option<Json>,
    /// The variant of the procedure that is meant.
    pub variant: Option<String>,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The procedure; the outcome goes with it.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<super::procedure::Entity>,
    /// The condition treated.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<super::condition::Entity>,
    /// What changes, and in which direction.
    #[sea_orm(has_many)]
    pub effects: HasMany<super::outcome_effect::Entity>,
    /// What is used together with the procedure.
    #[sea_orm(has_many)]
    pub adjunct_uses: HasMany<super::adjunct_use::Entity>,
    /// The findings that bear on it.
    #[sea_orm(has_many)]
    pub evidence: HasMany<super::evidence::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
