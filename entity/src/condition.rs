//! The table `condition`: conditions and concerns of the skin and hair.

use sea_orm::entity::prelude::*;

/// A condition or concern of the skin or hair.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "condition")]
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
    /// Other names, as a JSON array.
    pub aliases: Json,
    /// Kind of condition.
    pub kind: String,
    /// The broader condition.
    pub parent_id: Option<i64>,
    /// Description, in one or two sentences.
    pub description: String,
    /// Signs and symptoms, as a JSON array.
    pub signs: Json,
    /// Causes that define the condition, as a JSON array.
    pub causes: Json,
    /// Whether it must be diagnosed before it is treated; null if no source says.
    pub diagnose_first: Option<bool>,
    /// Why and how it must be diagnosed first.
    pub diagnosis_note: Option<String>,
    /// Latest review, as a JSON object.
    pub review: Option<Json>,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader condition.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
