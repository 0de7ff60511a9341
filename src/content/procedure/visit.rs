//! Before, during and after the visit.

use crate::{
    content::{
        application_mode::ApplicationMode, device::Device, duration::Duration, provenance::STATEMENT_SOURCES, source::Source,
    },
    engine::declare::{Choice, Declaration, Members, Part, Value},
    entity::device_use,
};

/// What is done against pain.
pub struct Anaesthesia;

impl Value for Anaesthesia {
    const NAME: &'static str = "Anaesthesia";
    const ABOUT: &'static str = "A kind of anaesthesia, and whether it is usual.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<AnaesthesiaType>("type", "What kind it is.").required();
        d.text("agent", "What is used, for example numbing cream; null when not stated.");
        d.choice::<AnaesthesiaUse>("use", "Whether it is usual.").required();
        d.choice::<AnaesthesiaTiming>("timing", "When it is given; null when not stated.");
        d.text("purpose", "What it is for; null when not stated.");
        d.text("note", "Remark; null when there is none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Kinds of anaesthesia.
pub struct AnaesthesiaType;

impl Choice for AnaesthesiaType {
    const NAME: &'static str = "AnaesthesiaType";
    const ABOUT: &'static str = "A kind of anaesthesia. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NONE", "No anaesthesia."),
        ("TOPICAL", "Something put on the skin."),
        ("LOCAL_INJECTION", "An injection that numbs the area."),
        ("SEDATION", "Something that calms and makes drowsy."),
        ("GENERAL", "General anaesthesia: the person is asleep."),
    ];
}

/// Whether anaesthesia is usual.
pub struct AnaesthesiaUse;

impl Choice for AnaesthesiaUse {
    const NAME: &'static str = "AnaesthesiaUse";
    const ABOUT: &'static str = "Whether a kind of anaesthesia is usual. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("TYPICAL", "Usual, as a rule."), ("OPTIONAL", "May be given.")];
}

/// When anaesthesia is given.
pub struct AnaesthesiaTiming;

impl Choice for AnaesthesiaTiming {
    const NAME: &'static str = "AnaesthesiaTiming";
    const ABOUT: &'static str = "When anaesthesia is given. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("BEFORE_TREATMENT", "Before the treatment begins.")];
}

/// Something that happens during the visit.
pub struct Step;

impl Value for Step {
    const NAME: &'static str = "Step";
    const ABOUT: &'static str = "Something that happens during the visit.";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Place among the steps, from 1.").required();
        d.choice::<StepKind>("kind", "What the step is for.").required();
        d.text("title", "The step in a few words.").required();
        d.text("description", "The step in a sentence or two.").required();
        d.choice::<AnaesthesiaType>("anaesthesiaType", "Anaesthesia that the step gives; null when it gives none.");
        d.one::<Device>("device", "The device that the step is done with; null when none is named.");
        d.choices::<ApplicationMode>("applicationModes", "How the device is put to the skin. Empty when not stated.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// What a step is for.
pub struct StepKind;

impl Choice for StepKind {
    const NAME: &'static str = "StepKind";
    const ABOUT: &'static str = "What a step of a visit is for. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PREPARATION", "It prepares the person, the skin or a substance."),
        ("ANAESTHESIA", "It keeps pain away."),
        ("TREATMENT", "It is the treatment itself."),
        ("AFTERCARE", "It looks after the treated skin."),
    ];
}

/// Something to do before or after the visit.
pub struct Instruction;

impl Value for Instruction {
    const NAME: &'static str = "Instruction";
    const ABOUT: &'static str = "Something that people are told to do, or not to do, before or after the visit.";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Place among the instructions, from 1.").required();
        d.text("text", "The instruction.").required();
        d.value::<Duration>("duration", "For how long; null when not stated.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A device of a procedure.
pub struct DeviceUse;

impl Part for DeviceUse {
    type Entity = device_use::Entity;
    const NAME: &'static str = "DeviceUse";
    const ABOUT: &'static str = "A device that a procedure is done with.";

    fn declare(d: &mut Declaration<'_, device_use::Entity>) {
        use device_use::Column;
        d.one::<Device>("device", Column::DeviceId, "The device.").required();
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}
