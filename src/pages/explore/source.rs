//! The page of a source: what it is, how much of it was read, and which records cite it.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Parts, record::Record, section};
use crate::pages::{
    Site,
    components::{self, Name, Named, Page},
    words,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Work {
    #[serde(flatten)]
    source: components::Source,
    #[serde(flatten)]
    record: Record,
    authors: Option<String>,
    publisher: Option<String>,
    kind: String,
    level: Option<i64>,
    extent_read: String,
    doi: Option<String>,
    pmid: Option<String>,
    note: Option<String>,
    evidence: Page<Finding>,
    outcomes: Page<Outcome>,
    procedures: Page<Named>,
    conditions: Page<Named>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    finding: String,
    outcome: Outcome,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    slug: String,
    procedure: Name,
    condition: Name,
}

/// Makes the page; `None` if there is no such source.
pub(super) fn parts(site: &Site, data: Json) -> Result<Option<Parts>, serde_json::Error> {
    Ok(components::record(data, "source")?.map(|work: Work| work.parts(site)))
}

impl Work {
    fn parts(self, site: &Site) -> Parts {
        let (findings, outcomes) = (&self.evidence.nodes, &self.outcomes.nodes);
        let all = |list: &str| self.source.slug.as_ref().map(|slug| format!("explore/{list}?source={slug}"));
        let main = html! {
            p.marks {
                span { (words::capitalised(&self.kind)) }
                (components::level(self.level))
                span { (words::extent(&self.extent_read)) }
            }
            dl.facts {
                @for (name, value) in [("Authors", &self.authors), ("Published by", &self.publisher), ("DOI", &self.doi), ("PubMed", &self.pmid)] {
                    @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
                }
                @if let Some(year) = self.source.year { div { dt { "Year" } dd { (year) } } }
                @if let Some(url) = self.source.link() { div { dt { "Address" } dd { a href=(url) rel="noreferrer" { (url) } } } }
            }
            @if let Some(note) = &self.note { p.about { (note) } }
            (section("Findings that the library reports", findings.is_empty(), &html! {
                @for one in findings { blockquote { p { (one.finding) } footer { (one.outcome.link(site)) } } }
                (self.evidence.rest(site, None))
            }))
            (section("Outcomes that cite it", outcomes.is_empty(), &html! {
                ul { @for one in outcomes { li { (one.link(site)) } } }
                (self.outcomes.rest(site, all("outcomes").as_deref()))
            }))
            (section("Procedures that cite it", self.procedures.nodes.is_empty(), &html! {
                ul { @for one in &self.procedures.nodes { li { (components::procedure(site, one)) } } }
                (self.procedures.rest(site, all("procedures").as_deref()))
            }))
            (section("Conditions that cite it", self.conditions.nodes.is_empty(), &html! {
                ul { @for one in &self.conditions.nodes { li { (components::condition(site, one)) } } }
                (self.conditions.rest(site, all("conditions").as_deref()))
            }))
        };
        let description = format!("{}: what the library cites it for.", words::capitalised(&self.kind));
        Parts { title: self.source.title, description, json_ld: None, record: Some(self.record), main }
    }
}

impl Outcome {
    fn link(&self, site: &Site) -> Markup {
        html! { a href={ (site.root) "explore/outcomes/" (self.slug) } { (self.procedure.name) " for " (words::lowercase_first(&self.condition.name)) } }
    }
}
