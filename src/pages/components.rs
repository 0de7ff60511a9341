//! HTML that several pages use.

use maud::{Markup, html};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{PageRequest, Site, snippets, words};
use crate::content;

/// Number of evidence levels: 1 is the best, and this is the worst (Oxford CEBM).
pub const LEVELS: i64 = 5;

#[derive(Debug, Deserialize)]
pub struct Nodes<T> {
    pub nodes: Vec<T>,
}

/// The first entries of a list, with the number of all entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub total_count: usize,
    pub nodes: Vec<T>,
}

impl<T> Page<T> {
    /// Says how many entries are shown, if the list has more. `all` is the address of a page with all entries, from the root
    /// of the service; `None` if there is no such page.
    pub fn rest(&self, site: &Site, all: Option<&str>) -> Markup {
        html! {
            @if self.total_count > self.nodes.len() {
                p.rest {
                    "The first " (self.nodes.len()) " of " (self.total_count) " are shown."
                    @if let Some(all) = all { " " a href={ (site.root) (all) } { "All " (self.total_count) } }
                }
            }
        }
    }
}

/// Where a page ends in its list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// Returns the cursor after which the next page begins; `None` on the last page.
    pub fn next(&self) -> Option<&str> {
        self.end_cursor.as_deref().filter(|_| self.has_next_page)
    }
}

/// Links to the first and the next page of a list. `first` is `None` on the first page, and `next` on the last page.
pub fn page_links(first: Option<String>, next: Option<String>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pages aria-label="Pages" {
                @if let Some(first) = first { a href=(first) { "First page" } }
                @if let Some(next) = next { a.button rel="next" href=(next) { "Next page" } }
            }
        }
    }
}

/// Returns the path of the pages of a type below `explore/`; `None` if its records have no pages.
pub fn pages_of(type_name: &str) -> Option<&'static str> {
    let (_, role) = content::catalog().contents().find(|(object, _)| object.name == type_name)?;
    role.pages?.strip_prefix("/explore/")
}

/// A record by its slug and its name.
#[derive(Debug, Deserialize)]
pub struct Named {
    pub slug: String,
    pub name: String,
}

/// A record by its name.
#[derive(Debug, Deserialize)]
pub struct Name {
    pub name: String,
}

/// A record by its slug.
#[derive(Debug, Deserialize)]
pub struct Slug {
    pub slug: String,
}

/// The number of all entries of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    pub total_count: i64,
}

/// Reads the record that the data of a response has under this key; `None` if the library does not have it.
pub fn record<T: DeserializeOwned>(mut data: Json, key: &str) -> Result<Option<T>, serde_json::Error> {
    data.get_mut(key).map_or(Ok(None), |record| serde_json::from_value(record.take()))
}

#[derive(Debug, Deserialize)]
pub struct Duration {
    /// The words of its source.
    pub text: String,
}

#[derive(Debug, Deserialize)]
pub struct Source {
    /// Its slug; `None` if the page does not request it.
    pub slug: Option<String>,
    pub title: String,
    /// Year of publication; `None` if unknown.
    pub year: Option<i64>,
    /// Its address; `None` if it has none.
    pub url: Option<String>,
}

/// A procedure as a link to its page.
pub fn procedure(site: &Site, named: &Named) -> Markup {
    html! { a href={ (site.root) "explore/procedures/" (named.slug) } { (named.name) } }
}

/// A condition as a link to its page.
pub fn condition(site: &Site, named: &Named) -> Markup {
    html! { a href={ (site.root) "explore/conditions/" (named.slug) } { (named.name) } }
}

/// An entry of a list of statements: its name, a short remark next to the name, a note and its sources.
pub fn statement(name: &str, aside: Option<&str>, note: Option<&str>, from: &Page<Source>) -> Markup {
    html! {
        li {
            strong { (name) }
            @if let Some(aside) = aside { span.aside { (aside) } }
            @if let Some(note) = note { p { (note) } }
            (sources(from))
        }
    }
}

/// The grade of an outcome. The style sheet also shows it by the fill of the frame.
pub fn grade(grade: &str) -> Markup {
    html! { span.grade data-grade=(grade) { (words::capitalised(grade)) } }
}

