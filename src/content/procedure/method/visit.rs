//! Anaesthesia, steps, instructions and devices of a visit.

use crate::{
    content::{
        device::Device,
        shared::{application_mode::ApplicationMode, duration::Duration, provenance::STATEMENT_SOURCES},
        source::Source,
    },
    engine::declare::{Choice, Declaration, Members, Part, Value},
    entity::device_use,
};

/// The value object of anaesthesia.
pub struct Anaesthesia;

impl Value for Anaesthesia {
    const NAME: &'static str = "Anaesthesia";
    const ABOUT: &'static str = "A kind of anaesthesia, and how usual it is.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<AnaesthesiaType>("type", "Kind of anaesthesia.").required().indexed();
        d.text("agent", "Agent used, for example a numbing cream; null if not stated.");
        d.choice::<AnaesthesiaUse>("use", "How usual the anaesthesia is.").required().indexed();
        d.choice::<AnaesthesiaTiming>("timing", "When the anaesthesia is given; null if not stated.").indexed();
        d.text("purpose", "Purpose of the anaesthesia; null if not stated.");
        d.text("note", "Remark; null if none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of kinds of anaesthesia.
pub struct AnaesthesiaType;

impl Choice for AnaesthesiaType {
    const NAME: &'static str = "AnaesthesiaType";
    const ABOUT: &'static str = "Kind of anaesthesia. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NONE", "No anaesthesia."),
        ("TOPICAL", "Applied to the skin."),
        ("LOCAL_INJECTION", "Injected to numb the area."),
        ("SEDATION", "Medication that calms the patient and causes drowsiness."),
        ("GENERAL", "General anaesthesia: the patient is unconscious."),
    ];
}

/// The enumeration of how usual anaesthesia is.
pub struct AnaesthesiaUse;

impl Choice for AnaesthesiaUse {
    const NAME: &'static str = "AnaesthesiaUse";
    const ABOUT: &'static str = "How usual a kind of anaesthesia is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("TYPICAL", "Usually given."), ("OPTIONAL", "May be given.")];
}

/// The enumeration of when anaesthesia is given.
pub struct AnaesthesiaTiming;

impl Choice for AnaesthesiaTiming {
    const NAME: &'static str = "AnaesthesiaTiming";
    const ABOUT: &'static str = "When anaesthesia is given. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("BEFORE_TREATMENT", "Before the treatment begins.")];
}

/// The value object of steps.
pub struct Step;

impl Value for Step {
    const NAME: &'static str = "Step";
    const ABOUT: &'static str = "A step of the visit.";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Position among the steps, starting at 1.").required();
        d.choice::<StepKind>("kind", "Purpose of the step.").required();
        d.text("title", "Short title.").required();
        d.text("description", "Description in one or two sentences.").required();
        d.choice::<AnaesthesiaType>("anaesthesiaType", "Kind of anaesthesia given in the step; null if none.");
        d.one::<Device>("device", "Device used in the step; null if none is named.");
        d.choices::<ApplicationMode>("applicationModes", "How the device is applied to the skin. Empty if not stated.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of purposes of steps.
pub struct StepKind;

impl Choice for StepKind {
    const NAME: &'static str = "StepKind";
    const ABOUT: &'static str = "Purpose of a step of a visit. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PREPARATION", "Prepares the patient, the skin or a substance."),
        ("ANAESTHESIA", "Prevents pain."),
        ("TREATMENT", "The treatment itself."),
        ("AFTERCARE", "Cares for the treated skin."),
    ];
}

/// The value object of instructions.
pub struct Instruction;

impl Value for Instruction {
    const NAME: &'static str = "Instruction";
    const ABOUT: &'static str = "An instruction to patients about what to do, or to avoid, before or after the visit.";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Position among the instructions, starting at 1.").required();
        d.text("text", "The instruction.").required();
        d.value::<Duration>("duration", "How long to follow the instruction; null if not stated.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The part type of the devices of a procedure.
pub struct DeviceUse;

impl Part for DeviceUse {
    type Entity = device_use::Entity;
    const NAME: &'static str = "DeviceUse";
    const ABOUT: &'static str = "A device used in a procedure.";

    fn declare(d: &mut Declaration<'_, device_use::Entity>) {
        use device_use::Column;
        d.one::<Device>("device", Column::DeviceId, "The device.").required();
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}
