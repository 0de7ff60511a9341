//! The table `adjunct_use`: adjuncts used for an outcome.

use sea_orm::entity::prelude::*;

/// An adjunct used for an outcome.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adjunct_use")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The outcome.
    pub outcome_id: i64,
    /// Position among the adjuncts of the outcome.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// The adjunct.
    pub adjunct_id: i64,
    /// Whether the adjunct is required for the outcome.
    pub requirement: String,
    /// Remark.
    pub note: Option<String>,
    /// Ids of the sources of this statement, as a JSON array.
    pub sources: Json,
    /// The outcome.
    #[sea_orm(belongs_to, from = "outcome_id", to = "id")]
    pub outcome: BelongsTo<super::treatment_outcome::Entity>,
    /// The adjunct.
    #[sea_orm(belongs_to, from = "adjunct_id", to = "id")]
    pub adjunct: BelongsTo<super::adjunct::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
