//! Whether an adjunct or a combination is required for the benefit.

use crate::engine::declare::Choice;

/// The enumeration of requirements.
pub struct Requirement;

impl Choice for Requirement {
    const NAME: &'static str = "Requirement";
    const ABOUT: &'static str = "Whether an adjunct or a combination is required for the benefit. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("REQUIRED", "The benefit is claimed only with it."), ("OPTIONAL", "May be added.")];
}
