//! What was published last.

use twox_hash::XxHash3_64;

use super::{
    Snapshot, StoreError,
    statement::{Read, Statement},
};

/// Asks which revision is the latest, in both dialects.
pub(super) const LATEST: &str = "SELECT id, published_at FROM revision ORDER BY id DESC LIMIT 1";

/// Which revision is the latest, as one number; `None` when nothing was ever published. It is a hash of the revision's number and
/// time: a database that was put back to an earlier state, or replaced by another, comes to the same number with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RevisionStamp(pub(super) Option<i64>);

impl RevisionStamp {
    /// Asks PostgreSQL for it.
    pub(super) const POSTGRES: &'static str =
        "SELECT hashtextextended(published_at, id) FROM revision ORDER BY id DESC LIMIT 1";

    /// The mark of a revision on SQLite, which has no hashes of its own.
    pub(super) fn new(number: i64, published_at: &str) -> Self {
        let hash = XxHash3_64::oneshot_with_seed(number.cast_unsigned(), published_at.as_bytes());
        Self(Some(hash.cast_signed()))
    }
}

/// Of which revision rows are that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadIn {
    /// Nothing was read yet.
    #[default]
    None,
    /// All are of this one.
    One(RevisionStamp),
    /// Of several perhaps.
    Unknown,
}

impl ReadIn {
    /// Of which those are and some others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, read_in) | (read_in, Self::None) => read_in,
            (Self::One(mark), Self::One(other)) if mark == other => self,
            _ => Self::Unknown,
        }
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
