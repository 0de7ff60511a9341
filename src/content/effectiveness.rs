//! How strongly a benefit is put: a claim and its grade, kept apart from the evidence for it.

use super::source::Source;
use crate::engine::declare::{Choice, Members, Value};

/// How strongly the benefit of an outcome is put, and on what basis.
pub struct Effectiveness;

impl Value for Effectiveness {
    const NAME: &'static str = "Effectiveness";
    const ABOUT: &'static str = "How strongly the benefit is put, and on what basis. It is neither an evidence level nor a \
        certainty of evidence.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectivenessGrade>("grade", "How strongly the benefit is put.").required();
        d.refs::<Source>("basis", "Sources that the grade rests on.").required();
    }
}

/// Grades of effectiveness.
pub struct EffectivenessGrade;

impl Choice for EffectivenessGrade {
    const NAME: &'static str = "EffectivenessGrade";
    const ABOUT: &'static str = "How strongly a benefit is put. Show it next to the evidence level and the findings, never \
        in their place. The values run from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_GRADED", "Used for it, but no statement of benefit was read."),
        ("NO_BENEFIT", "Studied, and no benefit shown."),
        ("VARIABLE", "Benefit in some people only; the sources stress the differences."),
        ("MODEST", "Benefit stated to be small."),
        ("HELPS", "Benefit reported without grading, or only from uncontrolled studies or general statements."),
        ("EFFECTIVE", "A source calls it effective, or controlled studies show benefit on the main outcome."),
    ];
}
