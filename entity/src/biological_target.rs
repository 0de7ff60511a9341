//! The table `biological_target`: structures and processes of the body that mechanisms act on.

use sea_orm::entity::prelude::*;

/// A structure or process of the body that a mechanism acts on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "biological_target")]
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
    /// What the target does in the body, or why procedures act on it.
    pub role: String,
    /// Skin properties that the target supports, as a JSON array.
    pub supports: Json,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
}

impl ActiveModelBehavior for ActiveModel {}
