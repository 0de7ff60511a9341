//! Conditions: what procedures treat, from diseases to cosmetic concerns, in a hierarchy.

use std::sync::Arc;

use super::{
    body_area::BodyArea,
    cause::Cause,
    code::Code,
    outcome_measure::OutcomeMeasure,
    procedure::Procedure,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    source::Source,
    treatment_outcome::{TreatmentOutcome, kept_links},
};
use crate::{
    engine::{
        canonical::CanonicalObject,
        catalog::{DerivedLink, Layout, LibraryView},
        declare::{Choice, Content, Declaration},
    },
    entity::{
        code,
        condition::{Column, Entity},
        link,
    },
};

/// A condition or concern of the skin or hair.
pub struct Condition;

impl Content for Condition {
    type Entity = Entity;
    const NAME: &'static str = "Condition";
    const ABOUT: &'static str = "A condition or concern of the skin or hair. It is knowledge about a condition, not the \
        condition of one patient.";
    const SINGULAR: &'static str = "condition";
    const PLURAL: &'static str = "conditions";
    const LAYOUT: Layout = Layout::Collection("conditions");

    fn declare(d: &mut Declaration<'_, Entity>) {
        description(d);
        hierarchy(d);
        treatment(d);
    }
}

fn description(d: &mut Declaration<'_, Entity>) {
    d.text("name", Column::Name, "Name shown to readers.").required().indexed();
    d.texts("aliases", Column::Aliases, "Other names that readers and papers use. Empty when none is recorded.");
    d.choice::<ConditionKind>("kind", Column::Kind, "What kind of condition it is.").required().indexed();
    d.one::<Condition>("parent", Column::ParentId, "The broader condition that it is a kind of; null at the top.");
    d.choices::<Cause>("causes", Column::Causes, "What brings it about. Empty when that does not define it.");
    d.text("description", Column::Description, "What it is, in a sentence or two.").required();
    d.texts("signs", Column::Signs, "What can be seen or felt, in short phrases. Empty when none is recorded.");
    d.links::<BodyArea, link::condition_body_area::Entity>(
        "bodyAreas",
        "Where on the body it mostly occurs. Empty when no place is typical or none is recorded.",
    );
    d.parts::<Code>(
        "codes",
        code::Column::ConditionId,
        "Its codes in terminologies, each with how well it fits. Empty when none could be verified to fit.",
    );
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
}

fn hierarchy(d: &mut Declaration<'_, Entity>) {
    d.many::<Condition>("children", Column::ParentId, "Conditions that are kinds of it.");
    d.derived_links::<Condition, link::condition_ancestor::Entity>(
        "ancestors",
        ancestors,
        "The conditions above it, nearest first.",
    );
    d.linked_from::<Condition, link::condition_ancestor::Entity>(
        "descendants",
        "The conditions below it, at any depth; itself not among them.",
    );
}

fn treatment(d: &mut Declaration<'_, Entity>) {
    d.linked_from::<TreatmentOutcome, link::treatment_outcome_condition::Entity>("outcomes", "What procedures do for it.")
        .switch("includeDescendants", false, "Also outcomes for the conditions below it, at any depth.")
        .switch(
            "includeAlsoCovered",
            true,
            "Also outcomes for a broader condition whose claim names this one (`TreatmentOutcome.alsoCovers`).",
        )
        .keep(kept_links);
    d.linked_from::<Procedure, link::procedure_contraindicated_condition::Entity>(
        "contraindicatedProcedures",
        "Procedures that list it among their contraindications; `Procedure.contraindications` says how strongly.",
    );
    d.linked_from::<OutcomeMeasure, link::outcome_measure_condition::Entity>(
        "outcomeMeasures",
        "Measures that are used for it.",
    );
    d.mentions::<Source, link::condition_source::Entity>("citations", "Every source cited here, in order of first mention.");
}

/// The conditions above one, nearest first.
fn ancestors(library: &dyn LibraryView, slug: &str, _: &CanonicalObject) -> Vec<DerivedLink> {
    ancestor_slugs(library, slug).into_iter().map(|target| DerivedLink { target, flags: Vec::new() }).collect()
}

/// Slugs of the conditions above one, nearest first. Parents that form a circle, which is a mistake in the library, are
/// followed once around.
pub fn ancestor_slugs(library: &dyn LibraryView, slug: &str) -> Vec<Arc<str>> {
    let parent = |slug: &str| library.document(Condition::NAME, slug)?.get("parent")?.as_text().cloned();
    let mut found = Vec::new();
    let mut next = parent(slug);
    while let Some(above) = next.filter(|above| **above != *slug && !found.contains(above)) {
        next = parent(&above);
        found.push(above);
    }
    found
}

/// Kinds of conditions.
pub struct ConditionKind;

impl Choice for ConditionKind {
    const NAME: &'static str = "ConditionKind";
    const ABOUT: &'static str = "What kind of condition it is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("SCAR", "A scar or a form of scarring."),
        ("AGEING_CHANGE", "A change that comes with age or with sun."),
        ("PIGMENT_DISORDER", "Skin that is darker or lighter than around it."),
        ("HAIR_DISORDER", "A disorder of hair or its growth."),
        ("INFLAMMATORY_DISEASE", "A disease with inflammation of the skin."),
        ("VASCULAR_LESION", "A mark made by blood vessels."),
        ("PRECANCEROUS_LESION", "A lesion that can turn into cancer; it needs a doctor's diagnosis."),
        ("SWEAT_GLAND_DISORDER", "A disorder of sweating."),
        ("COSMETIC_CONCERN", "Something about how the skin looks that is no disease."),
    ];
}
