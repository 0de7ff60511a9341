//! The answers: HTML from the data of a response, one function for each document.

pub(super) mod care;
pub(super) mod outcomes;
pub(super) mod safety;

pub use care::{aftercare, recovery};
pub use outcomes::{comparison, level, treatments};
pub use safety::{contraindications, permission, risks};
use serde_json::Value as Json;

use super::{PageRequest, Site};

/// What an answer needs in addition to the data.
pub struct Context<'p> {
    /// The page.
    pub site: &'p Site,
    /// The request whose data it is.
    pub request: &'p PageRequest,
}

impl Context<'_> {
    /// Returns the text of a variable; empty if it is not a text.
    fn variable(&self, name: &str) -> &str {
        self.request.variables().get(name).and_then(Json::as_str).unwrap_or_default()
    }
}
