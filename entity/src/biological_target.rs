//! The table `biological_target`: what mechanisms act on.

use sea_orm::entity::prelude::*;

/// Something in the body that a mechanism acts on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "biological_target")]
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
    /// What it does in the body, or what acts on it.
    pub role: String,
    /// Properties of the skin that it supports, as a JSON array.
    pub supports: Json,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
}

impl ActiveModelBehavior for ActiveModel {}
