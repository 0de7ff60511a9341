//! Answers about safety: who should not have a procedure, and what can go wrong.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    Context, care,
    outcomes::{Outcome, card, of_condition},
};
use crate::pages::{
    components::{self, Named, Nodes, Page, Slug, Source},
    words,
};

/// The strengths of contraindications in the order of the page, the strongest first. Strengths that are not listed here
/// follow.
const STRENGTHS: [&str; 5] = ["ABSOLUTE", "RELATIVE", "NOT_RECOMMENDED", "CAUTION", "NOT_GRADED"];

/// A reason against a procedure.
#[derive(Debug, Deserialize)]
pub struct Contraindication {
    pub name: String,
    strength: String,
    note: Option<String>,
    condition: Option<Slug>,
    sources: Page<Source>,
}

#[derive(Debug, Deserialize)]
struct Procedure {
    name: String,
    /// Its outcomes for one condition; `None` in answers that do not request them.
    outcomes: Option<Page<Outcome>>,
    contraindications: Vec<Contraindication>,
}

/// Makes the answer on who should not have a procedure.
pub fn contraindications(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    let found = components::record::<Procedure>(data, "procedure")?;
    let Some(procedure) = found else { return Ok(context.absent("procedure")) };
    Ok(html! {
        p.lead { (procedure.name) ": " (count(procedure.contraindications.len())) "." }
        (by_strength(&procedure.contraindications))
        (incomplete())
    })
}

/// Contraindications with a heading for each strength.
pub fn by_strength(all: &[Contraindication]) -> Markup {
    let rest: Vec<&Contraindication> = all.iter().filter(|one| !STRENGTHS.contains(&&*one.strength)).collect();
    html! {
        @for strength in STRENGTHS {
            @let found: Vec<&Contraindication> = all.iter().filter(|one| one.strength == strength).collect();
            (group(&words::contraindication(strength), &found))
        }
        (group("Other", &rest))
    }
}

/// Makes the answer on whether a person with a condition can have a procedure.
pub fn permission(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Condition {
        slug: String,
        name: String,
        ancestors: Nodes<Slug>,
        contraindicated_procedures: Page<Named>,
    }
    #[derive(Deserialize)]
    struct Data {
        procedure: Option<Procedure>,
        condition: Option<Condition>,
    }
    let Data { procedure, condition } = serde_json::from_value(data)?;
    let Some(procedure) = procedure else { return Ok(context.absent("procedure")) };
    let Some(condition) = condition else { return Ok(context.absent("condition")) };
    // A contraindication for a group of conditions counts for each condition in it.
    let is_named = |one: &&Contraindication| {
        let slug = one.condition.as_ref().map(|condition| &condition.slug);
        slug.is_some_and(|slug| *slug == condition.slug || condition.ancestors.nodes.iter().any(|above| above.slug == *slug))
    };
    let (named, others): (Vec<_>, Vec<_>) = procedure.contraindications.iter().partition(is_named);
    let elsewhere = &condition.contraindicated_procedures;
    let name = words::lowercase_first(&condition.name);
    Ok(html! {
        @if named.is_empty() {
            p.lead { "The library does not name " (name) " as a contraindication of " (words::lowercase_first(&procedure.name)) "." }
            p { "That does not mean that you can have it: other sources may name this condition. Ask a clinician." }
        } @else {
            p.lead { "The library names " (name) " as a contraindication of " (words::lowercase_first(&procedure.name)) "." }
            (group("For this condition", &named))
        }
        @if let Some(outcomes) = procedure.outcomes.as_ref().filter(|outcomes| !outcomes.nodes.is_empty()) {
            p { "The library also says what " (words::lowercase_first(&procedure.name)) " does for " (name) ":" }
            @for outcome in &outcomes.nodes { (card(context.site, outcome, Some(&condition.slug))) }
            (outcomes.rest(context.site, Some(&of_condition(&condition.slug))))
        }
        (group(&format!("Contraindications of {} that the library names", words::lowercase_first(&procedure.name)), &others))
        @if !elsewhere.nodes.is_empty() {
            h3 { "Procedures for which " (name) " is a contraindication" }
            ul { @for one in &elsewhere.nodes { li { (components::procedure(context.site, one)) } } }
            (elsewhere.rest(context.site, Some(&format!("explore/procedures?against={}", condition.slug))))
        }
    })
}

fn count(number: usize) -> String {
    match number {
        0 => "the library names no contraindication".to_owned(),
        1 => "the library names one contraindication".to_owned(),
        many => format!("the library names {many} contraindications"),
    }
}

fn group(title: &str, found: &[&Contraindication]) -> Markup {
    html! {
        @if !found.is_empty() {
            h3 { (title) }
            ul.items {
                @for one in found { (components::statement(&one.name, None, one.note.as_deref(), &one.sources)) }
            }
        }
    }
}

/// The sentence below lists that may be incomplete.
pub fn incomplete() -> Markup {
    html! { p { "This list is from the sources that were read so far. It may be incomplete." } }
}

/// Makes the answer on what can go wrong with a procedure.
pub fn risks(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Risky {
        name: String,
        adverse_effects: Vec<AdverseEffect>,
        get_help: Vec<care::Help>,
    }
    let found = components::record::<Risky>(data, "procedure")?;
    let Some(procedure) = found else { return Ok(context.absent("procedure")) };
    let serious = procedure.adverse_effects.iter().filter(|effect| effect.serious).count();
    Ok(html! {
        p.lead { (procedure.name) ": " (words::count(procedure.adverse_effects.len(), "unwanted effect")) ", " (serious) " of them serious." }
        (care::help(&procedure.get_help))
        (by_seriousness(&procedure.adverse_effects))
        (incomplete())
    })
}

/// Unwanted effects with a heading for serious ones and others.
pub fn by_seriousness(all: &[AdverseEffect]) -> Markup {
    let (serious, usual): (Vec<_>, Vec<_>) = all.iter().partition(|effect| effect.serious);
    html! { (effects("Serious", &serious)) (effects("Not serious", &usual)) }
}

/// An unwanted effect of a procedure.
#[derive(Debug, Deserialize)]
pub struct AdverseEffect {
    pub name: String,
    frequency: String,
    pub serious: bool,
    note: Option<String>,
    sources: Page<Source>,
}

fn effects(title: &str, found: &[&AdverseEffect]) -> Markup {
    html! {
        @if !found.is_empty() {
            h3 { (title) }
            ul.items {
                @for one in found {
                    @let frequency = words::frequency(&one.frequency);
                    (components::statement(&one.name, Some(&frequency), one.note.as_deref(), &one.sources))
                }
            }
        }
    }
}
