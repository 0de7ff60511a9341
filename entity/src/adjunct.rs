//! The table `adjunct`: things used together with procedures.

use sea_orm::entity::prelude::*;

/// Something used together with a procedure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adjunct")]
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
    /// Name shown to readers.
    pub name: String,
    /// What kind of thing it is.
    pub kind: String,
    /// The broader adjunct that this one is a kind of.
    pub parent_id: Option<i64>,
    /// The procedure that it is when done for itself.
    pub procedure_id: Option<i64>,
    /// What it is.
    pub description: String,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader adjunct that this one is a kind of.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
    /// The procedure that it is when done for itself.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<Option<super::procedure::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
