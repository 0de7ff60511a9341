//! Answers about the time after a procedure: aftercare, recovery, and when to get help.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;

use super::Context;
use crate::pages::{
    components::{self, Duration, Page, Source},
    words,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Procedure {
    name: String,
    aftercare: Vec<Instruction>,
    recovery: Option<Recovery>,
    get_help: Vec<Help>,
    citations: Page<Source>,
}

/// An instruction to the patient.
#[derive(Debug, Deserialize)]
pub struct Instruction {
    pub text: String,
    duration: Option<Duration>,
}

/// How the skin heals.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    summary: Option<String>,
    effects: Vec<Effect>,
    downtime: Vec<Duration>,
    back_to_normal: Option<Duration>,
}

#[derive(Debug, Deserialize)]
struct Effect {
    name: String,
    frequency: String,
    duration: Option<Duration>,
}

/// A sign that means that a patient should get help.
#[derive(Debug, Deserialize)]
pub struct Help {
    urgency: String,
    sign: String,
}

/// Makes the answer on what to do after a procedure.
pub fn aftercare(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    answer(data, context, |procedure| {
        html! {
            p.lead {
                @match procedure.aftercare.len() {
                    0 => { "The library has no aftercare for " (words::lowercase_first(&procedure.name)) " yet. Follow the advice of the clinic." }
                    1 => { (procedure.name) ": one instruction. The advice of the clinic comes first." }
                    many => { (procedure.name) ": " (many) " instructions. The advice of the clinic comes first." }
                }
            }
            (instructions(&procedure.aftercare))
            (help(&procedure.get_help))
            @if let Some(recovery) = &procedure.recovery { h3 { "Healing" } (healing(recovery)) }
        }
    })
}

/// Makes the answer on how long the skin needs after a procedure.
pub fn recovery(data: Json, context: &Context<'_>) -> Result<Markup, serde_json::Error> {
    answer(data, context, |procedure| {
        let effects = procedure.recovery.as_ref().map(|recovery| recovery.effects.as_slice()).unwrap_or_default();
        let redness = effects.iter().find(|effect| effect.name.eq_ignore_ascii_case("redness"));
        let lasts = redness.and_then(|redness| redness.duration.as_ref());
        html! {
            p.lead {
                @match lasts {
                    Some(lasts) => { "Redness: " (lasts.text) "." }
                    None => { "The library does not say how long redness lasts after " (words::lowercase_first(&procedure.name)) "." }
                }
            }
            @if let Some(recovery) = &procedure.recovery { h3 { "All effects of healing" } (healing(recovery)) }
            (help(&procedure.get_help))
        }
    })
}

fn answer(data: Json, context: &Context<'_>, view: impl Fn(&Procedure) -> Markup) -> Result<Markup, serde_json::Error> {
    let found = components::record::<Procedure>(data, "procedure")?;
    let Some(procedure) = found else { return Ok(context.absent("procedure")) };
    Ok(html! { (view(&procedure)) (components::sources(&procedure.citations)) })
}

/// Instructions, in the order of the response; nothing if there are none.
pub fn instructions(all: &[Instruction]) -> Markup {
    html! {
        @if !all.is_empty() {
            ol.items {
                @for one in all { li { (one.text) @if let Some(duration) = &one.duration { span.aside { (duration.text) } } } }
            }
        }
    }
}

/// How the skin heals.
pub fn healing(recovery: &Recovery) -> Markup {
    html! {
        @if let Some(summary) = &recovery.summary { p { (summary) } }
        dl.facts {
            @for effect in &recovery.effects {
                div {
                    dt { (effect.name) }
                    dd {
                        @match &effect.duration {
                            Some(duration) => { (duration.text) span.aside { (words::frequency(&effect.frequency)) } }
                            None => (words::frequency(&effect.frequency)),
                        }
                    }
                }
            }
            @if let [first, rest @ ..] = recovery.downtime.as_slice() {
                div { dt { "Downtime" } dd { (first.text) @for one in rest { "; " (one.text) } } }
            }
            @if let Some(normal) = &recovery.back_to_normal { div { dt { "Back to normal" } dd { (normal.text) } } }
        }
    }
}

/// The signs that mean that a patient should get help, in the order of the response.
pub fn help(signs: &[Help]) -> Markup {
    html! {
        @if !signs.is_empty() {
            section.help aria-label="When to get help" {
                p { strong { "When to get help" } }
                ul { @for one in signs { li { strong { (words::urgency(&one.urgency)) } ": " (one.sign) } } }
            }
        }
    }
}
