//! The table `device`: kinds of devices used in procedures.

use sea_orm::entity::prelude::*;

/// A kind of device used in procedures.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
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
    /// The broader device.
    pub parent_id: Option<i64>,
    /// Description.
    pub description: String,
    /// Its needles, as a JSON object.
    pub needles: Option<Json>,
    /// How the device is applied to the skin, as a JSON array.
    pub application_modes: Json,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader device.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
