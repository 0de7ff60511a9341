//! Value objects, parts, enumerations and functions that several content types use.

pub(super) mod application_mode;
pub(super) mod cause;
pub(super) mod code;
pub(super) mod duration;
pub(super) mod effectiveness;
pub(super) mod former_slugs;
pub(super) mod mechanism;
pub(super) mod patient_summary;
pub(super) mod provenance;
pub(super) mod requirement;
pub(super) mod results;
pub(super) mod review;
pub(super) mod session_plan;
