//! Adjuncts: things used together with procedures.

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
        adjunct::{Column, Entity},
        code, link,
    },
};

/// Something used together with a procedure.
pub struct Adjunct;

impl Content for Adjunct {
    type Entity = Entity;
    const NAME: &'static str = "Adjunct";
    const ABOUT: &'static str =
        "Something used together with a procedure, for example a serum or a medicine put on the skin.";
    const SINGULAR: &'static str = "adjunct";
    const PLURAL: &'static str = "adjuncts";
    const LAYOUT: Layout = Layout::Collection("vocabulary");

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.choice::<AdjunctKind>("kind", Column::Kind, "What kind of thing it is.").required().indexed();
        d.one::<Adjunct>("parent", Column::ParentId, "The broader adjunct that it is a kind of; null when there is none.");
        d.one::<Procedure>(
            "procedure",
            Column::ProcedureId,
            "The procedure that it is when done for itself; null when it is none.",
        );
        d.parts::<Code>("codes", code::Column::AdjunctId, "Its codes in terminologies. Empty when none was found.");
        d.text("description", Column::Description, "What it is and what it was used for.").required();
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.many::<Adjunct>("children", Column::ParentId, "Adjuncts that are kinds of it.");
        d.linked_from::<TreatmentOutcome, link::treatment_outcome_adjunct::Entity>(
            "treatmentOutcomes",
            "Treatment outcomes that it is used for together with a procedure.",
        );
        d.linked_from::<Procedure, link::procedure_adjunct::Entity>(
            "procedures",
            "Procedures that name it among their combinations.",
        );
        d.mentions::<Source, link::adjunct_source::Entity>(
            "citations",
            "Every source cited here, in order of first mention.",
        );
    }
}

/// Kinds of adjuncts.
pub struct AdjunctKind;

impl Choice for AdjunctKind {
    const NAME: &'static str = "AdjunctKind";
    const ABOUT: &'static str = "What kind of thing an adjunct is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TOPICAL", "Something put on the skin."),
        ("BIOLOGIC", "Something made from the body, the person's own blood for example."),
    ];
}
