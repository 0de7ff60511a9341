//! Classification and editorial status of procedures.

use crate::engine::declare::Choice;

/// The enumeration of kinds of procedures.
pub struct ProcedureCategory;

impl Choice for ProcedureCategory {
    const NAME: &'static str = "ProcedureCategory";
    const ABOUT: &'static str = "Kind of treatment. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NEEDLING", "Needles puncture the skin."),
        ("CHEMICAL_RESURFACING", "A solution removes layers of the skin."),
        ("MECHANICAL_RESURFACING", "A tool or particles abrade layers of the skin."),
        ("LASER", "Laser light."),
        ("LIGHT", "Light from flashlamps, diodes or low-power lasers, not only from medical lasers."),
        ("INJECTABLE", "A substance is injected."),
        ("CRYOTHERAPY", "Cold is applied to the skin."),
        ("ELECTROSURGERY", "An electric current heats or destroys tissue."),
    ];
}

/// The enumeration of purposes of a procedure.
pub struct Purpose;

impl Choice for Purpose {
    const NAME: &'static str = "Purpose";
    const ABOUT: &'static str = "Purpose of a procedure. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("COSMETIC", "To change the look of the skin."), ("MEDICAL", "To treat a disease or its consequences.")];
}

/// The enumeration of degrees of invasiveness.
pub struct Invasiveness;

impl Choice for Invasiveness {
    const NAME: &'static str = "Invasiveness";
    const ABOUT: &'static str = "How invasive a procedure is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NON_INVASIVE", "The skin stays intact."),
        ("MINIMALLY_INVASIVE", "The skin is punctured, injected or slightly injured."),
        ("INVASIVE_RESURFACING", "Layers of the skin are removed down to the dermis, over the whole area or in columns."),
    ];
    const LABELS: &'static [(&'static str, &'static str)] = &[("NON_INVASIVE", "Non-invasive")];
}

/// The enumeration of editorial statuses.
pub struct ContentStatus;

impl Choice for ContentStatus {
    const NAME: &'static str = "ContentStatus";
    const ABOUT: &'static str = "Editorial status of a content document. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("DRAFT", "Written, not yet reviewed by a clinician."),
        ("IN_REVIEW", "Under review."),
        ("REVIEWED", "Reviewed by a clinician."),
        ("RETIRED", "No longer kept up to date."),
    ];
}
