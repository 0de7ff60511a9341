//! The table `revision`: publications of the library.

use sea_orm::entity::prelude::*;

/// One publication. Each record has the number of the publication that changed it last.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    /// Number of the revision, starting at 1 and assigned by the program.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// When it was published: RFC 3339 text in UTC.
    pub published_at: String,
    /// Summary of the changes, in one sentence.
    pub summary: String,
    /// Highest record id assigned up to and including this revision.
    pub last_id: i64,
    /// Checksum of the content of the library: 32 hexadecimal digits.
    pub checksum: String,
    /// Who published it: the name of an API key or the subject of a token; null if it was published by a command.
    pub author: Option<String>,
    /// Why, in the author's words; null if the author did not say.
    pub message: Option<String>,
    /// Number of records that it created, changed or deleted; null if an older version of the program published it.
    pub records: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
