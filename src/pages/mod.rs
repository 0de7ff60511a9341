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
//! | `library.rs` | revision, notice and numbers |
//! | `layout.rs` | what all pages have: head, header, notice, footer |
//! | `home.rs`, `search.rs`, `explore/`, `desk.rs`, `message.rs` | the pages |
//! | `reference/` | the reference of the schema |
//! | `guide.rs` | texts for programs: `/llms.txt`, `/robots.txt` and the JSON at `/` |

mod answers;
mod components;
pub mod desk;
pub mod explore;
pub mod guide;
pub mod home;
mod layout;
pub mod library;
mod lists;
pub mod message;
pub mod questions;
pub mod reference;
mod request;
pub mod search;
mod snippets;
mod words;

pub use layout::Site;
pub use request::PageRequest;

/// Returns the documents of all pages. A service that runs only trusted documents trusts them too.
#[must_use]
pub fn documents() -> Vec<&'static str> {
    let own = [library::DOCUMENT, search::DOCUMENT].into_iter().chain(explore::documents()).map(PageRequest::text);
    let asked = questions::all().iter().map(|question| question.request().document());
    own.chain(asked).collect()
}
