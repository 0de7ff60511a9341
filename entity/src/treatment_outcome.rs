//! The table `treatment_outcome`: what one procedure does for one condition.

use sea_orm::entity::prelude::*;

/// What one procedure does for one condition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "treatment_outcome")]
pub struct Model {
    /// Id, unique among all records and assigned by the program.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name in URLs and content documents, unique in the table.
    #[sea_orm(unique)]
    pub slug: String,
    /// Revision of the last change.
    pub revision: i32,
    /// Earlier slugs, as a JSON array.
    pub formerly: Json,
    /// Notice that must be shown with the record.
    pub notice: String,
    /// The procedure. The outcome is deleted with it.
    pub procedure_id: i64,
    /// Position among the outcomes of the procedure, starting at 1.
    pub position: i32,
    /// The condition treated.
    pub condition_id: i64,
    /// Causes to which the claim is limited, as a JSON array.
    pub causes_covered: Json,
    /// Whether the condition is a usual reason for the procedure.
    pub common_use: Option<bool>,
    /// What to expect, in one sentence.
    pub expected_effect: String,
    /// Summary for patients.
    pub patient_summary: Option<String>,
    /// Latest review, as a JSON object.
    pub review: Option<Json>,
    /// Mechanism for this condition, as a JSON object.
    pub mechanism: Option<Json>,
    /// Strength and basis of the claimed benefit, as a JSON object.
    pub effectiveness: Json,
    /// The grade of `effectiveness`, to filter and order by.
    pub grade: String,
    /// Certainty of the evidence, as a source rates it.
    pub certainty: String,
    /// Oxford CEBM step of the best direct evidence, from 1 to 5.
    pub evidence_level: Option<i32>,
    /// Evidence level for each condition, as a JSON array of objects.
    pub evidence_levels: Json,
    /// Whether results differ between people.
    pub response_variability: String,
    /// How many people respond.
    pub responders: Option<String>,
    /// Reservation to consider.
    pub caveat: Option<String>,
    /// Session plan for this condition, as a JSON object.
    pub sessions: Option<Json>,
    /// Time until the effect begins, as a JSON object.
    pub onset: Option<Json>,
    /// When results appear for this condition and how long they last, as a JSON object.
    pub results: Option<Json>,
    /// The variant of the procedure that the claim is about; null for the procedure in general.
    pub variant: Option<String>,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The procedure. The outcome is deleted with it.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<super::procedure::Entity>,
    /// The condition treated.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<super::condition::Entity>,
    /// Attributes that change.
    #[sea_orm(has_many)]
    pub effects: HasMany<super::outcome_effect::Entity>,
    /// Adjuncts used together with the procedure.
    #[sea_orm(has_many)]
    pub adjunct_uses: HasMany<super::adjunct_use::Entity>,
    /// Evidence items.
    #[sea_orm(has_many)]
    pub evidence: HasMany<super::evidence::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
