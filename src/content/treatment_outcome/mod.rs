//! Treatment outcomes: what one procedure does for one condition. Claim, grade, certainty and evidence are separate fields.

use super::{
    adjunct::Adjunct,
    biological_target::BiologicalTarget,
    condition::Condition,
    evidence::EvidenceItem,
    outcome_measure::OutcomeMeasure,
    procedure::Procedure,
    shared::{
        cause::Cause,
        duration::Duration,
        effectiveness::{Effectiveness, EffectivenessGrade},
        former_slugs,
        mechanism::Mechanism,
        patient_summary::{PATIENT_SUMMARY, readable},
        provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
        results::Results,
        review::{REVIEW, Review},
        session_plan::SessionPlan,
    },
    source::Source,
};
use crate::{
    engine::{
        catalog::{Format, Function, Layout, Rule, Searched, SlugRule},
        declare::{Content, Declaration},
    },
    entity::{
        adjunct_use, evidence, link, outcome_effect,
        treatment_outcome::{Column, Entity},
    },
};

mod claim;
mod derivation;
mod listing;
mod parts;
mod rules;
#[cfg(test)]
mod tests;

use claim::{Certainty, Responders, ResponseVariability};
use derivation::{ConditionEvidenceLevel, evidence_level, evidence_levels, grade};
use listing::conditions;
pub use listing::required_flag;
use parts::{AdjunctUse, OutcomeEffect};

/// The default order of relations through outcomes: best grade first, then best certainty, then best evidence level.
pub const STRENGTH: &[(Function, &str)] =
    &[(Function::Max, "grade"), (Function::Max, "certainty"), (Function::Min, "evidenceLevel")];

/// The content type of treatment outcomes.
pub struct TreatmentOutcome;

impl Content for TreatmentOutcome {
    type Entity = Entity;
    const NAME: &'static str = "TreatmentOutcome";
    const ABOUT: &'static str = "What one procedure does for one condition: the claim, its strength, its certainty and the \
        evidence for it. It does not describe the result of an individual patient.";
    const SINGULAR: &'static str = "treatmentOutcome";
    const PLURAL: &'static str = "treatmentOutcomes";
    const LAYOUT: Layout = Layout::Embedded;
    const SEARCH_PERCENT: i32 = 50;
    const LABEL: &'static str = "slug";
    const PAGES: Option<&'static str> = Some("/explore/outcomes");
    const SLUG: SlugRule = SlugRule::Composed(["procedure", "condition"]);
    const DEFAULT_ORDER: &'static str = "slug";
    const RULES: &'static [Rule] = &[
        Rule::alone(rules::effective_needs_benefit),
        rules::DIAGNOSIS_COMES_FIRST,
        Rule::alone(rules::certainty_has_a_source),
    ];

    fn declare(d: &mut Declaration<'_, Entity>) {
        subject(d);
        claim(d);
        strength(d);
        practice(d);
        references(d);
    }
}

fn subject(d: &mut Declaration<'_, Entity>) {
    d.formerly().derived(former_slugs::of_outcome).follows("procedure", &["formerly"]).follows("condition", &["formerly"]);
    d.one::<Procedure>("procedure", Column::ProcedureId, "Procedure that is done.").required();
    d.int("position", Column::Position, "Position among the outcomes of the procedure, starting at 1.").required().indexed();
    d.one::<Condition>("condition", Column::ConditionId, "Condition that is treated.").required();
    d.links::<Condition, link::treatment_outcome_also_covers::Entity>(
        "alsoCovers",
        "Narrower conditions that the claim also names. Empty if it names none.",
    );
    d.choices::<Cause>(
        "causesCovered",
        Column::CausesCovered,
        "Causes to which the claim is limited. Empty if the claim names none.",
    )
    .indexed();
    d.text(
        "variant",
        Column::Variant,
        "`Variant.slug` of the variant that the claim is about; null if it is about the procedure in general.",
    )
    .indexed()
    .format(Format::Among(&["procedure", "variants", "slug"]));
    d.boolean(
        "commonUse",
        Column::CommonUse,
        "Whether this condition is a usual reason for the procedure; null if not stated.",
    )
    .indexed();
}

fn claim(d: &mut Declaration<'_, Entity>) {
    d.parts::<OutcomeEffect>("effects", outcome_effect::Column::OutcomeId, "What changes, and how. Has at least one entry.")
        .required();
    d.text("expectedEffect", Column::ExpectedEffect, "What to expect, in one plain sentence for patients.")
        .required()
        .searched(Searched::Summary);
    readable(d.text("patientSummary", Column::PatientSummary, PATIENT_SUMMARY)).searched(Searched::Text);
    d.value::<Review>("review", Column::Review, REVIEW).indexed().review();
    d.value::<Mechanism>(
        "mechanism",
        Column::Mechanism,
        "How the procedure works for this condition; null if the sources say no more than `Procedure.mechanism`.",
    );
}

