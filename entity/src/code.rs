//! The table `code`: terminology codes of records.

use sea_orm::entity::prelude::*;

/// A terminology code of a record. Exactly one of the owner columns is set.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "code")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The procedure that has the code.
    pub procedure_id: Option<i64>,
    /// The condition that has the code.
    pub condition_id: Option<i64>,
    /// The biological target that has the code.
    pub biological_target_id: Option<i64>,
    /// The adjunct that has the code.
    pub adjunct_id: Option<i64>,
    /// Position among the codes of the owner.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// The terminology.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name in the terminology.
    pub display: String,
    /// How closely the code matches the record.
    pub r#match: String,
    /// Remark.
    pub note: Option<String>,
    /// Ids of the sources of this statement, as a JSON array.
    pub sources: Json,
    /// The procedure that has the code.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<Option<super::procedure::Entity>>,
    /// The condition that has the code.
    #[sea_orm(belongs_to, from = "condition_id", to = "id")]
    pub condition: BelongsTo<Option<super::condition::Entity>>,
    /// The biological target that has the code.
    #[sea_orm(belongs_to, from = "biological_target_id", to = "id")]
    pub biological_target: BelongsTo<Option<super::biological_target::Entity>>,
    /// The adjunct that has the code.
    #[sea_orm(belongs_to, from = "adjunct_id", to = "id")]
    pub adjunct: BelongsTo<Option<super::adjunct::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
