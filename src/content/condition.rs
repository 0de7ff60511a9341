//! Conditions that procedures treat, from diseases to cosmetic concerns, as a hierarchy.

use std::sync::Arc;

use super::{
    body_area::BodyArea,
    outcome_measure::OutcomeMeasure,
    procedure::Procedure,
    shared::{
        cause::Cause,
        code::Code,
        provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
        review::{REVIEW, Review},
    },
    source::Source,
    treatment_outcome::{STRENGTH, TreatmentOutcome, required_flag},
};
use crate::{
    engine::{
        canonical::CanonicalObject,
        catalog::{DerivedLink, Layout, LibraryView, Searched},
        declare::{Choice, Content, Declaration},
    },
    entity::{
        code,
        condition::{Column, Entity},
        link,
    },
};

/// The content type of conditions.
pub struct Condition;

impl Content for Condition {
    type Entity = Entity;
    const NAME: &'static str = "Condition";
    const ABOUT: &'static str =
        "A condition or concern of the skin or hair, in general. It does not describe an individual patient.";
    const SINGULAR: &'static str = "condition";
    const PLURAL: &'static str = "conditions";
    const LAYOUT: Layout = Layout::Collection("conditions");
    const PAGES: Option<&'static str> = Some("/explore/conditions");

    fn declare(d: &mut Declaration<'_, Entity>) {
        description(d);
        hierarchy(d);
        treatment(d);
    }
}

fn description(d: &mut Declaration<'_, Entity>) {
    d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
    d.texts("aliases", Column::Aliases, "Other names in everyday or scientific use. Empty if none is recorded.")
        .indexed()
        .searched(Searched::Alias);
    d.choice::<ConditionKind>("kind", Column::Kind, "Kind of condition.").required().indexed();
    d.one::<Condition>(
        "parent",
        Column::ParentId,
        "Broader condition that this one is a kind of; null at the top of the hierarchy.",
    );
    d.choices::<Cause>(
        "causes",
        Column::Causes,
        "Causes that define the condition, such as surgery for surgical scars. Empty if no cause defines it.",
    )
    .indexed();
    d.text("description", Column::Description, "What the condition is, in one or two sentences.")
        .required()
        .searched(Searched::Summary);
    d.texts("signs", Column::Signs, "Visible or palpable signs and symptoms, as short phrases. Empty if none is recorded.")
        .indexed()
        .searched(Searched::Text);
    d.boolean(
        "diagnoseFirst",
        Column::DiagnoseFirst,
        "Whether a doctor must diagnose the condition before it is treated, because a dangerous condition can look the \
         same; null if no source says.",
    )
    .indexed();
    d.text(
        "diagnosisNote",
        Column::DiagnosisNote,
        "Remark on why and how a doctor diagnoses the condition first; null if none.",
    );
    d.value::<Review>("review", Column::Review, REVIEW).indexed().review();
    d.links::<BodyArea, link::condition_body_area::Entity>(
        "bodyAreas",
        "Body areas where the condition usually occurs. Empty if no area is typical or none is recorded.",
    );
    d.parts::<Code>(
        "codes",
        code::Column::ConditionId,
        "Codes in medical terminologies, each with how closely it matches. Empty if no match could be verified.",
    );
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
}

fn hierarchy(d: &mut Declaration<'_, Entity>) {
    d.many::<Condition>("children", Column::ParentId, "Narrower conditions, one level down.");
    d.derived_links::<Condition, link::condition_ancestor::Entity>(
        "ancestors",
        ancestors,
        "All broader conditions, nearest first.",
    )
    .follows("ancestors", &["parent"]);
    d.linked_from::<Condition, link::condition_ancestor::Entity>(
        "descendants",
        "All narrower conditions, at any depth. Does not include the condition itself.",
    );
}

fn treatment(d: &mut Declaration<'_, Entity>) {
    d.linked_from::<TreatmentOutcome, link::treatment_outcome_condition::Entity>("outcomes", "Outcomes for this condition.")
        .switch("includeDescendants", false, "Whether to include outcomes for narrower conditions, at any depth.")
        .switch(
            "includeAlsoCovered",
            true,
            "Whether to include an outcome for a broader condition if `alsoCovers` of the outcome names this condition.",
        )
        .switch(
            "includeStudied",
            true,
            "Whether to include an outcome for another condition if evidence of the outcome is about this condition. \
             In the `evidenceLevels` of such an outcome, this condition has the role `STUDIED`.",
        )
        .select_links(required_flag);
    d.through::<TreatmentOutcome, Procedure>(
        "procedures",
        ("outcomes", "procedure"),
        STRENGTH,
        "Procedures with outcomes for this condition, whether or not the outcomes show a benefit. Each procedure is \
         listed once. Default order: best grade of these outcomes first, then best certainty, best evidence level, and \
         most outcomes. `outcomes` of an edge has these values.",
    );
    d.linked_from::<Procedure, link::procedure_contraindicated_condition::Entity>(
        "contraindicatedProcedures",
        "Procedures that list this condition as a contraindication. `Procedure.contraindications` gives the strength.",
    );
    d.linked_from::<OutcomeMeasure, link::outcome_measure_condition::Entity>(
        "outcomeMeasures",
        "Outcome measures used for this condition.",
    );
    d.mentions::<Source, link::condition_source::Entity>(
        "citations",
        "All sources cited in this record, in order of first mention.",
    );
}

/// Derives the links to the broader conditions of a condition, nearest first.
fn ancestors(library: &dyn LibraryView, slug: &str, _: &CanonicalObject) -> Vec<DerivedLink> {
    ancestor_slugs(library, slug).into_iter().map(|target| DerivedLink { target, flags: Vec::new() }).collect()
}

/// Returns the slugs of the broader conditions of a condition, nearest first. If parents form a cycle, which is an
/// error in the library, each condition of the cycle is returned once, and the condition itself is not.
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

/// The enumeration of kinds of conditions.
pub struct ConditionKind;

impl Choice for ConditionKind {
    const NAME: &'static str = "ConditionKind";
    const ABOUT: &'static str = "Kind of condition. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("SCAR", "A scar or a form of scarring."),
        ("AGEING_CHANGE", "A change caused by ageing or sun exposure."),
        ("PIGMENT_DISORDER", "Skin that is darker or lighter than the skin around it."),
        ("HAIR_DISORDER", "A disorder of the hair or its growth."),
        ("INFLAMMATORY_DISEASE", "A disease in which the skin is inflamed."),
        ("VASCULAR_LESION", "A visible mark caused by blood vessels."),
        ("PRECANCEROUS_LESION", "A lesion that can develop into cancer. It must be diagnosed by a doctor."),
        ("BENIGN_GROWTH", "A growth that is not cancer. A doctor can distinguish it from cancer."),
        ("SWEAT_GLAND_DISORDER", "A disorder of sweating."),
        ("COSMETIC_CONCERN", "A concern about the look of the skin that is not a disease."),
    ];
}
