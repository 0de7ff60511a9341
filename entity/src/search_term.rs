//! The table `search_term`: the index of search. Each row is a term of a field of a record.

use sea_orm::entity::prelude::*;

/// One term.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_term")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Type of the record.
    pub r#type: String,
    /// The term: a word, a stem, words written as one, a whole name, or a part of a name.
    pub term: String,
    /// The word of the text that the term was made from; null if it equals the term.
    pub word: Option<String>,
    /// Name of the field as a value of `SearchField`.
    pub field: String,
    /// Role of the text, as an index of `SearchMatchKind`.
    pub role: i32,
    /// Points of a match.
    pub weight: i32,
    /// Id of the record.
    pub record_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
