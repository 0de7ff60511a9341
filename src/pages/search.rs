//! The search by name.

use maud::{Markup, html};
use serde_json::json;

use super::{PageRequest, Site, lists::Lists};

/// Text of the document.
pub(super) const DOCUMENT: &str = include_str!("requests/search.graphql");

/// Longest text to search for, in characters. Names are shorter.
pub const MAX_TEXT: usize = 100;

/// Returns the request for a text.
#[must_use]
pub fn request(text: &str) -> PageRequest {
    PageRequest::new(DOCUMENT, [("text", json!(text))])
}

/// The form, with a text in it.
pub(super) fn form(site: &Site, text: &str) -> Markup {
    html! {
        form.search role="search" action={ (site.root) "#answer" } method="get" {
            label for="search" { "Find a procedure or condition by its name" }
            div {
                input #search type="search" name="search" value=(text) maxlength=(MAX_TEXT) placeholder="scars, laser, peel" autocomplete="off";
                button type="submit" { "Search" }
            }
        }
    }
}

/// The answer.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub(super) fn answer(site: &Site, data: serde_json::Value) -> Result<Markup, serde_json::Error> {
    let lists = Lists::read(data)?;
    Ok(html! {
        p { "Names that contain the text. Other names of a record, such as brands, are not searched." }
        (lists.view(site, |title| html! { h3 { (title) } }))
    })
}
