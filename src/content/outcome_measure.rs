//! Outcome measures: scales and quantities that studies measure outcomes by.

use super::{
    condition::Condition,
    evidence::Evidence,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::Layout,
        declare::{Choice, Content, Declaration, Members, Value},
    },
    entity::{
        evidence, link,
        outcome_measure::{Column, Entity},
    },
};

/// A scale or quantity that studies measure outcomes by.
pub struct OutcomeMeasure;

impl Content for OutcomeMeasure {
    type Entity = Entity;
    const NAME: &'static str = "OutcomeMeasure";
    const ABOUT: &'static str = "A scale or quantity that studies measure outcomes by.";
    const SINGULAR: &'static str = "outcomeMeasure";
    const PLURAL: &'static str = "outcomeMeasures";
    const LAYOUT: Layout = Layout::Collection("vocabulary");

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.text("abbreviation", Column::Abbreviation, "Short name, for example `MASI`; null when there is none.").indexed();
        d.choice::<OutcomeMeasureKind>("kind", Column::Kind, "Who or what measures.").required().indexed();
        d.value::<Scale>("scale", Column::Scale, "Its values; null when no source describes them.");
        d.text("description", Column::Description, "What it measures.").required();
        d.links::<Condition, link::outcome_measure_condition::Entity>("conditions", "Conditions that it is used for.");
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.linked_from::<TreatmentOutcome, link::treatment_outcome_measure::Entity>(
            "treatmentOutcomes",
            "Treatment outcomes that studies measured by it.",
        );
        d.many::<Evidence>("evidence", evidence::Column::MeasureId, "Findings that are given in it.");
        d.mentions::<Source, link::outcome_measure_source::Entity>(
            "citations",
            "Every source cited here, in order of first mention.",
        );
    }
}

/// Who or what measures.
pub struct OutcomeMeasureKind;

impl Choice for OutcomeMeasureKind {
    const NAME: &'static str = "OutcomeMeasureKind";
    const ABOUT: &'static str = "Who or what measures an outcome. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("CLINICIAN_RATED", "A clinician rates it."),
        ("PATIENT_REPORTED", "The person treated reports it."),
        ("MIXED", "Parts of it are rated by a clinician and parts reported by the person treated."),
        ("MEASURED", "It is counted or measured with an instrument."),
    ];
}

/// The values of a measure.
pub struct Scale;

impl Value for Scale {
    const NAME: &'static str = "Scale";
    const ABOUT: &'static str = "The values that an outcome measure can take.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<ScaleType>("type", "What kind of values they are.").required();
        d.float("min", "Lowest value; null when not stated or when there is none.");
        d.float("max", "Highest value; null when not stated or when there is none.");
        d.text("unit", "Unit of a quantity, for example `hairs/cm2`; null for grades and scores.");
        d.choice::<BetterDirection>("betterDirection", "Which end of the scale is the better one; null when not stated.");
    }
}

/// Kinds of scales.
pub struct ScaleType;

impl Choice for ScaleType {
    const NAME: &'static str = "ScaleType";
    const ABOUT: &'static str = "What kind of values a scale has. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ORDINAL", "Grades in order, without meaning to the distance between them."),
        ("SCORE", "Points, mostly summed from several items."),
        ("QUANTITY", "A quantity with a unit."),
    ];
}

/// Ends of a scale.
pub struct BetterDirection;

impl Choice for BetterDirection {
    const NAME: &'static str = "BetterDirection";
    const ABOUT: &'static str = "Which end of a scale is the better one. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("LOWER", "Lower values are better."), ("HIGHER", "Higher values are better.")];
}
