//! The table `device_use`: devices used in procedures.

use sea_orm::entity::prelude::*;

/// A device used in a procedure.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_use")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The procedure.
    pub procedure_id: i64,
    /// Position among the devices of the procedure.
    pub position: i32,
    /// Key of the entry in its list; null if it was last saved by an earlier version.
    pub key: Option<String>,
    /// The device.
    pub device_id: i64,
    /// Ids of the sources of this statement, as a JSON array.
    pub sources: Json,
    /// The procedure.
    #[sea_orm(belongs_to, from = "procedure_id", to = "id")]
    pub procedure: BelongsTo<super::procedure::Entity>,
    /// The device.
    #[sea_orm(belongs_to, from = "device_id", to = "id")]
    pub device: BelongsTo<super::device::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
