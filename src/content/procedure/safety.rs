//! Contraindications, adverse effects and regulatory statements.

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

/// The part type of contraindications.
pub struct Contraindication;

impl Part for Contraindication {
    type Entity = contraindication::Entity;
    const NAME: &'static str = "Contraindication";
    const ABOUT: &'static str = "A reason not to do a procedure.";

    fn declare(d: &mut Declaration<'_, contraindication::Entity>) {
        use contraindication::Column;
        d.text("name", Column::Name, "Display name of the reason.").required().indexed();
        d.choice::<ContraindicationKind>("kind", Column::Kind, "Strength of the contraindication.").required().indexed();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "Condition that is the reason; null if the reason is not a condition in the library.",
        );
        d.text("note", Column::Note, "Remark; null if none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// The enumeration of strengths of a contraindication.
pub struct ContraindicationKind;

impl Choice for ContraindicationKind {
    const NAME: &'static str = "ContraindicationKind";
    const ABOUT: &'static str =
        "Strength of a contraindication. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_GRADED", "A source names the contraindication without stating its strength."),
        ("NOT_RECOMMENDED", "A source advises against it without grading the advice."),
        ("CAUTION", "The procedure can be done with care."),
        ("RELATIVE", "The procedure should not be done unless the benefit outweighs the risk."),
        ("ABSOLUTE", "The procedure must not be done."),
    ];
}

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

/// The value object of regulatory statements.
pub struct RegulatoryStatement;

impl Value for RegulatoryStatement {
    const NAME: &'static str = "RegulatoryStatement";
    const ABOUT: &'static str = "Statement of a regulatory authority about a procedure, its devices or its substances.";

    fn declare(d: &mut Members<'_>) {
        d.text("region", "Country where the statement applies, as an ISO 3166-1 code, for example `US`.").required();
        d.text("authority", "Authority that makes the statement, for example `FDA`.").required();
        d.text("statement", "The statement, paraphrased by the editors.").required();
        d.int("minimumAge", "Minimum age covered by the statement, in years; null if it names none.").between(0, 150);
        d.refs::<Condition>(
            "conditions",
            "Conditions named by the statement, mapped to the closest ones in the library. Empty if it names none.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}
