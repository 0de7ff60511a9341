//! What brings conditions about.

use crate::engine::declare::Choice;

/// A cause of a condition.
pub struct Cause;

impl Choice for Cause {
    const NAME: &'static str = "Cause";
    const ABOUT: &'static str = "What brought a condition about. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("SURGERY", "An operation."), ("INJURY", "An injury.")];
}
