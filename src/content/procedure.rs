//! Procedures: treatments that a practitioner performs on the skin.

use super::{
    adjunct::Adjunct,
    biological_target::BiologicalTarget,
    body_area::BodyArea,
    code::Code,
    condition::Condition,
    device::Device,
    duration::Duration,
    mechanism::Mechanism,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    recovery::Recovery,
    session_plan::SessionPlan,
    source::Source,
    treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{DerivedLink, Format, Layout, LibraryView},
        declare::{Content, Declaration},
    },
    entity::{
        adverse_effect, code, contraindication, device_use, link,
        procedure::{Column, Entity},
        treatment_outcome,
    },
};

mod classification;
mod combinations;
mod effect;
mod parameters;
mod safety;
mod variants;
mod visit;

use classification::{ContentStatus, Invasiveness, ProcedureCategory, Purpose};
use combinations::Combinations;
use effect::{GeneralEffectiveness, Results, Technique};
use parameters::Parameter;
use safety::{AdverseEffect, Contraindication, RegulatoryStatement};
use variants::Variant;
use visit::{Anaesthesia, DeviceUse, Instruction, Step};

/// A treatment that a practitioner performs on the skin.
pub struct Procedure;

impl Content for Procedure {
    type Entity = Entity;
    const NAME: &'static str = "Procedure";
    const ABOUT: &'static str = "A treatment that a practitioner performs on the skin. It is knowledge about a treatment, \
        not the treatment of one patient.";
    const SINGULAR: &'static str = "procedure";
    const PLURAL: &'static str = "procedures";
    const LAYOUT: Layout = Layout::File("procedures");

    fn declare(d: &mut Declaration<'_, Entity>) {
        description(d);
        working(d);
        visit(d);
        afterwards(d);
        safety(d);
        references(d);
    }
}

fn description(d: &mut Declaration<'_, Entity>) {
    d.text("name", Column::Name, "Name shown to readers.").required().indexed();
    d.texts("aliases", Column::Aliases, "Other names that readers and papers use. Empty when none is recorded.");
    d.choice::<ProcedureCategory>("category", Column::Category, "What kind of treatment it is.").required().indexed();
    d.one::<Procedure>(
        "parentProcedure",
        Column::ParentProcedureId,
        "The procedure that it is a kind of; null when there is none.",
    );
    d.choices::<Purpose>("purpose", Column::Purpose, "What it is done for. Empty when not stated.");
    d.choice::<Invasiveness>(
        "invasiveness",
        Column::Invasiveness,
        "How far it goes into the body, mostly an editorial reading (see `fieldSources`); null when not graded.",
    )
    .indexed();
    d.choice::<ContentStatus>("status", Column::Status, "Where its document stands between draft and retirement.")
        .required()
        .indexed();
    d.text("locale", Column::Locale, "Language of its texts, a BCP 47 tag, for example `en`.")
        .required()
        .indexed()
        .format(Format::Language);
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
    d.text("summary", Column::Summary, "What it is, in a sentence or two for patients.").required();
    d.parts::<Code>(
        "codes",
        code::Column::ProcedureId,
        "Its codes in terminologies, each with how well it fits. Empty when none could be verified to fit.",
    );
}

fn working(d: &mut Declaration<'_, Entity>) {
    d.value::<Technique>(
        "technique",
        Column::Technique,
        "What is done to the skin, and with what; null when not described.",
    );
    d.value::<Mechanism>("mechanism", Column::Mechanism, "How it works; null when no source says.");
    d.value::<GeneralEffectiveness>(
        "generalEffectiveness",
        Column::GeneralEffectiveness,
        "What is said of its effect over all conditions; null when the sources speak of single conditions only.",
    );
    d.values::<Variant>("variants", Column::Variants, "Forms in which it is done. Empty when it has one form.");
}

