//! The explorer: a page for each procedure, condition, outcome, source and revision, lists of them, the evidence map, and a
//! comparison.

mod change;
pub mod compare;
mod condition;
mod index;
mod json_ld;
pub mod list;
mod map;
mod outcome;
mod procedure;
mod record;
pub mod revision;
mod sitemap;
mod source;

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

pub use self::sitemap::Sitemap;
use self::{
    compare::Comparison,
    index::Lists,
    list::{Chosen, LISTS},
    record::Record,
};
use super::{
    PageRequest, Site, components,
    layout::{Head, page},
    library::Library,
};

/// Text of the document for the first page of the explorer.
const INDEX: &str = include_str!("../requests/index.graphql");
/// Text of the document for a procedure.
const PROCEDURE: &str = include_str!("../requests/procedure.graphql");
/// Text of the document for a condition.
const CONDITION: &str = include_str!("../requests/condition.graphql");

/// Text of the document for an outcome.
const OUTCOME: &str = include_str!("../requests/outcome.graphql");
/// Text of the document for a source.
const SOURCE: &str = include_str!("../requests/source.graphql");

/// Returns the documents of all pages of the explorer.
pub(super) fn documents() -> impl Iterator<Item = &'static str> {
    let own = [
        INDEX,
        PROCEDURE,
        CONDITION,
        OUTCOME,
        SOURCE,
        compare::DOCUMENT,
        compare::CHOICES,
        revision::DOCUMENT,
        sitemap::DOCUMENT,
    ];
    own.into_iter().chain(LISTS.iter().map(|list| list.document))
}

/// A page of the explorer.
pub enum View {
    /// The first page of the explorer.
    Index,
    /// The procedure with this slug.
    Procedure(String),
    /// The condition with this slug.
    Condition(String),
    /// The treatment outcome with this slug.
    Outcome(String),
    /// The source with this slug.
    Source(String),
    /// A revision.
    Revision(revision::RevisionPage),
    /// A list.
    List(Chosen),
    /// Two procedures side by side.
    Compare(Comparison),
}

/// A code of a terminology.
#[derive(Debug, Deserialize)]
struct Code {
    system: String,
    #[serde(rename = "code")]
    value: String,
    r#match: String,
}

/// The parts that differ between the pages of the explorer.
struct Parts {
    title: String,
    description: String,
    json_ld: Option<Json>,
    /// The record that the page is about; `None` for other pages.
    record: Option<Record>,
    main: Markup,
}

