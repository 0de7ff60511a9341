//! Biological targets: what mechanisms act on.

use super::{
    procedure::Procedure,
    shared::{
        code::Code,
        provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    },
    source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::{Layout, Searched},
        declare::{Choice, Content, Declaration},
    },
    entity::{
        biological_target::{Column, Entity},
        code, link,
    },
};

/// The content type of biological targets.
pub struct BiologicalTarget;

impl Content for BiologicalTarget {
    type Entity = Entity;
    const NAME: &'static str = "BiologicalTarget";
    const ABOUT: &'static str =
        "A structure or process of the body that the mechanism of a procedure acts on, such as a protein or a tissue.";
    const SINGULAR: &'static str = "biologicalTarget";
    const PLURAL: &'static str = "biologicalTargets";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const SEARCH_PERCENT: i32 = 60;

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
        d.choice::<BiologicalTargetKind>("kind", Column::Kind, "Kind of target.").required().indexed();
        d.text("role", Column::Role, "What the target does in the body, or why procedures act on it.")
            .required()
            .searched(Searched::Summary);
        d.choices::<SkinProperty>("supports", Column::Supports, "Skin properties that the target supports. Empty if none.")
            .indexed();
        d.parts::<Code>(
            "codes",
            code::Column::BiologicalTargetId,
            "Codes in medical terminologies. Empty if none was found.",
        );
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.linked_from::<Procedure, link::procedure_target::Entity>(
            "procedures",
            "Procedures whose `mechanism` acts on this target.",
        );
        d.linked_from::<TreatmentOutcome, link::treatment_outcome_target::Entity>(
            "outcomes",
            "Treatment outcomes whose own `mechanism` acts on this target.",
        );
        d.mentions::<Source, link::biological_target_source::Entity>(
            "citations",
            "All sources cited in this record, in order of first mention.",
        );
    }
}

/// The enumeration of kinds of biological targets.
pub struct BiologicalTargetKind;

impl Choice for BiologicalTargetKind {
    const NAME: &'static str = "BiologicalTargetKind";
    const ABOUT: &'static str = "Kind of biological target. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PROTEIN", "A protein of the body."),
        ("CELL", "A kind of cell."),
        ("TISSUE", "A tissue, or a layer of one."),
        ("CHROMOPHORE", "A substance that absorbs light."),
        ("PROCESS", "A process in the body."),
    ];
}

/// The enumeration of skin properties.
pub struct SkinProperty;

impl Choice for SkinProperty {
    const NAME: &'static str = "SkinProperty";
    const ABOUT: &'static str = "A property of healthy skin. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("FIRMNESS", "The skin is firm."), ("ELASTICITY", "The skin springs back when stretched.")];
}