fn visit(d: &mut Declaration<'_, Entity>) {
    d.values::<Instruction>(
        "preparation",
        Column::Preparation,
        "What to do before the visit, in order. Empty when no source says; that does not mean that nothing is needed.",
    );
    d.values::<Anaesthesia>(
        "anaesthesia",
        Column::Anaesthesia,
        "What is done against pain. Empty when no source says; a source that says none is needed gives the type `NONE`.",
    );
    d.values::<Step>("steps", Column::Steps, "What happens during the visit, in order. Empty when not described.");
    d.value::<Duration>("visitDuration", Column::VisitDuration, "How long a visit takes; null when no source says.");
    d.parts::<DeviceUse>(
        "devices",
        device_use::Column::ProcedureId,
        "The devices that it is done with. Empty when none is named.",
    );
    d.values::<Parameter>(
        "parameters",
        Column::Parameters,
        "Settings of the treatment and their values, to inform and not as advice for treating. Empty when none is given.",
    );
}

fn afterwards(d: &mut Declaration<'_, Entity>) {
    d.value::<Recovery>("recovery", Column::Recovery, "How the skin recovers; null when no source says.");
    d.value::<Results>("results", Column::Results, "When results show and how long they last; null when no source says.");
    d.value::<SessionPlan>("sessions", Column::Sessions, "How often it is done; null when no source says.");
    d.value::<Combinations>("combinations", Column::Combinations, "What it is combined with; null when no source says.");
    d.values::<Instruction>(
        "aftercare",
        Column::Aftercare,
        "What to do after the visit, in order. Empty when no source says; that does not mean that nothing is needed.",
    );
}

fn safety(d: &mut Declaration<'_, Entity>) {
    d.parts::<Contraindication>(
        "contraindications",
        contraindication::Column::ProcedureId,
        "Reasons against it. Empty when no source read names any; that does not mean that there are none.",
    );
    d.parts::<AdverseEffect>(
        "adverseEffects",
        adverse_effect::Column::ProcedureId,
        "Unwanted effects. Empty when no source read names any; that does not mean that there are none.",
    );
    d.values::<RegulatoryStatement>(
        "regulatory",
        Column::Regulatory,
        "What authorities state. Empty when no statement was read.",
    );
}

fn references(d: &mut Declaration<'_, Entity>) {
    d.owns::<TreatmentOutcome>(
        "outcomes",
        treatment_outcome::Column::ProcedureId,
        "What it does for the conditions that it treats, in the order of the library.",
    );
    d.many::<Procedure>("subProcedures", Column::ParentProcedureId, "Procedures that are kinds of it.");
    d.derived_links::<Condition, link::procedure_contraindicated_condition::Entity>(
        "contraindicatedConditions",
        contraindicated_conditions,
        "The conditions among its contraindications, as content to filter by; `contraindications` says how strongly.",
    );
    d.mentions::<Source, link::procedure_source::Entity>(
        "citations",
        "Every source cited here, in order of first mention; what its outcomes cite is found there.",
    );
    d.mentions::<BiologicalTarget, link::procedure_target::Entity>(
        "targets",
        "What its general mechanism acts on, in order of first mention.",
    );
    d.mentions::<Device, link::procedure_device::Entity>(
        "usedDevices",
        "Every device of `devices` and `steps`, as content to filter by.",
    );
    d.mentions::<Adjunct, link::procedure_adjunct::Entity>(
        "combinedAdjuncts",
        "The adjuncts of `combinations`, as content to filter by.",
    );
    d.mentions::<BodyArea, link::procedure_body_area::Entity>(
        "bodyAreas",
        "Body areas that its settings refer to. Empty does not mean that it is done nowhere or everywhere.",
    );
}

/// The conditions that contraindications name, each once.
fn contraindicated_conditions(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<DerivedLink> {
    let mut links: Vec<DerivedLink> = Vec::new();
    for reason in document.list("contraindications") {
        if let Some(condition) = reason.get("condition").and_then(CanonicalValue::as_text)
            && links.iter().all(|link| link.target != *condition)
        {
            links.push(DerivedLink { target: condition.clone(), flags: Vec::new() });
        }
    }
    links
}
