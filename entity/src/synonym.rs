//! The table `synonym`: words that people type, and the words of the texts that mean the same.

use sea_orm::entity::prelude::*;

/// A synonym.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "synonym")]
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
    /// The words that the service searches for as well: one word, or up to three adjacent words of a name.
    pub meaning: String,
    /// Words or phrases that people type, as a JSON array. A phrase has up to three words, not counting words such as `of`.
    pub words: Json,
}

impl ActiveModelBehavior for ActiveModel {}
