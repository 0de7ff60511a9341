//! Biological targets: what mechanisms act on.

use super::{
    code::Code,
    procedure::Procedure,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::Layout,
        declare::{Choice, Content, Declaration},
    },
    entity::{
        biological_target::{Column, Entity},
        code, link,
    },
};

/// Something in the body that a mechanism acts on.
pub struct BiologicalTarget;

impl Content for BiologicalTarget {
    type Entity = Entity;
    const NAME: &'static str = "BiologicalTarget";
    const ABOUT: &'static str = "Something in the body that the mechanism of a procedure acts on: a protein, a tissue, a \
        process.";
    const SINGULAR: &'static str = "biologicalTarget";
    const PLURAL: &'static str = "biologicalTargets";
    const LAYOUT: Layout = Layout::Collection("vocabulary");

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.choice::<BiologicalTargetKind>("kind", Column::Kind, "What kind of thing it is.").required().indexed();
        d.text("role", Column::Role, "What it does in the body, or why procedures act on it.").required();
        d.choices::<SkinProperty>("supports", Column::Supports, "Properties of the skin that it supports. Empty when none.");
        d.parts::<Code>("codes", code::Column::BiologicalTargetId, "Its codes in terminologies. Empty when none was found.");
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.linked_from::<Procedure, link::procedure_target::Entity>(
            "procedures",
            "Procedures whose general mechanism acts on it.",
        );
        d.linked_from::<TreatmentOutcome, link::treatment_outcome_target::Entity>(
            "treatmentOutcomes",
            "Treatment outcomes whose own mechanism acts on it.",
        );
        d.mentions::<Source, link::biological_target_source::Entity>(
            "citations",
            "Every source cited here, in order of first mention.",
        );
    }
}

/// Kinds of biological targets.
pub struct BiologicalTargetKind;

impl Choice for BiologicalTargetKind {
    const NAME: &'static str = "BiologicalTargetKind";
    const ABOUT: &'static str = "What kind of thing a biological target is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PROTEIN", "A protein of the body."),
        ("CELL", "A kind of cell."),
        ("TISSUE", "A tissue or a layer of it."),
        ("CHROMOPHORE", "Something that absorbs light."),
        ("PROCESS", "Something that the body does."),
    ];
}

/// Properties of the skin.
pub struct SkinProperty;

impl Choice for SkinProperty {
    const NAME: &'static str = "SkinProperty";
    const ABOUT: &'static str = "A property of healthy skin. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("FIRMNESS", "The skin is firm."), ("ELASTICITY", "The skin springs back when stretched.")];
}
