//! The table `source`: the works that statements cite.

use sea_orm::entity::prelude::*;

/// A work that statements cite.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
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
    /// Kind of work.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Authors, as one text.
    pub authors: Option<String>,
    /// Journal, publisher or institution.
    pub publisher: Option<String>,
    /// Year of publication.
    pub year: Option<i32>,
    /// URL of the work.
    pub url: Option<String>,
    /// Digital object identifier (DOI), without a resolver.
    pub doi: Option<String>,
    /// PubMed identifier (PMID).
    pub pmid: Option<String>,
    /// PubMed Central identifier (PMCID), including the prefix `PMC`.
    pub pmcid: Option<String>,
    /// Oxford CEBM 2011 step of the design of the work, 1 to 5.
    pub level: Option<i32>,
    /// How much of the work the editors read.
    pub extent_read: String,
    /// Remark on the work or on how it was read.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
