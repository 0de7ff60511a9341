//! Adjuncts: products used together with procedures.

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
        adjunct::{Column, Entity},
        code, link,
    },
};

/// The content type of adjuncts.
pub struct Adjunct;

impl Content for Adjunct {
    type Entity = Entity;
    const NAME: &'static str = "Adjunct";
    const ABOUT: &'static str = "A product used together with a procedure, such as a serum or a topical medicine.";
    const SINGULAR: &'static str = "adjunct";
    const PLURAL: &'static str = "adjuncts";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const SEARCH_PERCENT: i32 = 60;

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
        d.choice::<AdjunctKind>("kind", Column::Kind, "Kind of adjunct.").required().indexed();
        d.one::<Adjunct>(
            "parent",
            Column::ParentId,
            "Broader adjunct that this one is a kind of; null at the top of the hierarchy.",
        );
        d.one::<Procedure>(
            "equivalentProcedure",
            Column::ProcedureId,
            "Procedure that is the same treatment as this adjunct; null if there is none.",
        );
        d.parts::<Code>("codes", code::Column::AdjunctId, "Codes in medical terminologies. Empty if none was found.");
        d.text("description", Column::Description, "What the adjunct is and what it was used for.")
            .required()
            .searched(Searched::Summary);
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.many::<Adjunct>("children", Column::ParentId, "Narrower adjuncts, one level down.");
        d.linked_from::<TreatmentOutcome, link::treatment_outcome_adjunct::Entity>(
            "outcomes",
            "Treatment outcomes for which this adjunct is used together with the procedure.",
        );
        d.linked_from::<Procedure, link::procedure_adjunct::Entity>(
            "procedures",
            "Procedures whose `combinations` name this adjunct.",
        );
        d.mentions::<Source, link::adjunct_source::Entity>(
            "citations",
            "All sources cited in this record, in order of first mention.",
        );
    }
}

/// The enumeration of kinds of adjuncts.
pub struct AdjunctKind;

impl Choice for AdjunctKind {
    const NAME: &'static str = "AdjunctKind";
    const ABOUT: &'static str = "Kind of adjunct. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TOPICAL", "Applied to the skin."),
        ("BIOLOGIC", "Made from the human body, for example from the patient's own blood."),
    ];
}
