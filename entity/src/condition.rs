//! The table `condition`: conditions and concerns of the skin and hair.

use sea_orm::entity::prelude::*;

/// A condition or concern of the skin or hair.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "condition")]
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
    /// Other names, as a JSON array.
    pub aliases: Json,
    /// What kind of condition it is.
    pub kind: String,
    /// The broader condition that this one is a kind of.
    pub parent_id: Option<i64>,
    /// What it is, in a sentence or two.
    pub description: String,
    /// What can be seen or felt, as a JSON array.
    pub signs: Json,
    /// What brought it about, as a JSON array.
    pub causes: Json,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader condition that this one is a kind of.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
