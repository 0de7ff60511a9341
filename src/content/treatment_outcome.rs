//! Treatment outcomes: what a procedure does for a condition. They join the two, and carry claim, grade, certainty and
//! evidence as separate things.

use super::{
    adjunct::Adjunct,
    biological_target::BiologicalTarget,
    cause::Cause,
    condition::Condition,
    duration::Duration,
    effectiveness::{Effectiveness, EffectivenessGrade},
    evidence::Evidence,
    mechanism::Mechanism,
    outcome_measure::OutcomeMeasure,
    procedure::Procedure,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    session_plan::SessionPlan,
    source::Source,
};
use crate::{
    engine::{
        catalog::{Format, Layout, SlugRule},
        declare::{Content, Declaration},
    },
    entity::{
        adjunct_use, evidence, link, outcome_effect,
        treatment_outcome::{Column, Entity},
    },
};

mod claim;
mod derivation;
mod parts;

use claim::{Certainty, Responders, ResponseVariability};
pub use derivation::kept_links;
use derivation::{conditions, evidence_level, grade};
use parts::{AdjunctUse, OutcomeEffect};

/// What a procedure does for a condition.
pub struct TreatmentOutcome;

impl Content for TreatmentOutcome {
    type Entity = Entity;
    const NAME: &'static str = "TreatmentOutcome";
    const ABOUT: &'static str = "What a procedure does for a condition: the claim, how strongly it is put, how certain it is, \
        and the findings behind it. It is knowledge about a treatment, not the result of one patient.";
    const SINGULAR: &'static str = "treatmentOutcome";
    const PLURAL: &'static str = "treatmentOutcomes";
    const LAYOUT: Layout = Layout::Embedded;
    const SLUG: SlugRule = SlugRule::Composed(&["procedure", "condition"]);
    const DEFAULT_ORDER: &'static str = "slug";

    fn declare(d: &mut Declaration<'_, Entity>) {
        subject(d);
        claim(d);
        strength(d);
        practice(d);
        references(d);
    }
}

fn subject(d: &mut Declaration<'_, Entity>) {
    d.one::<Procedure>("procedure", Column::ProcedureId, "The procedure.").required();
    d.int("position", Column::Position, "Place among the outcomes of the procedure, from 1.").required().indexed();
    d.one::<Condition>("condition", Column::ConditionId, "The condition.").required();
    d.links::<Condition, link::treatment_outcome_also_covers::Entity>(
        "alsoCovers",
        "Narrower conditions that the claim names. Empty when it names none.",
    );
    d.choices::<Cause>(
        "causesCovered",
        Column::CausesCovered,
        "The causes of the condition that the claim names. Empty when it names none.",
    );
    d.text(
        "variant",
        Column::Variant,
        "The `id` of the variant of the procedure that is meant; null when it is the procedure as such.",
    )
    .indexed()
    .format(Format::Among(&["procedure", "variants", "id"]));
    d.boolean(
        "commonUse",
        Column::CommonUse,
        "Whether it is among the usual reasons for the procedure; null when not stated.",
    )
    .indexed();
}

fn claim(d: &mut Declaration<'_, Entity>) {
    d.parts::<OutcomeEffect>("effects", outcome_effect::Column::OutcomeId, "What changes, and how. At least one.")
        .required();
    d.text("expectedEffect", Column::ExpectedEffect, "What to expect, in one plain sentence for patients.").required();
    d.value::<Mechanism>(
        "mechanism",
        Column::Mechanism,
        "How it works for this condition; null when no source says more than the mechanism of the procedure.",
    );
}

fn strength(d: &mut Declaration<'_, Entity>) {
    d.value::<Effectiveness>("effectiveness", Column::Effectiveness, "How strongly the benefit is put, and on what basis.")
        .required();
    d.choice::<EffectivenessGrade>("grade", Column::Grade, "The grade of `effectiveness`, to filter and order by.")
        .required()
        .indexed()
        .derived(grade);
    d.choice::<Certainty>(
        "certainty",
        Column::Certainty,
        "Certainty of the evidence in the sense of GRADE, only as a source rates it.",
    )
    .required()
    .indexed();
    d.int(
        "evidenceLevel",
        Column::EvidenceLevel,
        "Best Oxford CEBM 2011 step among the sources that bear on it directly, from 1 (systematic review of randomised \
         trials) to 5 (expert text). It says what designs the evidence has, not how good it is, and not whether it speaks \
         for or against: show it next to grade and findings. Null when no such source has a step.",
    )
    .indexed()
    .derived(evidence_level);
    d.choice::<ResponseVariability>(
        "responseVariability",
        Column::ResponseVariability,
        "Whether results differ between people.",
    )
    .required()
    .indexed();
    d.choice::<Responders>("responders", Column::Responders, "How many people respond; null when not stated.").indexed();
    d.text("caveat", Column::Caveat, "What to bear in mind; null when there is nothing.");
}

fn practice(d: &mut Declaration<'_, Entity>) {
    d.parts::<AdjunctUse>(
        "adjuncts",
        adjunct_use::Column::OutcomeId,
        "What is used together with the procedure for this condition. Empty when nothing is named.",
    );
    d.value::<SessionPlan>(
        "sessions",
        Column::Sessions,
        "How often it is done for this condition; null when no source says more than the plan of the procedure.",
    );
    d.value::<Duration>(
        "onset",
        Column::Onset,
        "When the effect begins for this condition; null when no source says more than the procedure does.",
    );
    d.links::<OutcomeMeasure, link::treatment_outcome_measure::Entity>(
        "measures",
        "Scales and quantities that studies of it use. Empty when none is named.",
    );
    d.owns::<Evidence>("evidence", evidence::Column::OutcomeId, "What sources found. Empty when only the claim was read.");
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
}

fn references(d: &mut Declaration<'_, Entity>) {
    d.derived_links::<Condition, link::treatment_outcome_condition::Entity>(
        "conditions",
        conditions,
        "The conditions under which it can be found.",
    )
    .switch("includeAncestors", false, "Also the conditions above `condition`.")
    .switch("includeAlsoCovered", true, "Also the conditions of `alsoCovers`.")
    .keep(kept_links);
    d.mentions_deep::<Source, link::treatment_outcome_source::Entity>(
        "citations",
        "Every source cited here and in the evidence, in order of first mention.",
    );
    d.mentions::<BiologicalTarget, link::treatment_outcome_target::Entity>(
        "targets",
        "What its own mechanism acts on, in order of first mention.",
    );
    d.mentions::<Adjunct, link::treatment_outcome_adjunct::Entity>(
        "usedAdjuncts",
        "The adjuncts of `adjuncts`, as content to filter by.",
    );
}
