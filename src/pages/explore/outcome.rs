//! The page of a treatment outcome: the statement, its findings and its sources.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Parts, record::Record, section};
use crate::pages::{
    Site,
    components::{self, Duration, Named, Page, Source},
    levels::Levels,
    words,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(flatten)]
    record: Record,
    slug: String,
    procedure: Named,
    condition: Named,
    also_covers: Page<Named>,
    expected_effect: String,
    patient_summary: Option<String>,
    grade: String,
    certainty: String,
    caveat: Option<String>,
    evidence_levels: Levels,
    onset: Option<Duration>,
    results: Option<Results>,
    evidence: Page<Finding>,
    citations: Page<Source>,
}

#[derive(Debug, Deserialize)]
struct Results {
    lasts: Option<Duration>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    #[serde(rename = "finding")]
    text: String,
    direction: String,
    participants: Option<i64>,
    indirect: bool,
    source: Source,
}

/// Makes the page; `None` if there is no such outcome.
pub(super) fn parts(site: &Site, data: Json) -> Result<Option<Parts>, serde_json::Error> {
    Ok(components::record(data, "treatmentOutcome")?.map(|outcome: Outcome| outcome.parts(site)))
}

impl Outcome {
    fn parts(self, site: &Site) -> Parts {
        let findings = &self.evidence.nodes;
        let main = html! {
            p.marks { (components::grade(&self.grade)) (self.evidence_levels.marks(None)) (components::certainty(&self.certainty)) }
            p.lead { (self.expected_effect) }
            @if let Some(summary) = &self.patient_summary { p { (summary) } }
            @if let Some(caveat) = &self.caveat { p.caveat { (caveat) } }
            (self.facts(site))
            section {
                h2 { "Findings" }
                @if findings.is_empty() { (components::none("The library has no finding of a study for this statement.")) }
                @for one in findings { (one.quote(site)) }
                (self.evidence.rest(site, None))
            }
            (section("Sources", self.citations.nodes.is_empty(), &html! {
                ul { @for one in &self.citations.nodes { li { (components::source_record(site, one)) } } }
                (self.citations.rest(site, Some(&format!("explore/sources?outcome={}", self.slug))))
            }))
            (components::legend())
        };
        let title = format!("{} for {}", self.procedure.name, words::lowercase_first(&self.condition.name));
        let record = self.record.titled(&self.slug, &title);
        Parts { title, description: self.expected_effect, json_ld: None, record: Some(record), main }
    }

    fn facts(&self, site: &Site) -> Markup {
        let lasts = self.results.as_ref().and_then(|results| results.lasts.as_ref());
        html! {
            dl.facts {
                div { dt { "Procedure" } dd { (components::procedure(site, &self.procedure)) } }
                div { dt { "Condition" } dd { (components::condition(site, &self.condition)) } }
                @if !self.also_covers.nodes.is_empty() {
                    div { dt { "Also about" } dd { @for (at, one) in self.also_covers.nodes.iter().enumerate() { @if at > 0 { ", " } (components::condition(site, one)) } (self.also_covers.rest(site, None)) } }
                }
                @if let Some(onset) = &self.onset { div { dt { "Begins after" } dd { (onset.text) } } }
                @if let Some(lasts) = lasts { div { dt { "Lasts" } dd { (lasts.text) } } }
            }
        }
    }
}

impl Finding {
    fn quote(&self, site: &Site) -> Markup {
        html! {
            blockquote {
                p { (self.text) }
                footer {
                    (words::direction(&self.direction))
                    @if let Some(people) = self.participants { ", " (words::number(people)) " people" }
                    @if self.indirect { ", indirect evidence" }
                    ". " (components::source_record(site, &self.source))
                }
            }
        }
    }
}
