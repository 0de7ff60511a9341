//! Answers about the outcomes of treatments: for one condition, compared, and by evidence level.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;

use super::Context;
use crate::pages::{
    Site,
    components::{self, Duration, Named, Nodes, Page, Source},
    levels::{self, Levels},
    words,
};

/// What a procedure does for a condition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    slug: String,
    /// `None` on the page of a procedure, which does not request it.
    pub procedure: Option<Named>,
    /// `None` in answers about one condition, which do not request it.
    condition: Option<Named>,
    expected_effect: String,
    grade: String,
    pub evidence_levels: Levels,
    certainty: String,
    caveat: Option<String>,
    evidence: Option<Nodes<Finding>>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    #[serde(rename = "finding")]
    text: String,
    participants: Option<i64>,
    source: Source,
}

/// Makes the answer on what helps with a condition.
pub fn treatments(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    struct Condition {
        #[serde(flatten)]
        named: Named,
        description: String,
        outcomes: Page<Outcome>,
    }
    let found = components::record::<Condition>(data, "condition")?;
    let Some(mut condition) = found else { return Ok(context.absent("condition")) };
    let Named { slug, name } = &condition.named;
    levels::sort(&mut condition.outcomes.nodes, slug, |outcome| &outcome.evidence_levels);
    Ok(html! {
        p.lead {
            @match condition.outcomes.total_count {
                0 => { "The library has no treatment for " (words::lowercase_first(name)) "." }
                1 => { "The library has one treatment." }
                many => { "The library has " (many) " treatments, the best evidence first." }
            }
        }
        (condition.outcomes.rest(context.site, Some(&of_condition(slug))))
        p.about { strong { (name) } ": " (condition.description) }
        @for outcome in &condition.outcomes.nodes { (card(context.site, outcome, Some(slug))) }
        (components::legend())
    })
}

/// Makes the answer on which outcomes have an evidence level.
pub fn level(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        treatment_outcomes: Page<Outcome>,
    }
    let Data { treatment_outcomes: outcomes } = serde_json::from_value(data)?;
    Ok(html! {
        p.lead {
            (words::count(outcomes.total_count, "outcome"))
            (if outcomes.total_count == 1 { " rests" } else { " rest" }) " on a source of this level."
        }
        (outcomes.rest(context.site, Some(&format!("explore/outcomes?level={}", context.number("level")))))
        @for outcome in &outcomes.nodes { (card(context.site, outcome, None)) }
        (components::legend())
    })
}

/// Returns the address of the list of all outcomes for a condition, from the root of the service.
pub fn of_condition(slug: &str) -> String {
    format!("explore/outcomes?condition={slug}")
}

impl Outcome {
    /// The names that complete the text of the link to the outcome, for screen readers.
    fn about(&self) -> Markup {
        let names =
            [&self.procedure, &self.condition].into_iter().flatten().map(|named| words::lowercase_first(&named.name));
        html! { span.visually-hidden { ": " (names.collect::<Vec<_>>().join(", ")) } }
    }
}

/// An outcome with its grade, level and certainty, and with its findings if the response has them. `about` is the slug of
/// the condition that the page is about; `None` if the page is about several conditions.
pub fn card(site: &Site, outcome: &Outcome, about: Option<&str>) -> Markup {
    html! {
        article.card {
            header {
                h3 {
                    @match (&outcome.procedure, &outcome.condition) {
                        (Some(procedure), Some(condition)) => {
                            (components::procedure(site, procedure)) span.for { " for " (components::condition(site, condition)) }
                        }
                        (Some(procedure), None) => (components::procedure(site, procedure)),
                        (None, Some(condition)) => (components::condition(site, condition)),
                        (None, None) => {}
                    }
                }
                p.marks {
                    (components::grade(&outcome.grade)) (outcome.evidence_levels.marks(about))
                    (components::certainty(&outcome.certainty))
                }
            }
            p { (outcome.expected_effect) }
            @if let Some(caveat) = &outcome.caveat { p.caveat { (caveat) } }
            @for finding in outcome.evidence.iter().flat_map(|evidence| &evidence.nodes) {
                blockquote {
                    p { (finding.text) }
                    footer {
                        (components::source(&finding.source))
                        @if let Some(people) = finding.participants { ", " (words::number(people)) " people" }
                    }
                }
            }
            p.more { a href={ (site.root) "explore/outcomes/" (outcome.slug) } { "Findings and sources" (outcome.about()) } }
        }
    }
}

/// Makes the answer on how the treatments of a condition compare.
pub fn comparison(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    struct Condition {
        #[serde(flatten)]
        named: Named,
        outcomes: Page<Row>,
    }
    let found = components::record::<Condition>(data, "condition")?;
    let Some(mut condition) = found else { return Ok(context.absent("condition")) };
    let Named { slug, name } = &condition.named;
    levels::sort(&mut condition.outcomes.nodes, slug, |row| &row.evidence_levels);
    Ok(html! {
        p.lead { (words::count(condition.outcomes.total_count, "treatment")) ", the best evidence first." }
        (condition.outcomes.rest(context.site, Some(&of_condition(slug))))
        div.table tabindex="0" role="group" aria-labelledby="comparison-title" {
            table.stacked.treatments {
                caption #comparison-title { "Treatments of " (words::lowercase_first(name)) }
                thead {
                    tr { th scope="col" { "Treatment" } th scope="col" { "Effect" } th scope="col" { "Evidence level" } th scope="col" { "Downtime" } }
                }
                tbody { @for row in &condition.outcomes.nodes { (row.markup(context.site, slug)) } }
            }
        }
        p { "A dash means that the library has no information about this." }
        (components::legend())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    procedure: Compared,
    grade: String,
    evidence_levels: Levels,
    certainty: String,
}

#[derive(Debug, Deserialize)]
struct Compared {
    #[serde(flatten)]
    named: Named,
    invasiveness: Option<String>,
    recovery: Option<Recovery>,
}

#[derive(Debug, Deserialize)]
struct Recovery {
    downtime: Vec<Duration>,
}

impl Row {
    fn markup(&self, site: &Site, condition: &str) -> Markup {
        let downtime = self.procedure.recovery.as_ref().map(|recovery| recovery.downtime.as_slice()).unwrap_or_default();
        html! {
            tr {
                th scope="row" {
                    (components::procedure(site, &self.procedure.named))
                    @if let Some(invasiveness) = &self.procedure.invasiveness { small { (words::capitalised(invasiveness)) } }
                }
                td data-name="Effect" { (components::grade(&self.grade)) }
                td data-name="Evidence level" {
                    (components::short_level(self.evidence_levels.of(condition))) " " (components::certainty(&self.certainty))
                    @if let Some(remark) = self.evidence_levels.remark(condition) { small.origin { (words::uppercase_first(&remark)) } }
                }
                td data-name="Downtime" { @if downtime.is_empty() { "–" } @for (at, one) in downtime.iter().enumerate() { @if at > 0 { "; " } (one.text) } }
            }
        }
    }
}
