//! The table `outcome_effect`: attributes that change in an outcome.

use sea_orm::entity::prelude::*;

/// An attribute that changes in an outcome.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome_effect")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The outcome.
    pub outcome_id: i64,
    /// Position among the effects of the outcome.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// How the attribute changes.
    pub direction: String,
    /// Remark.
    pub note: Option<String>,
    /// The outcome.
    #[sea_orm(belongs_to, from = "outcome_id", to = "id")]
    pub outcome: BelongsTo<super::treatment_outcome::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
