//! Procedures: treatments that a practitioner performs on the skin.

use super::{
    adjunct::Adjunct,
    biological_target::BiologicalTarget,
    body_area::BodyArea,
    condition::Condition,
    device::Device,
    shared::{
        code::Code,
        duration::Duration,
        mechanism::Mechanism,
        patient_summary::{PATIENT_SUMMARY, readable},
        provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
        results::Results,
        review::{REVIEW, Review},
        session_plan::SessionPlan,
    },
    source::Source,
    treatment_outcome::{STRENGTH, TreatmentOutcome},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{DerivedLink, Format, Layout, LibraryView, Rule, Searched},
        declare::{Content, Declaration},
    },
    entity::{
        adverse_effect, code, contraindication, device_use, link,
        procedure::{Column, Entity},
        treatment_outcome,
    },
};

mod classification;
mod coverage;
mod method;
mod not_found;
mod practical;
mod risks;
mod treats;

use classification::{ContentStatus, Invasiveness, ProcedureCategory, Purpose};
use method::{
    Anaesthesia, Combinations, DeviceUse, GeneralEffectiveness, Instruction, Parameter, Step, Technique, Variant, variants,
};
use not_found::NotFound;
use practical::{CostRange, Pain, PractitionerStatement};
use risks::{AdverseEffect, Contraindication, HelpAdvice, Recovery, RegulatoryStatement};

/// The content type of procedures.
pub struct Procedure;

impl Content for Procedure {
    type Entity = Entity;
    const NAME: &'static str = "Procedure";
    const ABOUT: &'static str = "A treatment that a practitioner performs on the skin, in general. It does not describe the \
        treatment of an individual patient.";
    const SINGULAR: &'static str = "procedure";
    const PLURAL: &'static str = "procedures";
    const LAYOUT: Layout = Layout::File("procedures");
    const PAGES: Option<&'static str> = Some("/explore/procedures");
    const RULES: &'static [Rule] = &[
        Rule::alone(coverage::every_topic_is_covered).reads_embedded_with(&coverage::FIELDS),
        Rule::alone(variants::slugs_are_unique),
    ];

    fn declare(d: &mut Declaration<'_, Entity>) {
        description(d);
        working(d);
        visit(d);
        afterwards(d);
        safety(d);
        practical(d);
        references(d);
    }
}

fn description(d: &mut Declaration<'_, Entity>) {
    d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
    d.texts("aliases", Column::Aliases, "Other names in everyday or scientific use. Empty if none is recorded.")
        .indexed()
        .searched(Searched::Alias);
    d.choice::<ProcedureCategory>("category", Column::Category, "Kind of treatment.").required().indexed();
    d.one::<Procedure>(
        "parent",
        Column::ParentProcedureId,
        "Broader procedure that this one is a kind of; null at the top of the hierarchy.",
    );
    d.choices::<Purpose>("purpose", Column::Purpose, "What the procedure is done for. Empty if not stated.").indexed();
    d.choice::<Invasiveness>(
        "invasiveness",
        Column::Invasiveness,
        "How invasive the procedure is, usually an editorial rating (see `fieldSources`); null if not rated.",
    )
    .indexed();
    d.choice::<ContentStatus>("status", Column::Status, "Editorial status of the content document.").required().indexed();
    d.text("locale", Column::Locale, "Language of all text in this record, as a BCP 47 tag, for example `en`.")
        .required()
        .indexed()
        .format(Format::Language);
    d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
    d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);
    d.text("description", Column::Summary, "What the procedure is, in one or two sentences for patients.")
        .required()
        .searched(Searched::Summary);
    readable(d.text("patientSummary", Column::PatientSummary, PATIENT_SUMMARY)).searched(Searched::Text);
    d.value::<Review>("review", Column::Review, REVIEW).indexed().review();
    d.parts::<Code>(
        "codes",
        code::Column::ProcedureId,
        "Codes in medical terminologies, each with how closely it matches. Empty if no match could be verified.",
    );
}

fn working(d: &mut Declaration<'_, Entity>) {
    d.value::<Technique>(
        "technique",
        Column::Technique,
        "What is done to the skin, and with which instrument; null if not described.",
    );
    d.value::<Mechanism>("mechanism", Column::Mechanism, "How the procedure works; null if no source says.");
    d.value::<GeneralEffectiveness>(
        "generalEffectiveness",
        Column::GeneralEffectiveness,
        "Statement of the benefit across all conditions; null if the sources cover single conditions only.",
    );
    d.values::<Variant>("variants", Column::Variants, "Forms of the procedure. Empty if it has only one.").indexed();
}

fn visit(d: &mut Declaration<'_, Entity>) {
    d.values::<Instruction>(
        "preparation",
        Column::Preparation,
        "Instructions for before the visit, in order. Empty if no source gives any; some may still be needed.",
    );
    d.values::<Anaesthesia>(
        "anaesthesia",
        Column::Anaesthesia,
        "Anaesthesia. Empty if no source says; if a source says that none is needed, there is an entry of type `NONE`.",
    )
    .indexed();
    d.values::<Step>("steps", Column::Steps, "Steps of the visit, in order. Empty if not described.");
    d.value::<Duration>("visitDuration", Column::VisitDuration, "Length of a visit; null if no source says.").indexed();
    d.parts::<DeviceUse>("devices", device_use::Column::ProcedureId, "Devices used. Empty if none is named.");
    d.values::<Parameter>(
        "parameters",
        Column::Parameters,
        "Treatment settings and their values, for information and not as treatment advice. Empty if none is given.",
    );
}

