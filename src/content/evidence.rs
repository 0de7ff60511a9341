//! Evidence items: what single sources found about treatment outcomes.

use super::{condition::Condition, outcome_measure::OutcomeMeasure, source::Source, treatment_outcome::TreatmentOutcome};
use crate::{
    engine::{
        catalog::{Layout, SlugRule},
        declare::{Content, Declaration},
    },
    entity::evidence::{Column, Entity},
};

/// The content type of evidence items.
pub struct Evidence;

impl Content for Evidence {
    type Entity = Entity;
    const NAME: &'static str = "Evidence";
    const ABOUT: &'static str = "What one source found about a treatment outcome. It supplements the claim of the outcome \
        and never replaces it. Evidence items of one outcome may disagree.";
    const SINGULAR: &'static str = "evidenceItem";
    const PLURAL: &'static str = "evidenceItems";
    const LAYOUT: Layout = Layout::Embedded;
    const SLUG: SlugRule = SlugRule::Composed(&["outcome", "source"]);
    const DEFAULT_ORDER: &'static str = "slug";

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.one::<TreatmentOutcome>("outcome", Column::OutcomeId, "Outcome that the finding is about.").required();
        d.one::<Source>("source", Column::SourceId, "Source that reports the finding.").required();
        d.one::<Condition>(
            "condition",
            Column::ConditionId,
            "Condition that was studied, if narrower than that of the outcome; otherwise null.",
        );
        d.boolean(
            "indirect",
            Column::Indirect,
            "Whether the source studied a related procedure or condition instead. Indirect findings do not \
                         count towards the evidence level of the outcome.",
        )
        .or(false)
        .indexed();
        d.int("participants", Column::Participants, "Number of people studied; null if not stated or not read.")
            .at_least(0)
            .indexed();
        d.one::<OutcomeMeasure>(
            "measure",
            Column::MeasureId,
            "Scale or quantity used by the finding; null if the library lists none for it.",
        );
        d.text("finding", Column::Finding, "What the source found, in one or two sentences.").required();
    }
}