fn strength(d: &mut Declaration<'_, Entity>) {
    d.value::<Effectiveness>(
        "effectiveness",
        Column::Effectiveness,
        "Strength of the claimed benefit, and the sources it is based on.",
    )
    .required();
    d.choice::<EffectivenessGrade>("grade", Column::Grade, "Same as `effectiveness.grade`, to filter and order by.")
        .required()
        .indexed()
        .derived(grade);
    d.choice::<Certainty>(
        "certainty",
        Column::Certainty,
        "GRADE certainty of the evidence, only as a source states it in the terms of GRADE, and never inferred. Other \
         ratings, for example of the quality or the risk of bias of studies, are in `caveat`.",
    )
    .required()
    .indexed();
    d.int(
        "evidenceLevel",
        Column::EvidenceLevel,
        "Best Oxford CEBM 2011 step among the sources with direct evidence on this outcome, from 1 (systematic review of \
         randomised trials) to 5. Level 5 is reasoning from mechanism in the table of 2011; this project also uses it for \
         expert text, which that table does not have. The level describes the design of the evidence, not its quality, \
         and not whether it is for or against the claim. Evidence about a narrower condition counts; `evidenceLevels` has \
         the level for each condition. Show it together with the grade and the evidence items. Null if no such source \
         has a step.",
    )
    .indexed()
    .derived(evidence_level)
    .follows("citations", &["level"]);
    d.values::<ConditionEvidenceLevel>(
        "evidenceLevels",
        Column::EvidenceLevels,
        "Evidence level for each condition of the outcome: its own, those that it also covers, and those that its evidence \
         studied. Has at least one entry.",
    )
    .required()
    .derived(evidence_levels)
    .follows("citations", &["level"]);
    d.choice::<ResponseVariability>(
        "responseVariability",
        Column::ResponseVariability,
        "Whether results differ between people.",
    )
    .required()
    .indexed();
    d.choice::<Responders>("responders", Column::Responders, "How many people respond; null if not stated.").indexed();
    d.text("caveat", Column::Caveat, "Reservation to consider; null if none.");
}

fn practice(d: &mut Declaration<'_, Entity>) {
    d.parts::<AdjunctUse>(
        "adjuncts",
        adjunct_use::Column::OutcomeId,
        "Adjuncts used together with the procedure for this condition. Empty if none is named.",
    );
    d.value::<SessionPlan>(
        "sessions",
        Column::Sessions,
        "How often the procedure is done for this condition; null if the sources say no more than `Procedure.sessions`.",
    )
    .indexed();
    d.value::<Duration>(
        "onset",
        Column::Onset,
        "Time until the effect begins for this condition; null if the sources say no more than `Procedure.results`.",
    )
    .indexed();
    d.value::<Results>(
        "results",
        Column::Results,
        "When results for this condition appear and how long they last; null if the sources say no more than \
         `Procedure.results`.",
    )
    .indexed();
    d.links::<OutcomeMeasure, link::treatment_outcome_measure::Entity>(
        "measures",
        "Scales and quantities that studies of this outcome use. Empty if none is named.",
    );
    d.owns::<EvidenceItem>(
        "evidence",
        evidence::Column::OutcomeId,
        "What sources found about this outcome. Empty if only the claim was read.",
    );
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
}

fn references(d: &mut Declaration<'_, Entity>) {
    d.derived_links::<Condition, link::treatment_outcome_condition::Entity>(
        "conditions",
        conditions,
        "Conditions under which this outcome is listed.",
    )
    .follows("conditions", &["parent"])
    .switch("includeAncestors", false, "Whether to include the broader conditions of each included condition, at any level.")
    .switch("includeAlsoCovered", true, "Whether to include the conditions of `alsoCovers`.")
    .switch("includeStudied", true, "Whether to include conditions that the evidence studied and the claim does not name.")
    .select_links(required_flag);
    d.mentions_deep::<Source, link::treatment_outcome_source::Entity>(
        "citations",
        "All sources cited in this record and in its evidence, in order of first mention.",
    );
    d.mentions::<BiologicalTarget, link::treatment_outcome_target::Entity>(
        "targets",
        "Biological targets of `mechanism`, in order of first mention.",
    );
    d.mentions::<Adjunct, link::treatment_outcome_adjunct::Entity>(
        "usedAdjuncts",
        "Adjuncts that `adjuncts` name, for filters.",
    );
}
