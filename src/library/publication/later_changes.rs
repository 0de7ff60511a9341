//! Edits that were prepared for a revision, and are published after a later one.
//!
//! While an edit is prepared, other edits may be published. Preparing the edit again takes most of the time of a
//! publication, and all other publications wait for it. The edit is not prepared again if the later revisions changed
//! nothing that the preparation has read, and if the edit changes nothing that the later revisions may have read.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query},
};

use super::{history, prepare::Prepared, revision::Revision};
use crate::{
    engine::declare::FORMERLY,
    library::{
        document::shape::SLUG,
        error::LibraryError,
        records::{content_table::ContentTable, dependents::are_read_by_others},
    },
};

/// Maximum number of later changes that are compared with the records that were read.
const MAX_CHANGES: u64 = 1_000;

impl Prepared {
    /// Returns the edit, prepared for the latest revision. `None` if it must be prepared again.
    pub async fn for_latest(
        self,
        tables: &[ContentTable<'_>],
        latest: Revision,
        db: &impl ConnectionTrait,
    ) -> Result<Option<Self>, LibraryError> {
        let is_valid = self.latest == latest
            || (self.changes_only_unread_fields(tables)
                && Revision::numbered(self.latest.number, db).await? == self.latest
                && !self.has_read_changes(self.latest.number, db).await?);
        Ok(is_valid.then_some(Self { latest, ..self }))
    }

    /// Reports whether the edit only changes fields that no other record reads. The slug of a record is read by every
    /// document that refers to the record.
    fn changes_only_unread_fields(&self, tables: &[ContentTable<'_>]) -> bool {
        let Self { library, changes, latest, .. } = self;
        let has_slug = |fields: &[&str]| fields.iter().any(|field| [SLUG, FORMERLY].contains(field));
        let mut changed = changes.changed.iter().flatten();
        // The first revision has no history, so its changes cannot be compared.
        latest.number > 0
            && changes.added.iter().all(Vec::is_empty)
            && changes.removed.is_empty()
            && !changed.any(|record| has_slug(record.fields()))
            && !are_read_by_others(library, tables, changes)
    }

    /// Reports whether a later revision changed a document that the preparation has read. Also returns true if there
    /// are too many later changes to compare.
    async fn has_read_changes(&self, revision: i64, db: &impl ConnectionTrait) -> Result<bool, LibraryError> {
        let mut select = Query::select();
        select.columns(["record_id", "document_id"]).from(history::TABLE);
        select.and_where(Expr::col("revision").gt(revision)).limit(MAX_CHANGES);
        let rows = db.query_all(&select).await?;
        let mut has_read = rows.len() as u64 == MAX_CHANGES;
        for row in rows {
            // The ids of new embedded records, and of those that were not loaded, are unknown. The id of their document
            // shows whether it was read.
            let document: Option<i64> = row.try_get("", "document_id")?;
            has_read |= document.is_none_or(|id| self.library.ids.contains(id));
            has_read |= self.library.ids.contains(row.try_get("", "record_id")?);
        }
        Ok(has_read)
    }
}
