//! Evidence: what single sources found about treatment outcomes.

use super::{condition::Condition, outcome_measure::OutcomeMeasure, source::Source, treatment_outcome::TreatmentOutcome};
use crate::{
    engine::{
        catalog::{Layout, SlugRule},
        declare::{Content, Declaration},
    },
    entity::evidence::{Column, Entity},
};

/// A finding of a source about a treatment outcome.
pub struct Evidence;

impl Content for Evidence {
    type Entity = Entity;
    const NAME: &'static str = "Evidence";
    const ABOUT: &'static str = "What one source found about a treatment outcome. It adds to the statement of the outcome \
        and never replaces it; findings of one outcome may disagree.";
    const SINGULAR: &'static str = "evidence";
    const PLURAL: &'static str = "evidences";
    const LAYOUT: Layout = Layout::Embedded;
    const SLUG: SlugRule = SlugRule::Composed(&["outcome", "source"]);
    const DEFAULT_ORDER: &'static str = "slug";

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.one::<TreatmentOutcome>("outcome", Column::OutcomeId, "The outcome that the finding is about.").required();
        d.one::<Source>("source", Column::SourceId, "The source that reports the finding.").required();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "The condition that was studied, where it is narrower than that of the outcome; otherwise null.",
        );
        d.boolean(
            "indirect",
            Column::Indirect,
            "True when the source is about something near, not about this procedure and condition. Such findings do not \
             count for the evidence level of the outcome.",
        )
        .or(false)
        .indexed();
        d.int("participants", Column::Participants, "Number of people studied; null when not stated or not read.")
            .at_least(0)
            .indexed();
        d.one::<OutcomeMeasure>(
            "measure",
            Column::MeasureId,
            "The scale or quantity of the finding; null when it uses none that the library lists.",
        );
        d.text("finding", Column::Finding, "What was found, in a sentence or two.").required();
    }
}
