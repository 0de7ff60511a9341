//! Causes of conditions.

use crate::engine::declare::Choice;

/// The enumeration of causes.
pub struct Cause;

impl Choice for Cause {
    const NAME: &'static str = "Cause";
    const ABOUT: &'static str = "Cause of a condition. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("SURGERY", "An operation."), ("INJURY", "An injury.")];
}
