//! What was published last.

use super::{
    Snapshot, StoreError,
    statement::{Read, Statement},
};

/// Asks for the number of the latest revision, in both dialects.
pub(super) const NUMBER: &str = "SELECT COALESCE(MAX(id), 0) FROM revision";

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number, which grows by one with each.
    pub number: i64,
    /// When it was made, as RFC 3339 writes it.
    pub published_at: String,
}

impl Snapshot {
    /// The latest revision; `None` when nothing was ever published.
    ///
    /// # Errors
    /// When the database refuses to tell.
    pub async fn latest_revision(&mut self) -> Result<Option<Revision>, StoreError> {
        let sql = "SELECT id, published_at FROM revision ORDER BY id DESC LIMIT 1".to_owned();
        let rows = self.rows(&Statement { sql, params: Vec::new(), reads: vec![Read::Int, Read::Text] }).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let number = rows.int(0, 0).unwrap_or_default();
        Ok(Some(Revision { number, published_at: rows.text(0, 1).unwrap_or_default().to_owned() }))
    }
}
