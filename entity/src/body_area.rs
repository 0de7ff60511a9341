//! The table `body_area`: parts of the body.

use sea_orm::entity::prelude::*;

/// A part of the body.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "body_area")]
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
    /// The larger area that this one is part of.
    pub parent_id: Option<i64>,
    /// The larger area that this one is part of.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
