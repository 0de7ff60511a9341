//! The grade of a claimed benefit, separate from the evidence for it.

use crate::{
    content::source::Source,
    engine::declare::{Choice, Members, Value},
};

/// The value object of effectiveness.
pub struct Effectiveness;

impl Value for Effectiveness {
    const NAME: &'static str = "Effectiveness";
    const ABOUT: &'static str = "Strength of the claimed benefit, and the sources it is based on. It is neither an evidence \
        level nor a certainty of evidence.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectivenessGrade>("grade", "Strength of the claimed benefit.").required();
        d.refs::<Source>("basis", "Sources that the grade is based on.").required();
    }
}

/// The enumeration of grades of effectiveness.
pub struct EffectivenessGrade;

impl Choice for EffectivenessGrade {
    const NAME: &'static str = "EffectivenessGrade";
    const ABOUT: &'static str = "Strength of a claimed benefit. Show it together with the evidence level and the evidence \
        items, never in place of them. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_GRADED", "Used for the condition, but no statement of benefit was found in the sources read."),
        ("NO_BENEFIT", "Studied, with no benefit shown."),
        ("VARIABLE", "Benefit in some people only; the sources emphasise the differences."),
        ("MODEST", "A source states that the benefit is small."),
        ("HELPS", "Benefit reported without a grade, or only by uncontrolled studies or general statements."),
        (
            "EFFECTIVE",
            "Controlled studies show benefit on their main result, or a systematic review or a guideline finds benefit in a comparison.",
        ),
    ];
}
