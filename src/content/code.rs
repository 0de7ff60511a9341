//! Codes of terminologies, shared by every type that has them.

use super::{provenance::STATEMENT_SOURCES, source::Source};
use crate::{
    engine::{
        catalog::Format,
        declare::{Choice, Declaration, Part},
    },
    entity::code::{Column, Entity},
};

/// A code of a terminology.
pub struct Code;

impl Part for Code {
    type Entity = Entity;
    const NAME: &'static str = "Code";
    const ABOUT: &'static str = "A code of a terminology, with how well it fits. Many cosmetic concerns have no exact code.";

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.choice::<CodeSystem>("system", Column::System, "The terminology.").required().indexed();
        d.text("code", Column::Code, "The code in that terminology, for example `L71.9`.")
            .required()
            .indexed()
            .format(Format::CodeOf("system"));
        d.text("display", Column::Display, "What the terminology calls it.").required();
        d.choice::<CodeMatch>("match", Column::Match, "How the meaning of the code fits what has it.").required().indexed();
        d.text("note", Column::Note, "Remark on the fit; null when there is none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// Terminologies.
pub struct CodeSystem;

impl Choice for CodeSystem {
    const NAME: &'static str = "CodeSystem";
    const ABOUT: &'static str = "A terminology that gives codes. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ICD10CM", "ICD-10-CM: diagnoses, as used in the United States."),
        ("MESH", "MeSH: Medical Subject Headings of the US National Library of Medicine."),
    ];
}

/// How a code fits.
pub struct CodeMatch;

impl Choice for CodeMatch {
    const NAME: &'static str = "CodeMatch";
    const ABOUT: &'static str =
        "How the meaning of a code fits what has it, in the sense of the SKOS mapping relations. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("EXACT", "The same meaning."),
        ("BROADER", "The code covers more."),
        ("NARROWER", "The code covers less."),
        ("RELATED", "The code means something near."),
    ];
}
