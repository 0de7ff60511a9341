//! The page of a procedure.

use maud::html;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Code, Parts, json_ld, record::Record, section};
use crate::pages::{
    Site,
    answers::{care, outcomes, safety},
    components::{self, Named, Page, Source},
    words,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Procedure {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    record: Record,
    aliases: Vec<String>,
    category: String,
    invasiveness: Option<String>,
    description: String,
    patient_summary: Option<String>,
    codes: Vec<Code>,
    outcomes: Page<outcomes::Outcome>,
    preparation: Vec<care::Instruction>,
    aftercare: Vec<care::Instruction>,
    recovery: Option<care::Recovery>,
    contraindications: Vec<safety::Contraindication>,
    adverse_effects: Vec<safety::AdverseEffect>,
    get_help: Vec<care::Help>,
    citations: Page<Source>,
}

/// Makes the page; `None` if there is no such procedure.
pub(super) fn parts(site: &Site, data: Json) -> Result<Option<Parts>, serde_json::Error> {
    Ok(components::record(data, "procedure")?.map(|procedure: Procedure| procedure.parts(site)))
}

impl Procedure {
    fn parts(self, site: &Site) -> Parts {
        let outcomes = &self.outcomes.nodes;
        let main = html! {
            p.lead { (self.patient_summary.as_deref().unwrap_or(&self.description)) }
            dl.facts {
                div { dt { "Category" } dd { (words::capitalised(&self.category)) } }
                @if let Some(invasiveness) = &self.invasiveness { div { dt { "Invasiveness" } dd { (words::capitalised(invasiveness)) } } }
                @if !self.aliases.is_empty() { div { dt { "Also called" } dd { (self.aliases.join(", ")) } } }
            }
            (care::help(&self.get_help))
            (section("What it does", outcomes.is_empty(), &html! {
                @for outcome in outcomes { (outcomes::card(site, outcome, None)) }
                (self.outcomes.rest(site, Some(&format!("explore/outcomes?procedure={}", self.named.slug))))
                (components::legend())
            }))
            (section("Who should not have it", self.contraindications.is_empty(), &html! {
                (safety::by_strength(&self.contraindications)) (safety::incomplete())
            }))
            (section("Before", self.preparation.is_empty(), &care::instructions(&self.preparation)))
            (section("After", self.aftercare.is_empty(), &care::instructions(&self.aftercare)))
            @if let Some(recovery) = &self.recovery { section { h2 { "Healing" } (care::healing(recovery)) } }
            (section("What can go wrong", self.adverse_effects.is_empty(), &html! {
                (safety::by_seriousness(&self.adverse_effects)) (safety::incomplete())
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

    /// The type is `MedicalTherapy`, because `MedicalProcedure` has neither contraindications nor adverse outcomes.
    fn json_ld(&self, site: &Site) -> Json {
        let texts = |all: &[care::Instruction]| all.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ");
        let effects = |serious: bool| {
            let names =
                self.adverse_effects.iter().filter(|effect| effect.serious == serious).map(|effect| effect.name.as_str());
            json_ld::named("MedicalEntity", names)
        };
        let against = self.contraindications.iter().map(|one| one.name.as_str());
        let entity = json!({
            "@type": "MedicalTherapy",
            "name": self.named.name,
            "alternateName": self.aliases,
            "description": self.description,
            "code": json_ld::codes(&self.codes),
            "preparation": texts(&self.preparation),
            "followup": texts(&self.aftercare),
            "contraindication": json_ld::named("MedicalContraindication", against),
            "adverseOutcome": effects(false),
            "seriousAdverseOutcome": effects(true),
        });
        let path = format!("explore/procedures/{}", self.named.slug);
        json_ld::page(site, &path, &self.record, entity, &self.citations.nodes)
    }
}
