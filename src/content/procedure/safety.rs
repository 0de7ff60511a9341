//! What speaks against a procedure, what can go wrong, and what authorities say.

use crate::{
    content::{
        condition::Condition,
        provenance::STATEMENT_SOURCES,
        skin_effect::{EffectKind, Frequency},
        source::Source,
    },
    engine::declare::{Choice, Declaration, Members, Part, Value},
    entity::{adverse_effect, contraindication},
};

/// A reason against a procedure.
pub struct Contraindication;

impl Part for Contraindication {
    type Entity = contraindication::Entity;
    const NAME: &'static str = "Contraindication";
    const ABOUT: &'static str = "A reason against a procedure.";

    fn declare(d: &mut Declaration<'_, contraindication::Entity>) {
        use contraindication::Column;
        d.text("name", Column::Name, "The reason, as shown to readers.").required().indexed();
        d.choice::<ContraindicationKind>("kind", Column::Kind, "How strong a reason it is.").required().indexed();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "The condition that is the reason; null when it is none that the library has.",
        );
        d.text("note", Column::Note, "Remark; null when there is none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// How strong a contraindication is.
pub struct ContraindicationKind;

impl Choice for ContraindicationKind {
    const NAME: &'static str = "ContraindicationKind";
    const ABOUT: &'static str = "How strong a reason against a procedure is. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ABSOLUTE", "It must not be done."),
        ("RELATIVE", "It should not be done unless the benefit outweighs the risk."),
        ("CAUTION", "It can be done with care."),
        ("NOT_RECOMMENDED", "A source advises against it without grading the advice."),
        ("NOT_GRADED", "Named as a contraindication; how strong it is, is not stated."),
    ];
}

/// An unwanted effect of a procedure.
pub struct AdverseEffect;

impl Part for AdverseEffect {
    type Entity = adverse_effect::Entity;
    const NAME: &'static str = "AdverseEffect";
    const ABOUT: &'static str = "An unwanted effect of a procedure, and how often it occurs.";

    fn declare(d: &mut Declaration<'_, adverse_effect::Entity>) {
        use adverse_effect::Column;
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.choice::<EffectKind>("effect", Column::Effect, "What it is.").required().indexed();
        d.choice::<Frequency>("frequency", Column::Frequency, "How often it occurs, in words.").required().indexed();
        d.float("percent", Column::Percent, "How many of 100 people have it; null when no source gives a number.")
            .between(0, 100)
            .indexed();
        d.boolean("serious", Column::Serious, "Whether it is serious: it can do lasting harm or needs treatment.")
            .required()
            .indexed();
        d.text("note", Column::Note, "Remark; null when there is none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// What an authority states.
pub struct RegulatoryStatement;

impl Value for RegulatoryStatement {
    const NAME: &'static str = "RegulatoryStatement";
    const ABOUT: &'static str = "What a regulatory authority states about a procedure or its devices and substances.";

    fn declare(d: &mut Members<'_>) {
        d.text("region", "Where it applies: a country code of ISO 3166-1, for example `US`.").required();
        d.text("authority", "Who states it, for example `FDA`.").required();
        d.text("statement", "The statement in our words.").required();
        d.int("minimumAge", "Youngest age that it covers, in years; null when it names none.").between(0, 150);
        d.refs::<Condition>(
            "conditions",
            "Conditions that it names, as near as the library has them. Empty when it names none.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}
