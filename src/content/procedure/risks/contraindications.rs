//! Contraindications: reasons not to do a procedure.

use crate::{
    content::{condition::Condition, shared::provenance::STATEMENT_SOURCES, source::Source},
    engine::declare::{Choice, Declaration, Part},
    entity::contraindication,
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
        d.choice::<SafetyTopic>("topic", Column::Topic, "What the reason is about.").required().indexed();
        d.choice::<ContraindicationStrength>("strength", Column::Kind, "Strength of the contraindication.")
            .required()
            .indexed();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "Condition that is the reason; null if the reason is not a condition in the library.",
        );
        d.choices::<SkinType>(
            "skinTypes",
            Column::SkinTypes,
            "Skin types that the reason is about. Empty if it is not about particular skin types.",
        )
        .indexed();
        d.text("note", Column::Note, "Remark; null if none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// The enumeration of strengths of a contraindication.
pub struct ContraindicationStrength;

impl Choice for ContraindicationStrength {
    const NAME: &'static str = "ContraindicationStrength";
    const ABOUT: &'static str =
        "Strength of a contraindication. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_GRADED", "A source names the contraindication without stating its strength."),
        ("CAUTION", "The procedure can be done with care."),
        ("NOT_RECOMMENDED", "A source advises against it without grading the advice."),
        ("RELATIVE", "The procedure should not be done unless the benefit outweighs the risk."),
        ("ABSOLUTE", "The procedure must not be done."),
    ];
}

/// The enumeration of topics of contraindications.
pub struct SafetyTopic;

impl Choice for SafetyTopic {
    const NAME: &'static str = "SafetyTopic";
    const ABOUT: &'static str = "What a reason not to do a procedure is about. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PREGNANCY", "The patient is or may be pregnant."),
        ("BREASTFEEDING", "The patient is breastfeeding."),
        ("MEDICINE", "A medicine that the patient takes or took."),
        ("INFECTION", "An infection in the area or of the whole body, cold sores included."),
        ("SKIN_TYPE", "The colour or type of the skin; see `skinTypes`."),
        (
            "SKIN_CONDITION",
            "A disease or state of the skin, such as active acne, eczema, a tendency to keloids or a recent tan.",
        ),
        ("HEALTH_CONDITION", "A disease or state of another part of the body, such as a bleeding disorder."),
        ("ALLERGY", "An allergy to something that the procedure uses."),
        ("IMPLANT", "An implant in the body, such as a pacemaker or metal."),
        ("AGE", "The age of the patient."),
        ("DIAGNOSIS", "The condition must be diagnosed first, or the diagnosis is a reason against the procedure."),
        ("OTHER", "Another reason."),
    ];
}

/// The enumeration of skin types.
pub struct SkinType;

impl Choice for SkinType {
    const NAME: &'static str = "SkinType";
    const ABOUT: &'static str = "Skin type on the Fitzpatrick scale. The scale was made to predict sunburn. People usually \
        rate themselves, and it describes the colour of skin poorly. The values are in order, from least to most pigment. \
        This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TYPE_1", "Type I: always burns, never tans."),
        ("TYPE_2", "Type II: usually burns, tans little."),
        ("TYPE_3", "Type III: sometimes burns, tans slowly."),
        ("TYPE_4", "Type IV: burns little, tans easily."),
        ("TYPE_5", "Type V: rarely burns, tans darkly."),
        ("TYPE_6", "Type VI: never burns, deeply pigmented."),
    ];
}
