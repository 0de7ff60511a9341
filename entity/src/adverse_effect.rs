//! The table `adverse_effect`: unwanted effects of procedures.

use sea_orm::entity::prelude::*;

/// An unwanted effect of a procedure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "adverse_effect")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The procedure.
    pub procedure_id: i64,
    /// Position among the adverse effects of the procedure.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// Display name.
    pub name: String,
    /// Kind of effect.
    pub effect: String,
    /// How often it occurs.
    pub frequency: String,
    /// Percentage of people affected, 0 to 100.
    pub percent: Option<f64>,
    /// Whether it is serious.
    pub serious: bool,
    /// Remark.
    pub note: Option<String>,
    /// Ids of the sources of this statement, as a JSON array.
    pub sources: Json,
    /// The procedure.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<super::procedure::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
