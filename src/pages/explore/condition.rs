//! The page of a condition.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Code, Parts, json_ld, record::Record, section};
use crate::pages::{
    Site,
    answers::outcomes,
    components::{self, Named, Page, Source},
    levels, words,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    record: Record,
    aliases: Vec<String>,
    kind: String,
    description: String,
    signs: Vec<String>,
    diagnose_first: Option<bool>,
    diagnosis_note: Option<String>,
    codes: Vec<Code>,
    parent: Option<Named>,
    children: Page<Named>,
    outcomes: Page<outcomes::Outcome>,
    contraindicated_procedures: Page<Named>,
    citations: Page<Source>,
}

/// Makes the page; `None` if there is no such condition.
pub(super) fn parts(site: &Site, data: Json) -> Result<Option<Parts>, serde_json::Error> {
    Ok(components::record(data, "condition")?.map(|condition: Condition| condition.parts(site)))
}

/// A link to the comparison of the first two procedures, which have the best evidence.
fn compare(site: &Site, condition: &Named, outcomes: &[outcomes::Outcome]) -> Markup {
    let mut procedures: Vec<&Named> = outcomes.iter().filter_map(|outcome| outcome.procedure.as_ref()).collect();
    procedures.dedup_by(|one, next| one.slug == next.slug);
    html! {
        @if let [a, b, ..] = procedures.as_slice() {
            p {
                a href={ (site.root) "explore/compare?condition=" (condition.slug) "&a=" (a.slug) "&b=" (b.slug) } {
                    "Compare " (words::lowercase_first(&a.name)) " and " (words::lowercase_first(&b.name))
                }
            }
        }
    }
}

impl Condition {
    fn parts(mut self, site: &Site) -> Parts {
        levels::sort(&mut self.outcomes.nodes, &self.named.slug, |outcome| &outcome.evidence_levels);
        let slug = &self.named.slug;
        let (outcomes, against) = (&self.outcomes.nodes, &self.contraindicated_procedures.nodes);
        let main = html! {
            p.lead { (self.description) }
            @if self.diagnose_first == Some(true) || self.diagnosis_note.is_some() {
                section.help aria-label="Diagnosis first" {
                    p { strong { "Diagnosis first" } }
                    p { (self.diagnosis_note.as_deref().unwrap_or("A clinician should confirm the diagnosis before treatment.")) }
                }
            }
            dl.facts {
                div { dt { "Kind" } dd { (words::capitalised(&self.kind)) } }
                @if !self.aliases.is_empty() { div { dt { "Also called" } dd { (self.aliases.join(", ")) } } }
                @if !self.signs.is_empty() { div { dt { "Signs" } dd { (self.signs.join("; ")) } } }
                @if let Some(parent) = &self.parent { div { dt { "Belongs to" } dd { (components::condition(site, parent)) } } }
                @if let [first, rest @ ..] = self.children.nodes.as_slice() {
                    div {
                        dt { "Forms" }
                        dd {
                            (components::condition(site, first)) @for one in rest { ", " (components::condition(site, one)) }
                            (self.children.rest(site, Some(&format!("explore/conditions?parent={slug}"))))
                        }
                    }
                }
            }
            h2 { "Treatments" }
            @if outcomes.is_empty() { (components::none("The library has no treatment for this condition itself.")) }
            @for outcome in outcomes { (outcomes::card(site, outcome, Some(&self.named.slug))) }
            (self.outcomes.rest(site, Some(&outcomes::of_condition(slug))))
            (compare(site, &self.named, outcomes))
            @if !outcomes.is_empty() { (components::legend()) }
            (section("Procedures for which it is a contraindication", against.is_empty(), &html! {
                ul { @for one in against { li { (components::procedure(site, one)) } } }
                (self.contraindicated_procedures.rest(site, Some(&format!("explore/procedures?against={slug}"))))
            }))
            (components::sources(&self.citations))
        };
        Parts {
            json_ld: Some(self.json_ld(site)),
            record: Some(self.record),
            main,
            title: self.named.name,
            description: self.description,
        }
    }

    fn json_ld(&self, site: &Site) -> Json {
        let treatments = self.outcomes.nodes.iter().filter_map(|outcome| outcome.procedure.as_ref());
        let treatments = treatments.map(|procedure| {
            let url = format!("{}/explore/procedures/{}", site.origin, procedure.slug);
            json!({"@type": "MedicalTherapy", "name": procedure.name, "url": url})
        });
        let entity = json!({
            "@type": "MedicalCondition",
            "name": self.named.name,
            "alternateName": self.aliases,
            "description": self.description,
            "code": json_ld::codes(&self.codes),
            "signOrSymptom": json_ld::named("MedicalSign", self.signs.iter().map(String::as_str)),
            "possibleTreatment": treatments.collect::<Vec<Json>>(),
        });
        let path = format!("explore/conditions/{}", self.named.slug);
        json_ld::page(site, &path, &self.record, entity, &self.citations.nodes)
    }
}
