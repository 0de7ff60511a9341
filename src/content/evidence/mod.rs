//! Evidence items: what single sources found about treatment outcomes.

use super::{
    condition::Condition, outcome_measure::OutcomeMeasure, shared::former_slugs, source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::{Layout, Rule, Searched, SlugRule},
        declare::{Choice, Content, Declaration},
    },
    entity::evidence::{Column, Entity},
};

mod estimate;
mod rules;

use estimate::{Estimate, Per100};

/// The content type of evidence items.
pub struct EvidenceItem;

impl Content for EvidenceItem {
    type Entity = Entity;
    const NAME: &'static str = "EvidenceItem";
    const ABOUT: &'static str = "What one source found about a treatment outcome. It supplements the claim of the outcome \
        and never replaces it. Evidence items of one outcome may disagree.";
    const SINGULAR: &'static str = "evidenceItem";
    const PLURAL: &'static str = "evidenceItems";
    const LAYOUT: Layout = Layout::Embedded;
    const SEARCH_PERCENT: i32 = 20;
    const LABEL: &'static str = "slug";
    const SLUG: SlugRule = SlugRule::Composed(["outcome", "source"]);
    const DEFAULT_ORDER: &'static str = "slug";
    const RULES: &'static [Rule] =
        &[Rule::alone(rules::estimate_is_possible), Rule::alone(rules::direction_agrees_with_numbers)];

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.formerly()
            .derived(former_slugs::of_evidence)
            .follows("outcome", &["procedure", "condition"])
            .follows("outcome.procedure", &["formerly"])
            .follows("outcome.condition", &["formerly"])
            .follows("source", &["formerly"]);
        d.one::<TreatmentOutcome>("outcome", Column::OutcomeId, "Outcome that the finding is about.").required();
        d.one::<Source>("source", Column::SourceId, "Source that reports the finding.").required();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "Condition that the source studied, if narrower than the condition of the outcome; otherwise null.",
        );
        d.boolean(
            "indirect",
            Column::Indirect,
            "Whether the source studied a related procedure or condition instead. Indirect findings do not \
                         count towards the evidence level of the outcome.",
        )
        .default_value(false)
        .indexed();
        d.int("participants", Column::Participants, "Number of people studied; null if not stated or not read.")
            .at_least(0)
            .indexed();
        d.one::<OutcomeMeasure>(
            "measure",
            Column::MeasureId,
            "Scale or quantity that the finding uses; null if the library has no outcome measure for it.",
        );
        d.choice::<EvidenceDirection>(
            "direction",
            Column::Direction,
            "Whether the main result of the source is for or against the procedure.",
        )
        .required()
        .indexed();
        d.text("finding", Column::Finding, "What the source found, in one or two sentences.")
            .required()
            .searched(Searched::Summary);
        d.value::<Estimate>(
            "estimate",
            Column::Estimate,
            "Size of the effect; null if the source gives none, or if the editors did not read it.",
        );
        d.value::<Per100>(
            "per100",
            Column::Per100,
            "The finding as numbers of people in 100; null if the source gives none.",
        );
    }
}

/// The enumeration of directions of findings.
pub struct EvidenceDirection;

impl Choice for EvidenceDirection {
    const NAME: &'static str = "EvidenceDirection";
    const ABOUT: &'static str = "Whether a finding is for or against a procedure, in the comparison that the source made. \
        The values are in order, from least to most in favour. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        (
            "NOT_COMPARED",
            "The source did not compare the procedure: it describes the procedure, measures only before and after, or gave \
             the procedure to all groups.",
        ),
        ("HARM", "The procedure did more damage than good."),
        ("WORSE", "The procedure had less benefit than another treatment."),
        ("NO_DIFFERENCE", "The source found no clear difference."),
        ("MIXED", "The procedure was better in some comparisons or results, and not in others."),
        ("BENEFIT", "The procedure was better than what it was compared with."),
    ];
}
