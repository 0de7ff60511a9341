//! The pages of the product as HTML, which the service makes from its own GraphQL responses.
//!
//! A page is made in two steps. First, `http/pages/` runs the [`PageRequest`] of the page like the request of any
//! client. Then a function of this module makes the HTML from the data. The page shows the request, so that a user can
//! send the same request. This module does not use the database or HTTP
//! ([0023](../../docs/decisions/0023-pages.md)).
//!
//! | File | Concern |
//! |---|---|
//! | `request.rs`, `snippets.rs` | GraphQL requests of pages, and programs to copy that send them |
//! | `questions.rs` | the questions of the first page |
//! | `answers/` | the answers to the questions |
//! | `components.rs`, `words.rs` | HTML that several pages use, and words for the values of enumerations |
//! | `levels.rs` | the evidence levels of a claim, one for each condition |
//! | `library.rs` | the revision, the notice and the numbers of records |
//! | `layout.rs` | the head, header, notice and footer of all pages |
//! | `home.rs`, `search.rs`, `explore/`, `message.rs` | the pages |
//! | `desk.rs` | the page of the editor's desk, without the form, which scripts make |
//! | `reference/` | the reference of the schema |
//! | `guide.rs` | texts for programs: `/llms.txt`, `/robots.txt` and the JSON at `/` |

mod answers;
mod components;
pub mod desk;
pub mod explore;
pub mod guide;
pub mod home;
mod layout;
mod levels;
pub mod library;
pub mod message;
pub mod questions;
pub mod reference;
mod request;
pub mod search;
mod snippets;
mod words;

pub use layout::Site;
pub use request::PageRequest;

/// Returns the GraphQL documents of all pages. They are trusted documents.
#[must_use]
pub fn documents() -> Vec<&'static str> {
    let own = [library::DOCUMENT, search::DOCUMENT, questions::KNOWN, questions::SUBSTITUTES]
        .into_iter()
        .chain(explore::documents())
        .map(PageRequest::text);
    let of_questions = questions::all().iter().map(|question| question.request().document());
    own.chain(of_questions).collect()
}
