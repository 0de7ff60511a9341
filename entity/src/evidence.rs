//! The table `evidence`: evidence items, which are findings of sources about outcomes.

use sea_orm::entity::prelude::*;

/// An evidence item: what one source found about one outcome.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
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
    /// The outcome. The evidence item is deleted with it.
    pub outcome_id: i64,
    /// Position among the evidence items of the outcome.
    pub position: i32,
    /// The source.
    pub source_id: i64,
    /// The condition that was studied; null if it is that of the outcome.
    pub condition_id: Option<i64>,
    /// The outcome measure that the finding uses.
    pub measure_id: Option<i64>,
    /// Number of people studied; null if not stated or not read.
    pub participants: Option<i32>,
    /// Whether the source studied a related procedure or condition instead.
    pub indirect: bool,
    /// Whether the main result of the source is for or against the procedure.
    pub direction: String,
    /// What was found.
    pub finding: String,
    /// Size of the effect, as a JSON object.
    pub estimate: Option<Json>,
    /// The finding as numbers of people in 100, as a JSON object; null if the source gives none.
    pub per100: Option<Json>,
    /// The outcome. The evidence item is deleted with it.
    #[sea_orm(belongs_to, from = "outcome_id", to = "id")]
    pub outcome: BelongsTo<super::treatment_outcome::Entity>,
    /// The source.
    #[sea_orm(belongs_to, from = "source_id", to = "id")]
    pub source: BelongsTo<super::source::Entity>,
    /// The condition that was studied; null if it is that of the outcome.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<Option<super::condition::Entity>>,
    /// The outcome measure that the finding uses.
    #[sea_orm(belongs_to, from = "measure_id", to = "id")]
    pub measure: BelongsTo<Option<super::outcome_measure::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