/// The evidence level: a mark with one to five dots, and the number.
pub fn level(level: Option<i64>) -> Markup {
    let Some(level) = level else { return html! { span.level { "No evidence level" } } };
    html! { span.level { (dots(level)) "Evidence level " (level) } }
}

/// The evidence level, for a column with that heading; a dash if there is none.
pub fn short_level(level: Option<i64>) -> Markup {
    html! { @match level { Some(level) => span.level { (dots(level)) (level) }, None => "–" } }
}

fn dots(level: i64) -> Markup {
    html! { span.dots aria-hidden="true" { @for step in 1..=LEVELS { i.on[step <= LEVELS + 1 - level] {} } } }
}

/// The certainty that a source states; nothing if no source states one.
pub fn certainty(certainty: &str) -> Markup {
    html! { @if certainty != "NOT_ASSESSED" { span.certainty { "Certainty " (words::of(certainty)) } } }
}

impl Source {
    /// Returns its address if it is safe as a link; `None` for other schemes, such as `javascript:`.
    pub fn link(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://"))
    }
}

/// A source as a link to its page in the explorer, with a link to the work itself.
pub fn source_record(site: &Site, source: &Source) -> Markup {
    html! {
        @match &source.slug {
            Some(slug) => a href={ (site.root) "explore/sources/" (slug) } { (source.title) },
            None => cite { (source.title) },
        }
        @if let Some(year) = source.year { " (" (year) ")" }
        @if let Some(url) = source.link() { " " a href=(url) rel="noreferrer" { "Original" span.visually-hidden { " of " (source.title) } } }
    }
}

/// A source as a link to the work itself.
pub fn source(source: &Source) -> Markup {
    html! {
        @match source.link() {
            Some(url) => a href=(url) rel="noreferrer" { (source.title) },
            None => cite { (source.title) },
        }
        @if let Some(year) = source.year { " (" (year) ")" }
    }
}

/// The sources of a statement; nothing if there are none.
pub fn sources(sources: &Page<Source>) -> Markup {
    html! {
        @if !sources.nodes.is_empty() {
            details.sources {
                summary { (words::count(sources.total_count, "source")) }
                ul {
                    @for one in &sources.nodes { li { (source(one)) } }
                    @if sources.total_count > sources.nodes.len() { li { "And " (sources.total_count - sources.nodes.len()) " more" } }
                }
            }
        }
    }
}

/// The sentence that the library does not have a record.
pub fn absent(kind: &str, slug: &str) -> Markup {
    html! { p.absent { "This library has no " (kind) " with the name " code { (slug) } "." } }
}

/// A sentence in place of an empty list.
pub fn none(words: &str) -> Markup {
    html! { p.absent { (words) } }
}

/// What the marks of an answer mean.
pub fn legend() -> Markup {
    html! {
        details.legend {
            summary { "What the marks mean" }
            p { "The grade is the strength of the claimed benefit, from " em { "no benefit" } " to " em { "effective" } "." }
            p {
                "The evidence level is the level of the best source with direct evidence, for or against the statement, from 1, \
                 a systematic review of trials, to 5 (Oxford CEBM)."
            }
            p { "The certainty is shown only if a source has assessed it with GRADE." }
        }
    }
}

/// The request of an answer, with programs to copy.
pub fn request(site: &Site, request: &PageRequest, title: &str) -> Markup {
    html! {
        section.request aria-labelledby="request-title" {
            h2 #request-title { (title) }
            (code("GraphQL", "query", request.document()))
            @if !request.variables().is_empty() { (code("Variables", "variables", &request.pretty_variables())) }
            @if site.may_open_playground {
                p { a.button href={ (site.root) "playground?" (request.query_string()) } { "Open in the playground" } }
            }
            @for (name, text) in snippets::all(request, &site.endpoint()) {
                details { summary { (name) } (code(name, "program", &text)) }
            }
        }
    }
}

/// A text to copy. A script adds a button that copies it.
pub fn code(name: &str, part: &str, text: &str) -> Markup {
    html! {
        figure.code {
            figcaption { (name) }
            pre tabindex="0" role="group" aria-label=(name) { code data-part=(part) { (text) } }
        }
    }
}
