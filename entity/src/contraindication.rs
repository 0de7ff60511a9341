//! The table `contraindication`: reasons not to do procedures.

use sea_orm::entity::prelude::*;

/// A reason not to do a procedure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contraindication")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The procedure.
    pub procedure_id: i64,
    /// Position among the contraindications of the procedure.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// Display name of the reason.
    pub name: String,
    /// What the reason is about.
    pub topic: String,
    /// Strength of the contraindication.
    pub kind: String,
    /// The condition that is the reason; null if the reason is not a condition in the library.
    pub condition_id: Option<i64>,
    /// Skin types that the reason is about, as a JSON array.
    pub skin_types: Json,
    /// Remark.
    pub note: Option<String>,
    /// Ids of the sources of this statement, as a JSON array.
    pub sources: Json,
    /// The procedure.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<super::procedure::Entity>,
    /// The condition that is the reason; null if the reason is not a condition in the library.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<Option<super::condition::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
