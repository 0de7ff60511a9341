//! The table `adjunct`: products used together with procedures.

use sea_orm::entity::prelude::*;

/// An adjunct: a product used together with a procedure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adjunct")]
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
    /// Display name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// The broader adjunct.
    pub parent_id: Option<i64>,
    /// The procedure that is the same treatment as this adjunct; null if there is none.
    pub procedure_id: Option<i64>,
    /// Description.
    pub description: String,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader adjunct.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
    /// The procedure that is the same treatment as this adjunct; null if there is none.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<Option<super::procedure::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
