//! Two procedures side by side, for one condition.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Parts;
use crate::pages::{
    PageRequest, Site,
    components::{self, Duration, Name, Named, Page},
    levels::Levels,
    request::encode,
    words,
};

/// Text of the document for two procedures.
pub const DOCUMENT: &str = include_str!("../requests/compare.graphql");
/// Text of the document before the user has chosen procedures.
pub const CHOICES: &str = include_str!("../requests/choices.graphql");

/// What the user compares. Each field is a slug, or empty if the user has not chosen yet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// The condition.
    pub condition: String,
    /// One procedure.
    pub a: String,
    /// The other procedure.
    pub b: String,
}

impl Comparison {
    fn is_complete(&self) -> bool {
        [&self.condition, &self.a, &self.b].into_iter().all(|slug| !slug.is_empty())
    }

    /// Returns the request.
    pub(super) fn request(&self) -> PageRequest {
        if self.is_complete() {
            PageRequest::new(DOCUMENT, [("condition", json!(self.condition)), ("a", json!(self.a)), ("b", json!(self.b))])
        } else {
            PageRequest::new(CHOICES, [])
        }
    }

    /// Returns the path of the page from the root of the service if the choice is incomplete; otherwise `None`, because
    /// search engines must not list all comparisons.
    pub(super) fn path(&self) -> Option<String> {
        (!self.is_complete()).then(|| "explore/compare".to_owned())
    }

    /// Returns the address of the page from the root of the service.
    pub(super) fn address(&self) -> String {
        let chosen = format!("condition={}&a={}&b={}", encode(&self.condition), encode(&self.a), encode(&self.b));
        self.path().unwrap_or_else(|| format!("explore/compare?{chosen}"))
    }
}

