//! The latest revision.

use twox_hash::XxHash3_64;

use super::statement::{Read, Statement};
use crate::store::{Snapshot, StoreError};

/// The statement that reads the latest revision, in both dialects.
pub(in crate::store) const LATEST: &str = "SELECT id, published_at FROM revision ORDER BY id DESC LIMIT 1";

/// The stamp of the latest revision: a hash of its number and time, or `None` before the first publication. The number alone
/// is not enough: a database that was restored or replaced can reach the same number with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RevisionStamp(pub(in crate::store) Option<i64>);

impl RevisionStamp {
    /// The statement that reads the stamp of the latest revision on PostgreSQL.
    pub(super) const POSTGRES: &'static str =
        "SELECT hashtextextended(published_at, id) FROM revision ORDER BY id DESC LIMIT 1";

    /// Returns the stamp of a revision on SQLite, which has no hash functions.
    pub(super) fn new(number: i64, published_at: &str) -> Self {
        let hash = XxHash3_64::oneshot_with_seed(number.cast_unsigned(), published_at.as_bytes());
        Self(Some(hash.cast_signed()))
    }
}

/// The revision of the rows that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadIn {
    /// Nothing was read.
    #[default]
    None,
    /// All rows are of this revision.
    One(RevisionStamp),
    /// The rows may be of several revisions.
    Unknown,
}

impl ReadIn {
    /// Returns the revision of these rows together with other rows.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, read_in) | (read_in, Self::None) => read_in,
            (Self::One(stamp), Self::One(other)) if stamp == other => self,
            _ => Self::Unknown,
        }
    }
}

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number: one more than that of the previous publication.
    pub number: i64,
    /// Its time, in the format of RFC 3339.
    pub published_at: String,
}

impl Snapshot {
    /// Reads the latest revision; `None` before the first publication.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn latest_revision(&mut self) -> Result<Option<Revision>, StoreError> {
        let rows = self.rows(&Statement::new(LATEST, Vec::new(), vec![Read::Int, Read::Text])).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let number = rows.int(0, 0).unwrap_or_default();
        Ok(Some(Revision { number, published_at: rows.text(0, 1).unwrap_or_default().to_owned() }))
    }
}
