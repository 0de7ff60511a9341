//! The search on the first page.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::{
    PageRequest, Site,
    components::{self, Named},
    request::encode,
};

/// Text of the document.
pub(super) const DOCUMENT: &str = include_str!("requests/search.graphql");

/// Maximum length of a text to search for, in characters. People type less.
pub const MAX_TEXT: usize = 100;

/// Returns the request for a text.
#[must_use]
pub fn request(text: &str) -> PageRequest {
    PageRequest::new(DOCUMENT, [("text", json!(text))])
}

/// The form. `text` is the value of its input.
pub(super) fn form(site: &Site, text: &str) -> Markup {
    html! {
        form.search role="search" action={ (site.root) "#answer" } method="get" {
            label for="search" { "Find a procedure or condition" }
            div {
                input #search type="search" name="search" value=(text) maxlength=(MAX_TEXT) placeholder="botox, scars, hair loss" autocomplete="off";
                button type="submit" { "Search" }
            }
        }
    }
}

#[derive(Deserialize)]
struct Data {
    search: Found,
}

/// The records that were found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    total_count: usize,
    did_you_mean: Option<String>,
    nodes: Vec<Record>,
}

/// A procedure, which has a summary, or a condition, which has a description.
#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Procedure {
        #[serde(flatten)]
        named: Named,
        summary: String,
    },
    Condition {
        #[serde(flatten)]
        named: Named,
        description: String,
    },
}

/// The answer to a search.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub(super) fn answer(site: &Site, data: serde_json::Value) -> Result<Markup, serde_json::Error> {
    let Data { search: Found { total_count, did_you_mean, nodes } } = serde_json::from_value(data)?;
    Ok(html! {
        @if let Some(text) = did_you_mean {
            p { "Did you mean " a href={ (site.root) "?search=" (encode(&text)) "#answer" } { (text) } "?" }
        }
        @if nodes.is_empty() {
            (components::none("Nothing was found. Try another word, such as the name of a procedure or a condition."))
        } @else {
            ul.plain {
                @for record in &nodes {
                    li.card { (entry(site, record)) }
                }
            }
        }
        @if total_count > nodes.len() { p { "The first " (nodes.len()) " of " (total_count) " are shown." } }
    })
}

fn entry(site: &Site, record: &Record) -> Markup {
    match record {
        Record::Procedure { named, summary } => html! {
            p.name { (components::procedure(site, named)) " " span.count { "Procedure" } }
            p { (summary) }
        },
        Record::Condition { named, description } => html! {
            p.name { (components::condition(site, named)) " " span.count { "Condition" } }
            p { (description) }
        },
    }
}
