//! Terminology codes, shared by every content type that has them.

use super::provenance::STATEMENT_SOURCES;
use crate::{
    content::source::Source,
    engine::{
        catalog::{Format, Searched},
        declare::{Choice, Declaration, Part},
    },
    entity::code::{Column, Entity},
};

/// The part type of terminology codes.
pub struct Code;

impl Part for Code {
    type Entity = Entity;
    const NAME: &'static str = "Code";
    const ABOUT: &'static str = "A terminology code, and how closely it matches. Many cosmetic concerns have no exact code.";

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.choice::<CodeSystem>("system", Column::System, "Terminology that defines the code.").required().indexed();
        d.text("code", Column::Code, "Code within the terminology, for example `L71.9`.")
            .required()
            .indexed()
            .format(Format::CodeOf("system"))
            .searched(Searched::Code);
        d.text("display", Column::Display, "Name of the code in the terminology.").required().searched(Searched::Summary);
        d.choice::<CodeMatch>("match", Column::Match, "How closely the code matches this record.").required().indexed();
        d.text("note", Column::Note, "Remark on the match; null if none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// The enumeration of terminologies.
pub struct CodeSystem;

impl Choice for CodeSystem {
    const NAME: &'static str = "CodeSystem";
    const ABOUT: &'static str = "Terminology that defines codes, with its licence. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        (
            "ICD10CM",
            "ICD-10-CM: diagnosis codes used in the United States, published by the National Center for Health Statistics. \
             Licence: a work of the US government, not protected by copyright in the United States. It is based on ICD-10, \
             whose copyright the World Health Organization holds.",
        ),
        (
            "MESH",
            "MeSH: Medical Subject Headings. Licence: free to use under the terms of the US National Library of Medicine. \
             Name it as the source, do not suggest that it endorses you, and say if your copy is not the latest.",
        ),
    ];
    const LABELS: &'static [(&'static str, &'static str)] = &[("ICD10CM", "ICD-10-CM"), ("MESH", "MeSH")];
}

/// The enumeration of matches between a code and a record.
pub struct CodeMatch;

impl Choice for CodeMatch {
    const NAME: &'static str = "CodeMatch";
    const ABOUT: &'static str =
        "How closely a code matches a record, as in the SKOS mapping relations. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("EXACT", "The same meaning."),
        ("BROADER", "The code has a broader meaning."),
        ("NARROWER", "The code has a narrower meaning."),
        ("RELATED", "The code has a related meaning."),
    ];
}
