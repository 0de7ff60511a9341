//! Variants of procedures.

use std::collections::HashSet;

use crate::{
    content::{
        procedure::risks::Recovery,
        shared::{provenance::STATEMENT_SOURCES, session_plan::SessionPlan},
        source::Source,
    },
    engine::{
        canonical::CanonicalObject,
        catalog::{Format, LibraryView, Searched, Violation},
        declare::{Choice, Members, Value},
    },
};

/// The value object of variants.
pub struct Variant;

impl Value for Variant {
    const NAME: &'static str = "Variant";
    const ABOUT: &'static str = "A form of a procedure, for example a deep peel.";

    fn declare(d: &mut Members<'_>) {
        d.text("slug", "Slug of the variant, unique within its procedure. `TreatmentOutcome.variant` refers to it.")
            .required()
            .format(Format::Slug);
        d.text("name", "Display name.").required().indexed().searched(Searched::Summary);
        d.text("description", "How the variant differs from the others; null if the name is enough.");
        d.choice::<SkinLayer>("depth", "Deepest skin layer that the variant reaches; null if not stated.").indexed();
        d.value::<Recovery>("recovery", "How the skin recovers from the variant; null if no source says.").indexed();
        d.value::<SessionPlan>("sessions", "How often the variant is done; null if no source says.").indexed();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Reports a slug that two variants of a procedure have, because `TreatmentOutcome.variant` would be ambiguous.
pub fn slugs_are_unique(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<Violation> {
    let mut slugs = HashSet::new();
    let violations = document.list("variants").iter().enumerate().filter_map(|(at, variant)| {
        let slug = variant.get("slug")?.as_str().filter(|slug| !slugs.insert(*slug))?;
        let sentence = format!("Another variant has the slug {slug}.");
        Some(Violation { path: format!("variants[{at}].slug").into(), sentence })
    });
    violations.collect()
}

/// The enumeration of skin layers.
pub struct SkinLayer;

impl Choice for SkinLayer {
    const NAME: &'static str = "SkinLayer";
    const ABOUT: &'static str = "Layer of the skin. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("EPIDERMIS", "The epidermis, the top layer."),
        ("PAPILLARY_DERMIS", "The papillary dermis, the upper part of the dermis."),
        ("RETICULAR_DERMIS", "The reticular dermis, the lower part of the dermis."),
    ];
}
