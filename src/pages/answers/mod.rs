//! The answers to the questions of the first page: one function for each kind of question, which makes HTML from the
//! data of the response.

pub(super) mod care;
pub(super) mod outcomes;
pub(super) mod safety;

pub use care::{aftercare, recovery};
use maud::Markup;
pub use outcomes::{comparison, level, treatments};
pub use safety::{contraindications, permission, risks};
use serde_json::Value as Json;

use super::{PageRequest, Site, components};

/// What the function of an answer needs in addition to the data.
pub struct Context<'p> {
    /// The address of the service, and what the client may open.
    pub site: &'p Site,
    /// The request that returned the data.
    pub request: &'p PageRequest,
}

impl Context<'_> {
    /// Says that the library does not have a record. `kind` is its kind, and the name of the variable with its slug.
    fn absent(&self, kind: &str) -> Markup {
        components::absent(kind, self.request.variables().get(kind).and_then(Json::as_str).unwrap_or_default())
    }

    /// Returns the number of a variable; 0 if it is not a number.
    fn number(&self, name: &str) -> i64 {
        self.request.variables().get(name).and_then(Json::as_i64).unwrap_or_default()
    }
}
