//! The table `source`: the works that statements cite.

use sea_orm::entity::prelude::*;

/// A work that statements cite.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
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
    /// What kind of work it is.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Authors, as one text.
    pub authors: Option<String>,
    /// Journal, publisher or institution.
    pub publisher: Option<String>,
    /// Year of publication.
    pub year: Option<i32>,
    /// Where a reader finds the work.
    pub url: Option<String>,
    /// The page that was read, where it is another.
    pub read_url: Option<String>,
    /// Digital object identifier, without resolver.
    pub doi: Option<String>,
    /// PMID: its number in the index of the US National Library of Medicine.
    pub pmid: Option<String>,
    /// PMCID: its number in the archive of the US National Library of Medicine, with the letters PMC.
    pub pmcid: Option<String>,
    /// Oxford CEBM 2011 step of its design, from 1 to 5.
    pub level: Option<i32>,
    /// How much of it was read.
    pub extent_read: String,
    /// Remark on the work or on how it was read.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
