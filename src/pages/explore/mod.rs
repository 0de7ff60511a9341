//! The explorer: a page for each procedure and condition, and the list of them.

mod condition;
mod json_ld;
mod procedure;

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    PageRequest, Site, components,
    layout::{Head, page},
    library::Library,
    lists::Lists,
};

/// Text of the document for the list.
pub(super) const INDEX: &str = include_str!("../requests/index.graphql");
/// Text of the document for a procedure.
pub(super) const PROCEDURE: &str = include_str!("../requests/procedure.graphql");
/// Text of the document for a condition.
pub(super) const CONDITION: &str = include_str!("../requests/condition.graphql");

/// A page of the explorer.
#[derive(Clone, Copy, Debug)]
pub enum View<'p> {
    /// The list of all procedures and conditions.
    Index,
    /// The procedure with this slug.
    Procedure(&'p str),
    /// The condition with this slug.
    Condition(&'p str),
}

/// A code of a terminology.
#[derive(Debug, Deserialize)]
struct Code {
    system: String,
    #[serde(rename = "code")]
    value: String,
    r#match: String,
}

/// The parts of a page that differ.
struct Parts {
    title: String,
    description: String,
    json_ld: Option<Json>,
    main: Markup,
}

impl View<'_> {
    /// Returns the request of the page.
    #[must_use]
    pub fn request(self) -> PageRequest {
        match self {
            Self::Index => PageRequest::new(INDEX, []),
            Self::Procedure(slug) => PageRequest::new(PROCEDURE, [("procedure", json!(slug))]),
            Self::Condition(slug) => PageRequest::new(CONDITION, [("condition", json!(slug))]),
        }
    }

    /// Makes the page from the data of its request; `None` if there is no such record.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn make(self, site: &Site, library: &Library, data: Json) -> Result<Option<String>, serde_json::Error> {
        let parts = match self {
            Self::Index => Some(index(site, data)?),
            Self::Procedure(_) => procedure::parts(site, data)?,
            Self::Condition(_) => condition::parts(site, data)?,
        };
        let Some(Parts { title, description, json_ld, main }) = parts else { return Ok(None) };
        let main = html! {
            nav.trail aria-label="Trail" { a href=(site.root) { "Home" } @if !matches!(self, Self::Index) { " / " a href={ (site.root) "explore" } { "Explorer" } } }
            div #answer.record {
                article.answer { h1 { (title) } (main) }
                (components::request(site, &self.request(), "The request behind this page"))
            }
            p #status.visually-hidden role="status" {}
        };
        let path = self.path();
        let head = Head { title: &title, description: &description, path: Some(&path), json_ld: json_ld.as_ref() };
        Ok(Some(page(site, &head, Some(library), &main)))
    }

    /// Returns the path of the page from the root of the service.
    fn path(self) -> String {
        match self {
            Self::Index => "explore".to_owned(),
            Self::Procedure(slug) => format!("explore/procedures/{slug}"),
            Self::Condition(slug) => format!("explore/conditions/{slug}"),
        }
    }
}

fn index(site: &Site, data: Json) -> Result<Parts, serde_json::Error> {
    let lists = Lists::read(data)?;
    Ok(Parts {
        title: "Procedures and conditions".to_owned(),
        description: "All procedures and conditions of the library, with a page for each.".to_owned(),
        json_ld: None,
        main: lists.view(site, |title| html! { h2 { (title) } }),
    })
}

/// Returns the text of `/sitemap.xml` (<https://www.sitemaps.org/protocol.html>): the first page, and those of the explorer.
///
/// # Errors
/// Returns an error if the data does not have the form of the request of [`View::Index`].
pub fn sitemap(site: &Site, data: Json) -> Result<String, serde_json::Error> {
    let lists = Lists::read(data)?;
    let paths = [String::new(), "explore".to_owned()].into_iter().chain(lists.paths());
    // Slugs have letters, digits and hyphens only, so nothing has to be escaped.
    let entries: Vec<String> = paths.map(|path| format!("  <url><loc>{}/{path}</loc></url>\n", site.origin)).collect();
    let entries = entries.concat();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
    ))
}

/// A section with a heading; nothing if there is nothing to show.
fn section(title: &str, is_empty: bool, content: &Markup) -> Markup {
    html! { @if !is_empty { section { h2 { (title) } (content) } } }
}
