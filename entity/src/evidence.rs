//! The table `evidence`: findings of sources about outcomes.

use sea_orm::entity::prelude::*;

/// A finding of a source about an outcome.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
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
    /// The outcome; the finding goes with it.
    pub outcome_id: i64,
    /// Place among the findings for the outcome.
    pub position: i32,
    /// The source.
    pub source_id: i64,
    /// The condition studied, where it is not that of the outcome.
    pub condition_id: Option<i64>,
    /// The scale or quantity that the finding is measured by.
    pub measure_id: Option<i64>,
    /// Number of people studied.
    pub participants: Option<i32>,
    /// Whether it is about something near, not about the outcome itself.
    pub indirect: bool,
    /// What was found.
    pub finding: String,
    /// The outcome; the finding goes with it.
    #[sea_orm(belongs_to, from = "outcome_id", to = "id")]
    pub outcome: BelongsTo<super::treatment_outcome::Entity>,
    /// The source.
    #[sea_orm(belongs_to, from = "source_id", to = "id")]
    pub source: BelongsTo<super::source::Entity>,
    /// The condition studied, where it is not that of the outcome.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<Option<super::condition::Entity>>,
    /// The scale or quantity that the finding is measured by.
    #[sea_orm(belongs_to, from = "measure_id", to = "id")]
    pub measure: BelongsTo<Option<super::outcome_measure::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
