//! The pages of the product as HTML, which the service makes from its own GraphQL responses.
//!
//! A page is made in two steps. A [`PageRequest`] says what the page needs, and `http/pages/` runs it like the request of any
//! client. Then a function of this module makes the HTML from the data. The page shows the request, so a reader can send the
//! same request. This module reads no database and knows no HTTP
//! ([0023](../../docs/decisions/0023-pages.md)).
//!
//! | File | Concern |
//! |---|---|
//! | `request.rs`, `snippets.rs` | requests of pages, and programs that send them |
//! | `questions.rs` | the questions of the first page |
//! | `answers/` | an answer for each kind of request |
//! | `components.rs`, `words.rs` | parts of answers, and words for the values of enumerations |
//! | `layout.rs` | what all pages have: head, header, notice, footer |
//! | `home.rs`, `search.rs`, `explore/`, `message.rs` | the pages |
//! | `guide.rs` | texts for programs: `/llms.txt`, `/robots.txt` and the JSON at `/` |

mod answers;
mod components;
pub mod explore;
pub mod guide;
pub mod home;
mod layout;
mod lists;
pub mod message;
pub mod questions;
mod request;
pub mod search;
mod snippets;
mod words;

pub use layout::Site;
pub use request::PageRequest;

/// What all pages show of the library, with its request.
pub mod library {
    use serde::Deserialize;

    use super::PageRequest;

    /// Text of the document.
    pub(super) const DOCUMENT: &str = include_str!("requests/library.graphql");

    /// The data of the request.
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

    /// Number of records by type.
    #[derive(Clone, Debug, Deserialize)]
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
}

/// Returns the documents of all pages. A service that runs only trusted documents trusts them too.
#[must_use]
pub fn documents() -> Vec<&'static str> {
    let own =
        [library::DOCUMENT, search::DOCUMENT, explore::INDEX, explore::PROCEDURE, explore::CONDITION].map(PageRequest::text);
    let asked = questions::all().iter().map(|question| question.request().document());
    own.into_iter().chain(asked).collect()
}
