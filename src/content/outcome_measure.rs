//! Outcome measures: scales and quantities that studies use to measure outcomes.

use super::{
    condition::Condition,
    evidence::EvidenceItem,
    shared::provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::{Layout, Searched},
        declare::{Choice, Content, Declaration, Members, Value},
    },
    entity::{
        evidence, link,
        outcome_measure::{Column, Entity},
    },
};

/// The content type of outcome measures.
pub struct OutcomeMeasure;

impl Content for OutcomeMeasure {
    type Entity = Entity;
    const NAME: &'static str = "OutcomeMeasure";
    const ABOUT: &'static str = "A scale or quantity that studies use to measure outcomes.";
    const SINGULAR: &'static str = "outcomeMeasure";
    const PLURAL: &'static str = "outcomeMeasures";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const SEARCH_PERCENT: i32 = 60;

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
        d.text("abbreviation", Column::Abbreviation, "Abbreviation, for example `MASI`; null if none.")
            .indexed()
            .searched(Searched::Code);
        d.choice::<OutcomeMeasureKind>("kind", Column::Kind, "How the measure is taken.").required().indexed();
        d.value::<Scale>("scale", Column::Scale, "Values of the measure; null if no source describes them.");
        d.text("description", Column::Description, "What is measured.").required().searched(Searched::Summary);
        d.links::<Condition, link::outcome_measure_condition::Entity>(
            "conditions",
            "Conditions that the measure is used for.",
        );
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.linked_from::<TreatmentOutcome, link::treatment_outcome_measure::Entity>(
            "outcomes",
            "Treatment outcomes that studies assessed with this measure.",
        );
        d.many::<EvidenceItem>("evidence", evidence::Column::MeasureId, "Evidence items that report this measure.");
        d.mentions::<Source, link::outcome_measure_source::Entity>(
            "citations",
            "All sources cited in this record, in order of first mention.",
        );
    }
}

/// The enumeration of kinds of measures.
pub struct OutcomeMeasureKind;

impl Choice for OutcomeMeasureKind {
    const NAME: &'static str = "OutcomeMeasureKind";
    const ABOUT: &'static str = "How an outcome is measured. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("CLINICIAN_RATED", "Rated by a clinician."),
        ("PATIENT_REPORTED", "Reported by the patient."),
        ("MIXED", "Partly rated by a clinician and partly reported by the patient."),
        ("MEASURED", "Counted, or measured with an instrument."),
    ];
    const LABELS: &'static [(&'static str, &'static str)] =
        &[("CLINICIAN_RATED", "Clinician-rated"), ("PATIENT_REPORTED", "Patient-reported")];
}

/// The value object of scales.
pub struct Scale;

impl Value for Scale {
    const NAME: &'static str = "Scale";
    const ABOUT: &'static str = "Possible values of an outcome measure.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<ScaleType>("type", "Kind of values.").required();
        d.float("min", "Lowest value; null if not stated or unbounded.");
        d.float("max", "Highest value; null if not stated or unbounded.");
        d.text("unit", "Unit of a quantity, for example `hairs/cm2`; null for grades and scores.");
        d.choice::<BetterDirection>("betterDirection", "Which end of the scale is better; null if not stated.");
    }
}

/// The enumeration of kinds of scales.
pub struct ScaleType;

impl Choice for ScaleType {
    const NAME: &'static str = "ScaleType";
    const ABOUT: &'static str = "Kind of values of a scale. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ORDINAL", "Ordered grades; the distance between two grades has no meaning."),
        ("SCORE", "A score in points, usually the sum of several items."),
        ("QUANTITY", "A quantity with a unit."),
    ];
}

/// The enumeration of the ends of a scale.
pub struct BetterDirection;

impl Choice for BetterDirection {
    const NAME: &'static str = "BetterDirection";
    const ABOUT: &'static str = "Which end of a scale is better. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("LOWER", "Lower values are better."), ("HIGHER", "Higher values are better.")];
}
