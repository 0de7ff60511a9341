//! The table `outcome_measure`: scales and quantities that studies measure outcomes by.

use sea_orm::entity::prelude::*;

/// A scale or quantity that studies measure outcomes by.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome_measure")]
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
    /// Short name.
    pub abbreviation: Option<String>,
    /// Who or what measures.
    pub kind: String,
    /// Its values, as a JSON object.
    pub scale: Option<Json>,
    /// What it measures.
    pub description: String,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
}

impl ActiveModelBehavior for ActiveModel {}