fn afterwards(d: &mut Declaration<'_, Entity>) {
    d.value::<Recovery>("recovery", Column::Recovery, "How the skin recovers; null if no source says.").indexed();
    d.value::<Results>("results", Column::Results, "When results appear and how long they last; null if no source says.")
        .indexed();
    d.value::<SessionPlan>("sessions", Column::Sessions, "How often the procedure is done; null if no source says.")
        .indexed();
    d.value::<Combinations>(
        "combinations",
        Column::Combinations,
        "What the procedure is combined with; null if no source says.",
    );
    d.values::<Instruction>(
        "aftercare",
        Column::Aftercare,
        "Instructions for after the visit, in order. Empty if no source gives any; some may still be needed.",
    );
}

fn safety(d: &mut Declaration<'_, Entity>) {
    d.parts::<Contraindication>(
        "contraindications",
        contraindication::Column::ProcedureId,
        "Reasons not to do the procedure. Empty if no source that was read names any; there may still be some.",
    );
    d.parts::<AdverseEffect>(
        "adverseEffects",
        adverse_effect::Column::ProcedureId,
        "Unwanted effects. Empty if no source that was read names any; there may still be some.",
    );
    d.values::<HelpAdvice>(
        "getHelp",
        Column::GetHelp,
        "Signs that mean that a patient should get help. Empty if no source names any; there may still be some.",
    );
    d.values::<RegulatoryStatement>(
        "regulatory",
        Column::Regulatory,
        "Statements of regulatory authorities. Empty if none was read.",
    )
    .indexed();
}

fn practical(d: &mut Declaration<'_, Entity>) {
    d.value::<Pain>("pain", Column::Pain, "How much the procedure hurts; null if no source says.").indexed();
    d.values::<PractitionerStatement>(
        "practitioners",
        Column::Practitioners,
        "Who may or should do the procedure. Empty if no authority says.",
    )
    .indexed();
    d.values::<CostRange>("costs", Column::Costs, "What the procedure costs. Empty if no authority states it.").indexed();
    d.values::<NotFound>(
        "notFound",
        Column::NotFound,
        "Topics on which the editors found nothing. Empty if all topics of `MissingTopic` are covered.",
    );
}

fn references(d: &mut Declaration<'_, Entity>) {
    d.owns::<TreatmentOutcome>(
        "outcomes",
        treatment_outcome::Column::ProcedureId,
        "Outcomes for the conditions that the procedure treats, in the order of the content document.",
    );
    d.through::<TreatmentOutcome, Condition>(
        "conditions",
        ("outcomes", "conditions"),
        STRENGTH,
        "Conditions for which the procedure has outcomes, whether or not the outcomes show a benefit. Each condition is \
         listed once. Default order: best grade of these outcomes first, then best certainty, best evidence level, and \
         most outcomes. `outcomes` of an edge has these values.",
    );
    d.texts(
        "treats",
        Column::Treats,
        "Names and aliases of the conditions that the procedure helps with, for search. These conditions are `condition` \
         and `alsoCovers` of every outcome whose `grade` states a benefit: `VARIABLE` or better. Empty if there are none.",
    )
    .required()
    .searched(Searched::Purpose)
    .derived(treats::treats)
    .reads_embedded_with(&[])
    .follows("outcomes.condition", &["name", "aliases"])
    .follows("outcomes.alsoCovers", &["name", "aliases"]);
    d.many::<Procedure>("children", Column::ParentProcedureId, "Narrower procedures, one level down.");
    d.derived_links::<Condition, link::procedure_contraindicated_condition::Entity>(
        "contraindicatedConditions",
        contraindicated_conditions,
        "Conditions that `contraindications` name, for filters. `contraindications` gives the strength of each.",
    );
    d.mentions::<Source, link::procedure_source::Entity>(
        "citations",
        "All sources cited in this record, in order of first mention. Each outcome lists its own sources.",
    );
    d.mentions::<BiologicalTarget, link::procedure_target::Entity>(
        "targets",
        "Biological targets of `mechanism`, in order of first mention.",
    );
    d.mentions::<Device, link::procedure_device::Entity>(
        "usedDevices",
        "All devices that `devices` and `steps` name, for filters.",
    );
    d.mentions::<Adjunct, link::procedure_adjunct::Entity>(
        "combinedAdjuncts",
        "Adjuncts that `combinations` name, for filters.",
    );
    d.mentions::<BodyArea, link::procedure_body_area::Entity>(
        "bodyAreas",
        "Body areas that `parameters` name. Empty if they name none; the procedure may still be limited to some areas.",
    );
}

/// Derives the links to the conditions that contraindications name, each once.
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
