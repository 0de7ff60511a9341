//! Declarations of the content types.
//!
//! Each content type has one file, or a folder if it is large. The files of a type declare the value objects, parts and
//! enumerations that only this type uses. Those that several types use are in `shared/`. To add a content type, add a
//! migration, an entity, a file here and a line in [`catalog`]; `CONTRIBUTING.md` shows each step.

mod adjunct;
mod biological_target;
mod body_area;
mod condition;
mod device;
mod evidence;
mod outcome_measure;
mod procedure;
mod shared;
mod source;
mod synonym;
mod treatment_outcome;

use std::sync::LazyLock;

use crate::engine::{
    catalog::{Catalog, Credit},
    declare::CatalogBuilder,
};

pub use crate::engine::field_rules::MAX_SLUG;
pub use source::{Document, Remark, check_references};

/// How clients credit the content. It has the same licence as the program.
const CREDIT: Credit = Credit {
    library: "Dermagraph content library",
    notice: "Educational content, not medical advice.",
    licence: "MIT OR Apache-2.0",
};

/// Returns the catalog of all declared types. Content types are in the order of this list.
#[must_use]
pub fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        let mut builder = CatalogBuilder::default();
        builder
            .content::<procedure::Procedure>()
            .content::<condition::Condition>()
            .content::<treatment_outcome::TreatmentOutcome>()
            .content::<source::Source>()
            .content::<evidence::EvidenceItem>()
            .content::<biological_target::BiologicalTarget>()
            .content::<adjunct::Adjunct>()
            .content::<outcome_measure::OutcomeMeasure>()
            .content::<device::Device>()
            .content::<body_area::BodyArea>()
            .content::<synonym::Synonym>()
            .credit(CREDIT);
        builder.finish()
    });
    &CATALOG
}

#[cfg(test)]
mod tests;