#[derive(Debug, Deserialize)]
struct Data {
    condition: Option<Named>,
    a: Option<Procedure>,
    b: Option<Procedure>,
    procedures: Page<Named>,
    conditions: Page<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Procedure {
    #[serde(flatten)]
    named: Named,
    category: String,
    invasiveness: Option<String>,
    description: String,
    visit_duration: Option<Duration>,
    pain: Option<Duration>,
    recovery: Option<Recovery>,
    sessions: Option<Sessions>,
    results: Option<Results>,
    contraindications: Vec<Name>,
    adverse_effects: Vec<Effect>,
    outcomes: Page<Outcome>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recovery {
    downtime: Vec<Duration>,
    back_to_normal: Option<Duration>,
    effects: Vec<Healing>,
}

#[derive(Debug, Deserialize)]
struct Healing {
    name: String,
    duration: Option<Duration>,
}

#[derive(Debug, Deserialize)]
struct Sessions {
    interval: Option<Duration>,
}

#[derive(Debug, Deserialize)]
struct Results {
    onset: Option<Duration>,
    lasts: Option<Duration>,
}

#[derive(Debug, Deserialize)]
struct Effect {
    name: String,
    serious: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    slug: String,
    expected_effect: String,
    grade: String,
    evidence_levels: Levels,
    certainty: String,
    caveat: Option<String>,
}

/// Makes the page. It names the records that do not exist, next to the form to choose others.
pub(super) fn parts(site: &Site, comparison: &Comparison, data: Json) -> Result<Parts, serde_json::Error> {
    let Data { condition, a, b, procedures, conditions } = serde_json::from_value(data)?;
    let (one, other) = (a.as_ref().map(|a| &a.named), b.as_ref().map(|b| &b.named));
    let form = html! {
        form.filters action={ (site.root) "explore/compare" } method="get" aria-label="What to compare" {
            (select("Condition", "condition", &conditions.nodes, condition.as_ref(), &comparison.condition))
            (select("Procedure", "a", &procedures.nodes, one, &comparison.a))
            (select("Other procedure", "b", &procedures.nodes, other, &comparison.b))
            div.actions { button type="submit" { "Compare" } }
        }
        @for (name, list) in [("conditions", &conditions), ("procedures", &procedures)] {
            @if list.total_count > list.nodes.len() {
                p.about {
                    "The first " (list.nodes.len()) " of " (list.total_count) " " (name) " can be chosen. To compare others, put their slugs into the address of this page: "
                    code { "?condition=…&a=…&b=…" }
                }
            }
        }
    };
    let (title, content) = match (condition, a, b) {
        _ if !comparison.is_complete() => (None, html! { p.about { "Choose a condition and two procedures." } }),
        (Some(condition), Some(a), Some(b)) => {
            let title = format!(
                "{} and {} for {}",
                a.named.name,
                words::lowercase_first(&b.named.name),
                words::lowercase_first(&condition.name)
            );
            (Some(title), table(site, &condition, &a, &b))
        }
        (condition, a, b) => {
            let absent = html! {
                @if condition.is_none() { (components::absent("condition", &comparison.condition)) }
                @if a.is_none() { (components::absent("procedure", &comparison.a)) }
                @if b.is_none() { (components::absent("procedure", &comparison.b)) }
            };
            (None, absent)
        }
    };
    Ok(Parts {
        title: title.unwrap_or_else(|| "Compare two procedures".to_owned()),
        description: "Two procedures side by side for one condition: effect, evidence, healing and risks.".to_owned(),
        json_ld: None,
        record: None,
        main: html! { (form) (content) },
    })
}

/// A field to choose a record. `found` is the chosen record, which may be missing in `records`. It is `None` if the page did
/// not request it, or if it does not exist.
fn select(label: &str, name: &str, records: &[Named], found: Option<&Named>, chosen: &str) -> Markup {
    let slug = found.map_or(chosen, |found| &found.slug);
    let is_listed = slug.is_empty() || records.iter().any(|record| record.slug == slug);
    html! {
        label {
            span { (label) }
            select name=(name) required {
                option value="" { "Choose" }
                @if !is_listed { option value=(slug) selected { (found.map_or(slug, |found| &found.name)) } }
                @for record in records { option value=(record.slug) selected[record.slug == slug] { (record.name) } }
            }
        }
    }
}

/// Makes the cell of a procedure.
type Cell = fn(&Site, &Named, &Procedure) -> Markup;

fn table(site: &Site, condition: &Named, a: &Procedure, b: &Procedure) -> Markup {
    let rows: [(&str, Cell); 11] = [
        ("Effect", |site, condition, one| one.outcomes(site, condition)),
        ("What it is", |_, _, one| html! { p { (one.description) } p.about { (words::capitalised(&one.category)) } }),
        ("Invasiveness", |_, _, one| text(one.invasiveness.as_deref().map(words::capitalised).as_deref())),
        ("Length of a visit", |_, _, one| duration(one.visit_duration.as_ref())),
        ("Pain", |_, _, one| duration(one.pain.as_ref())),
        ("Time between sessions", |_, _, one| {
            duration(one.sessions.as_ref().and_then(|sessions| sessions.interval.as_ref()))
        }),
        ("Healing", |_, _, one| one.healing()),
        ("Results begin", |_, _, one| duration(one.results.as_ref().and_then(|results| results.onset.as_ref()))),
        ("Results last", |_, _, one| duration(one.results.as_ref().and_then(|results| results.lasts.as_ref()))),
        ("Who should not have it", |_, _, one| list(one.contraindications.iter().map(|one| one.name.clone()))),
        ("Serious unwanted effects", |_, _, one| {
            list(one.adverse_effects.iter().filter(|effect| effect.serious).map(|effect| effect.name.clone()))
        }),
    ];
    html! {
        div.table tabindex="0" role="group" aria-labelledby="compared-title" {
            table.compared.stacked {
                caption #compared-title { "For " (components::condition(site, condition)) }
                thead { tr { td {} @for one in [a, b] { th scope="col" { (components::procedure(site, &one.named)) } } } }
                tbody { @for (name, view) in rows { tr { th scope="row" { (name) } @for one in [a, b] { td data-name=(one.named.name) { (view(site, condition, one)) } } } } }
            }
        }
        p { "A dash means that the library has no information about this." }
        (components::legend())
    }
}

impl Procedure {
    fn outcomes(&self, site: &Site, condition: &Named) -> Markup {
        html! {
            @if self.outcomes.nodes.is_empty() { "The library has no outcome for this condition." }
            (self.outcomes.rest(site, Some(&format!("explore/outcomes?condition={}&procedure={}", condition.slug, self.named.slug))))
            @for outcome in &self.outcomes.nodes {
                p.marks { (components::grade(&outcome.grade)) (outcome.evidence_levels.marks(Some(&condition.slug))) (components::certainty(&outcome.certainty)) }
                p { (outcome.expected_effect) }
                @if let Some(caveat) = &outcome.caveat { p.caveat { (caveat) } }
                p { a href={ (site.root) "explore/outcomes/" (outcome.slug) } { "Findings and sources" span.visually-hidden { " of " (words::lowercase_first(&self.named.name)) } } }
            }
        }
    }

    fn healing(&self) -> Markup {
        let Some(recovery) = &self.recovery else { return text(None) };
        let downtime = recovery.downtime.iter().map(|one| format!("Downtime: {}", one.text));
        let normal = recovery.back_to_normal.iter().map(|one| format!("Back to normal: {}", one.text));
        let effects = recovery.effects.iter().map(|effect| match &effect.duration {
            Some(duration) => format!("{}: {}", effect.name, duration.text),
            None => effect.name.clone(),
        });
        list(downtime.chain(normal).chain(effects))
    }
}

fn duration(duration: Option<&Duration>) -> Markup {
    text(duration.map(|one| one.text.as_str()))
}

fn text(text: Option<&str>) -> Markup {
    html! { (text.unwrap_or("–")) }
}

fn list(entries: impl Iterator<Item = String>) -> Markup {
    let entries: Vec<String> = entries.collect();
    html! { @if entries.is_empty() { "–" } @else { ul.plain { @for entry in &entries { li { (entry) } } } } }
}
