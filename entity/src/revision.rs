//! The table `revision`: publications of the library.

use sea_orm::entity::prelude::*;

/// One publication: everything that changed in it carries its number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    /// Number of the revision, counted from 1; the program gives it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// When it was published: RFC 3339 text in UTC.
    pub published_at: String,
    /// What changed, in a sentence.
    pub summary: String,
    /// The highest content id issued up to and including this revision.
    pub last_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
