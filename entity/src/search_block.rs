//! The table `search_block`: the search index, whose postings are cut into blocks.

use sea_orm::entity::prelude::*;

/// One block.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_block")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Type of the records; empty in the row with the version of the index.
    pub r#type: String,
    /// The first term that may be in the block.
    pub term: String,
    /// The first record that may be in the block with this term. In the row with the version of the index, that version.
    pub record_id: i64,
    /// The postings of the terms and records from these on, up to the next block.
    pub postings: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
