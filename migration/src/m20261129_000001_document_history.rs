//! Adds a column to the history: the id of the record whose content document contains the changed record. With this column,
//! reading the history of a document is one index scan.

use sea_orm_migration::prelude::*;

use crate::table::{IN_TRANSACTION, add_column, add_index, big_integer, drop_column, drop_index, nullable};

/// The migration of this module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "record_change";
const INDEX: [&str; 3] = ["document_id", "revision", "id"];

/// Fills the column. The owner of an evidence item is an outcome, which is itself embedded in the document of a procedure.
/// The id of the procedure is read from the outcome or, if the outcome was deleted, from the history of the outcome.
const FILL: &str = "UPDATE record_change SET document_id = COALESCE(
    (SELECT procedure_id FROM treatment_outcome WHERE id = record_change.owner_id),
    (SELECT MAX(of_owner.owner_id) FROM record_change of_owner WHERE of_owner.record_id = record_change.owner_id),
    owner_id,
    record_id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, TABLE, nullable(big_integer(INDEX[0]))).await?;
        manager.get_connection().execute_unprepared(FILL).await?;
        add_index(manager, TABLE, &INDEX).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, TABLE, &INDEX).await?;
        drop_column(manager, TABLE, INDEX[0]).await
    }
}
