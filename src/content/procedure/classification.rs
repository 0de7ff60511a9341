//! How procedures are sorted, and where their documents stand.

use crate::engine::declare::Choice;

/// Kinds of procedures.
pub struct ProcedureCategory;

impl Choice for ProcedureCategory {
    const NAME: &'static str = "ProcedureCategory";
    const ABOUT: &'static str = "What kind of treatment a procedure is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NEEDLING", "Needles that prick the skin."),
        ("CHEMICAL_RESURFACING", "A solution that takes off layers of the skin."),
        ("MECHANICAL_RESURFACING", "A tool or particles that wear off layers of the skin."),
        ("LASER", "Laser light."),
        ("LIGHT", "Light other than that of medical lasers alone: flashlamps, diodes and weak lasers."),
        ("INJECTABLE", "A substance that is injected."),
        ("CRYOTHERAPY", "Cold that is put on the skin."),
    ];
}

/// What a procedure is done for.
pub struct Purpose;

impl Choice for Purpose {
    const NAME: &'static str = "Purpose";
    const ABOUT: &'static str = "What a procedure is done for. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("COSMETIC", "To change how the skin looks."), ("MEDICAL", "To treat a disease or its consequences.")];
}

/// How far a procedure goes into the body.
pub struct Invasiveness;

impl Choice for Invasiveness {
    const NAME: &'static str = "Invasiveness";
    const ABOUT: &'static str = "How far a procedure goes into the body. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NON_INVASIVE", "The skin stays whole."),
        ("MINIMALLY_INVASIVE", "The skin is pricked, injected or injured in small ways."),
        (
            "INVASIVE_RESURFACING",
            "Layers of the skin are taken off as far as the dermis, over the whole area or in columns.",
        ),
    ];
}

/// Where a document stands.
pub struct ContentStatus;

impl Choice for ContentStatus {
    const NAME: &'static str = "ContentStatus";
    const ABOUT: &'static str = "Where a document stands between draft and retirement. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("DRAFT", "Written, not yet reviewed by a clinician."),
        ("IN_REVIEW", "Being reviewed."),
        ("PUBLISHED", "Reviewed and released."),
        ("RETIRED", "No longer kept up to date."),
    ];
}
