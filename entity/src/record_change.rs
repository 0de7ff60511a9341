//! The table `record_change`: the history of records.

use sea_orm::entity::prelude::*;

/// What a revision did with one record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_change")]
pub struct Model {
    /// Id of the row, assigned by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Number of the revision.
    pub revision: i64,
    /// Id of the record, which may have been deleted.
    pub record_id: i64,
    /// Name of its type.
    pub r#type: String,
    /// Its slug in that revision.
    pub slug: String,
    /// What happened to it: `CREATED`, `UPDATED` or `DELETED`.
    pub action: String,
    /// Names of the fields that differ, as a JSON array; empty if it was created or deleted.
    pub fields: Json,
    /// Id of its owner; null if it is not embedded. If the revision changed or deleted the record, this is the owner before
    /// the revision.
    pub owner_id: Option<i64>,
    /// Id of the record whose content document contains it, at any depth; its own id if it is not embedded.
    pub document_id: Option<i64>,
    /// Its position among the embedded records of its owner before the revision, from 1. Null if it is not embedded, or if
    /// the revision created it.
    pub position: Option<i32>,
    /// Its canonical document before the revision, as JSON, without the records embedded in it. Null if the revision
    /// created the record, or did not change its document.
    pub document: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