impl View {
    /// Returns the request of the page.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        match self {
            Self::Index => PageRequest::new(INDEX, []),
            Self::Procedure(slug) => PageRequest::new(PROCEDURE, [("procedure", json!(slug))]),
            Self::Condition(slug) => PageRequest::new(CONDITION, [("condition", json!(slug))]),
            Self::Outcome(slug) => PageRequest::new(OUTCOME, [("outcome", json!(slug))]),
            Self::Source(slug) => PageRequest::new(SOURCE, [("source", json!(slug))]),
            Self::Revision(page) => page.request(),
            Self::List(chosen) => chosen.request(),
            Self::Compare(comparison) => comparison.request(),
        }
    }

    /// Makes the page from the data of its request; `None` if there is no such record.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn make(&self, site: &Site, library: &Library, data: Json) -> Result<Option<String>, serde_json::Error> {
        let parts = match self {
            Self::Index => Some(index(site, data)?),
            Self::Procedure(_) => procedure::parts(site, data)?,
            Self::Condition(_) => condition::parts(site, data)?,
            Self::Outcome(_) => outcome::parts(site, data)?,
            Self::Source(_) => source::parts(site, data)?,
            Self::Revision(page) => revision::parts(site, page, data)?,
            Self::List(chosen) => Some(chosen.parts(site, data)?),
            Self::Compare(comparison) => Some(compare::parts(site, comparison, data)?),
        };
        let Some(Parts { title, description, json_ld, record, main }) = parts else { return Ok(None) };
        let address = format!("{}/{}", site.origin, self.address());
        let cite = record.as_ref().map_or_else(|| format!("{}.", library.cite(&address)), |record| record.cite(&address));
        let main = html! {
            (self.trail(site))
            div #answer.record.wide[self.is_wide()] {
                article.answer {
                    h1 { (title) } @if let Some(record) = &record { (record.head()) } (main)
                    @if let Some(record) = &record { (record.changes(site, self.slug())) }
                    p.revision.cite { (cite) }
                }
                (components::request(site, &self.request(), "The request behind this page"))
            }
            p #status.visually-hidden role="status" {}
        };
        let path = self.path();
        let head = Head { title: &title, description: &description, path: path.as_deref(), json_ld: json_ld.as_ref() };
        Ok(Some(page(site, &head, Some(library), &main)))
    }

    /// Returns the current slug of the record, if the page was opened by a former slug; otherwise `None`.
    #[must_use]
    pub fn current_slug<'d>(&self, data: &'d Json) -> Option<&'d str> {
        let (field, opened) = match self {
            Self::Index | Self::Revision(_) | Self::List(_) | Self::Compare(_) => return None,
            Self::Procedure(slug) => ("procedure", slug),
            Self::Condition(slug) => ("condition", slug),
            Self::Outcome(slug) => ("treatmentOutcome", slug),
            Self::Source(slug) => ("source", slug),
        };
        data[field]["slug"].as_str().filter(|current| current != opened)
    }

    /// Returns the slug of the record; empty for other pages.
    fn slug(&self) -> &str {
        match self {
            Self::Procedure(slug) | Self::Condition(slug) | Self::Outcome(slug) | Self::Source(slug) => slug,
            Self::Index | Self::Revision(_) | Self::List(_) | Self::Compare(_) => "",
        }
    }

    /// Reports whether the page has a table that needs the whole width.
    fn is_wide(&self) -> bool {
        match self {
            Self::List(chosen) => chosen.is_map(),
            Self::Compare(_) => true,
            _ => false,
        }
    }

    /// The breadcrumb navigation from the first page to this one.
    fn trail(&self, site: &Site) -> Markup {
        let list = match self {
            Self::Index | Self::List(_) | Self::Compare(_) => None,
            Self::Procedure(_) => Some("procedures"),
            Self::Condition(_) => Some("conditions"),
            Self::Outcome(_) => Some("outcomes"),
            Self::Source(_) => Some("sources"),
            Self::Revision(_) => Some("revisions"),
        };
        let list = list.and_then(|name| LISTS.iter().find(|list| list.name == name));
        html! {
            nav.trail aria-label="Trail" {
                a href=(site.root) { "Home" }
                @if !matches!(self, Self::Index) { " / " a href={ (site.root) "explore" } { "Explorer" } }
                @if let Some(list) = list { " / " a href={ (site.root) "explore/" (list.name) } { (list.title) } }
            }
        }
    }

    /// Returns the path of the page from the root of the service; `None` if search engines must not list it, because it
    /// shows a list with filters, a comparison or a revision.
    fn path(&self) -> Option<String> {
        match self {
            Self::List(chosen) => chosen.is_default().then(|| chosen.path()),
            Self::Compare(comparison) => comparison.path(),
            Self::Revision(_) => None,
            other => Some(other.address()),
        }
    }

    /// Returns the address of the page from the root of the service.
    fn address(&self) -> String {
        match self {
            Self::Index => "explore".to_owned(),
            Self::Procedure(slug) => format!("explore/procedures/{slug}"),
            Self::Condition(slug) => format!("explore/conditions/{slug}"),
            Self::Outcome(slug) => format!("explore/outcomes/{slug}"),
            Self::Source(slug) => format!("explore/sources/{slug}"),
            Self::Revision(page) => page.address(),
            Self::List(chosen) => chosen.address(&[]),
            Self::Compare(comparison) => comparison.address(),
        }
    }
}

/// The first page of the explorer: links to its lists, and all procedures and conditions.
fn index(site: &Site, data: Json) -> Result<Parts, serde_json::Error> {
    let lists: Lists = serde_json::from_value(data)?;
    let main = html! {
        div.doors {
            ul {
                @for list in LISTS { li { a href={ (site.root) "explore/" (list.name) } { (list.title) } p { (list.description) } } }
                li { a href={ (site.root) "explore/compare" } { "Compare" } p { "Two procedures side by side, for one condition." } }
            }
        }
        (lists.view(site))
    };
    Ok(Parts {
        title: "Explorer".to_owned(),
        description:
            "The evidence map, and all procedures, conditions, outcomes and sources of the library, with a page for each."
                .to_owned(),
        json_ld: None,
        record: None,
        main,
    })
}

/// A section with a heading; nothing if there is nothing to show.
fn section(title: &str, is_empty: bool, content: &Markup) -> Markup {
    html! { @if !is_empty { section { h2 { (title) } (content) } } }
}
