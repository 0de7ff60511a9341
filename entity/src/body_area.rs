//! The table `body_area`: parts of the body.

use sea_orm::entity::prelude::*;

/// A part of the body.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "body_area")]
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
    /// The larger area that this one belongs to.
    pub parent_id: Option<i64>,
    /// The larger area that this one belongs to.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
