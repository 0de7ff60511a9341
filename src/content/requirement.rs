//! Whether something that is used together with a procedure is needed.

use crate::engine::declare::Choice;

/// Whether it is needed.
pub struct Requirement;

impl Choice for Requirement {
    const NAME: &'static str = "Requirement";
    const ABOUT: &'static str =
        "Whether something used together with a procedure is needed for the benefit. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("REQUIRED", "The benefit is claimed only together with it."), ("OPTIONAL", "It may be added.")];
}
