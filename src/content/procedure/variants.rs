//! Forms in which a procedure is done.

use crate::{
    content::{provenance::STATEMENT_SOURCES, recovery::Recovery, session_plan::SessionPlan, source::Source},
    engine::{
        catalog::Format,
        declare::{Choice, Members, Value},
    },
};

/// A form in which a procedure is done.
pub struct Variant;

impl Value for Variant {
    const NAME: &'static str = "Variant";
    const ABOUT: &'static str = "A form in which a procedure is done, for example a deep peel.";

    fn declare(d: &mut Members<'_>) {
        d.text("id", "Name of the variant within its procedure; `TreatmentOutcome.variant` refers to it.")
            .required()
            .format(Format::Slug);
        d.text("name", "Name shown to readers.").required();
        d.text("description", "What sets it apart; null when the name says it.");
        d.choice::<SkinLayer>("depth", "The deepest layer of the skin that it reaches; null when not stated.");
        d.value::<Recovery>("recovery", "How the skin recovers from it; null when no source says.");
        d.value::<SessionPlan>("sessions", "How often it is done; null when no source says.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Layers of the skin.
pub struct SkinLayer;

impl Choice for SkinLayer {
    const NAME: &'static str = "SkinLayer";
    const ABOUT: &'static str = "A layer of the skin, from the surface down. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("EPIDERMIS", "The epidermis, the top layer."),
        ("PAPILLARY_DERMIS", "The papillary dermis, the upper part of the layer below."),
        ("RETICULAR_DERMIS", "The reticular dermis, the lower part of that layer."),
    ];
}
