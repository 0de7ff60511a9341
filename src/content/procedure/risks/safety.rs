//! Adverse effects, advice on when to get help, and regulatory statements.

use super::skin_effect::{EffectKind, Frequency};
use crate::{
    content::{condition::Condition, shared::provenance::STATEMENT_SOURCES, source::Source},
    engine::{
        catalog::Format,
        declare::{Choice, Declaration, Members, Part, Value},
    },
    entity::adverse_effect,
};

/// The part type of adverse effects.
pub struct AdverseEffect;

impl Part for AdverseEffect {
    type Entity = adverse_effect::Entity;
    const NAME: &'static str = "AdverseEffect";
    const ABOUT: &'static str = "An unwanted effect of a procedure, and how often it occurs.";

    fn declare(d: &mut Declaration<'_, adverse_effect::Entity>) {
        use adverse_effect::Column;
        d.text("name", Column::Name, "Display name.").required().indexed();
        d.choice::<EffectKind>("effect", Column::Effect, "Kind of effect.").required().indexed();
        d.choice::<Frequency>("frequency", Column::Frequency, "How often the effect occurs, as a category.")
            .required()
            .indexed();
        d.float("percent", Column::Percent, "Percentage of people affected, 0 to 100; null if no source gives a number.")
            .between(0, 100)
            .indexed();
        d.boolean(
            "serious",
            Column::Serious,
            "Whether the effect is serious: it can cause lasting harm or needs treatment.",
        )
        .required()
        .indexed();
        d.text("note", Column::Note, "Remark; null if none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// The value object of advice on when to get help.
pub struct HelpAdvice;

impl Value for HelpAdvice {
    const NAME: &'static str = "HelpAdvice";
    const ABOUT: &'static str =
        "A sign after a procedure that means that the patient should get help, and how soon to get it.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<Urgency>("urgency", "How soon to get help.").required();
        d.choices::<EffectKind>(
            "effects",
            "Kinds of unwanted effects that the sign is about. Empty if it is about any of them.",
        );
        d.text("sign", "What the patient notices.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of urgencies.
pub struct Urgency;

impl Choice for Urgency {
    const NAME: &'static str = "Urgency";
    const ABOUT: &'static str = "How soon to get help. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("CONTACT_CLINIC", "Contact the clinic or a doctor."),
        ("SAME_DAY", "See a doctor on the same day."),
        ("EMERGENCY", "Call an ambulance or go to an emergency department now."),
    ];
}

/// The value object of regulatory statements.
pub struct RegulatoryStatement;

impl Value for RegulatoryStatement {
    const NAME: &'static str = "RegulatoryStatement";
    const ABOUT: &'static str = "Statement of a regulatory authority about a procedure, its devices or its substances.";

    fn declare(d: &mut Members<'_>) {
        d.text("country", "Country where the statement applies, as an ISO 3166-1 code, for example `US`.")
            .required()
            .format(Format::Country)
            .indexed();
        d.text("authority", "Authority that makes the statement, for example `FDA`.").required().indexed();
        d.text("text", "The statement, paraphrased by the editors.").required();
        d.int("minimumAge", "Minimum age covered by the statement, in years; null if it names none.")
            .between(0, 150)
            .indexed();
        d.refs::<Condition>(
            "conditions",
            "Conditions named by the statement, mapped to the closest ones in the library. Empty if it names none.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}
