//! The table `outcome_measure`: scales and quantities that studies use to measure outcomes.

use sea_orm::entity::prelude::*;

/// A scale or quantity that studies use to measure outcomes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome_measure")]
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
    /// Abbreviation; null if none.
    pub abbreviation: Option<String>,
    /// How the measure is taken.
    pub kind: String,
    /// Values of the measure, as a JSON object.
    pub scale: Option<Json>,
    /// Description of what is measured.
    pub description: String,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
}

impl ActiveModelBehavior for ActiveModel {}
