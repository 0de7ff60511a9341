//! The search on the first page.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    PageRequest, Site,
    components::{self, PageInfo, page_links, pages_of},
    request::encode,
    words,
};

/// Text of the document.
pub(super) const DOCUMENT: &str = include_str!("requests/search.graphql");

/// Maximum length of a text to search for, in characters. Users type less.
pub const MAX_TEXT: usize = 100;

/// Returns the request for a text. `after` is the cursor after which the page begins; `None` for the first page.
#[must_use]
pub fn request(text: &str, after: Option<&str>) -> PageRequest {
    let after = after.map(|after| ("after", json!(after)));
    PageRequest::new(DOCUMENT, [Some(("text", json!(text))), after].into_iter().flatten())
}

/// The form. `text` is the value of its input.
pub(super) fn form(site: &Site, text: &str) -> Markup {
    html! {
        form.search role="search" action={ (site.root) "#answer" } method="get" {
            label for="search" { "Find a procedure, condition or source" }
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    total_count: usize,
    did_you_mean: Option<String>,
    page_info: PageInfo,
    nodes: Vec<Record>,
}

/// A record that was found, of any type. Fields that its type does not have are `None`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "__typename")]
    ty: String,
    slug: String,
    name: Option<String>,
    title: Option<String>,
    year: Option<i64>,
    procedure: Option<Name>,
    condition: Option<Name>,
    summary: Option<String>,
    description: Option<String>,
    role: Option<String>,
    expected_effect: Option<String>,
    finding: Option<String>,
    outcome: Option<Slug>,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Slug {
    slug: String,
}

/// The answer to a search. `after` is the cursor of the request.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub(super) fn answer(site: &Site, text: &str, after: Option<&str>, data: Json) -> Result<Markup, serde_json::Error> {
    let Data { search: Found { total_count, did_you_mean, page_info, nodes } } = serde_json::from_value(data)?;
    let first = format!("{}?search={}", site.root, encode(text));
    Ok(html! {
        @if let Some(text) = did_you_mean.filter(|text| text.chars().count() <= MAX_TEXT) {
            p { "Did you mean " a href={ (site.root) "?search=" (encode(&text)) "#answer" } { (text) } "?" }
        }
        @if nodes.is_empty() {
            (components::none("Nothing was found. Try another word, such as the name of a procedure, a condition or a source."))
        } @else {
            p.about { (words::count(total_count, "record")) @if total_count > nodes.len() { ", " (nodes.len()) " on this page" } "." }
            ul.plain { @for record in &nodes { li.card { (record.entry(site)) } } }
        }
        (page_links(
            after.map(|_| format!("{first}#answer")),
            page_info.next().map(|next| format!("{first}&after={}#answer", encode(next))),
        ))
    })
}

impl Record {
    fn entry(&self, site: &Site) -> Markup {
        let name = self.heading();
        let texts = [&self.summary, &self.description, &self.role, &self.expected_effect, &self.finding];
        html! {
            p.name {
                @match self.path() { Some(path) => a href={ (site.root) "explore/" (path) } { (name) }, None => (name) }
                " " span.count { (words::of_type(&self.ty)) @if let Some(year) = self.year { ", " (year) } }
            }
            @if let Some(text) = texts.into_iter().flatten().next() { p { (text) } }
        }
    }

    fn heading(&self) -> String {
        match (&self.procedure, &self.condition) {
            (Some(procedure), Some(condition)) => {
                format!("{} for {}", procedure.name, words::lowercase_first(&condition.name))
            }
            _ => self.name.as_ref().or(self.title.as_ref()).unwrap_or(&self.slug).clone(),
        }
    }

    /// Returns the path of its page below `explore/`. A finding is on the page of its outcome. `None` for types without pages.
    fn path(&self) -> Option<String> {
        let (ty, slug) = match self.ty.as_str() {
            "Evidence" => ("TreatmentOutcome", &self.outcome.as_ref()?.slug),
            ty => (ty, &self.slug),
        };
        Some(format!("{}/{slug}", pages_of(ty)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_that_is_too_long_for_the_search_is_left_out() {
        let (root, origin) = ("./".to_owned(), "http://localhost".to_owned());
        let site = Site { root, origin, may_open_playground: true, may_read_schema: true, desk: true };
        let page_info = json!({"hasNextPage": false, "endCursor": null});
        let is_suggested = |length| {
            let found = json!({"totalCount": 0, "didYouMean": "x".repeat(length), "pageInfo": page_info, "nodes": []});
            answer(&site, "y", None, json!({"search": found})).unwrap().into_string().contains("Did you mean")
        };
        assert!(is_suggested(MAX_TEXT) && !is_suggested(MAX_TEXT + 1));
    }
}
