//! What was published last.

use twox_hash::XxHash3_64;

use super::{
    Snapshot, StoreError,
    statement::{Read, Statement},
};

/// Asks which revision is the latest, in both dialects.
pub(super) const LATEST: &str = "SELECT id, published_at FROM revision ORDER BY id DESC LIMIT 1";

/// Which revision is the latest. Its time is part of that: a database that was put back to an earlier state, or replaced by another,
/// comes to the same number with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    number: i64,
    /// XXH3 of the time.
    time: u64,
}

impl Mark {
    /// The mark of a revision.
    pub(super) fn new(number: i64, published_at: &str) -> Self {
        Self { number, time: XxHash3_64::oneshot(published_at.as_bytes()) }
    }
}

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
        let rows = self.rows(&Statement::new(LATEST, Vec::new(), vec![Read::Int, Read::Text])).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let number = rows.int(0, 0).unwrap_or_default();
        Ok(Some(Revision { number, published_at: rows.text(0, 1).unwrap_or_default().to_owned() }))
    }
}
