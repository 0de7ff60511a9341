//! What pages show of the library: its revision, its notice and its numbers of records. The module has the request for
//! them.

use serde::{Deserialize, Serialize};

use super::{PageRequest, words};

/// Text of the document.
pub(super) const DOCUMENT: &str = include_str!("requests/library.graphql");

/// The data of the response.
#[derive(Clone, Debug, Deserialize)]
pub struct Data {
    /// The library and its latest revision.
    pub library: Library,
}

/// The library and its latest revision.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Library {
    /// Number of the latest publication; 0 before the first.
    pub revision: i64,
    /// Time of the latest publication in RFC 3339; `None` before the first.
    pub published_at: Option<String>,
    /// Notice that must be shown with all content.
    pub notice: String,
    /// Number of records by type.
    pub counts: Counts,
}

impl Library {
    /// Returns the citation of a page, with this revision.
    #[must_use]
    pub fn cite(&self, address: &str) -> String {
        let published = self.published_at.as_deref().and_then(words::date).map(|date| format!(", published {date}"));
        format!("Dermagraph, revision {}{}, {address}", self.revision, published.unwrap_or_default())
    }
}

/// Number of records by type.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the names of the types")]
pub struct Counts {
    pub procedures: i64,
    pub conditions: i64,
    pub treatment_outcomes: i64,
    pub sources: i64,
}

/// Returns the request.
#[must_use]
pub fn request() -> PageRequest {
    PageRequest::new(DOCUMENT, [])
}
