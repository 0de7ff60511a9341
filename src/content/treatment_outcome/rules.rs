//! Rules that treatment outcomes follow.

use super::derivation::is_indirect;
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{LibraryView, Violation},
};

/// Directions of findings that do not support the grade `EFFECTIVE`.
const AGAINST: [&str; 3] = ["HARM", "WORSE", "NO_DIFFERENCE"];

/// Reports an outcome that is graded `EFFECTIVE` although all its direct evidence found no difference, less benefit or harm.
/// Without direct evidence, the grade depends on its basis alone, and nothing is reported.
pub fn effective_needs_benefit(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<Violation> {
    let grade = document.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")?.as_str());
    let direct = document.list("evidence").iter().filter(|item| !is_indirect(item));
    let found: Vec<&str> = direct.filter_map(|item| item.get("direction").and_then(CanonicalValue::as_str)).collect();
    if grade != Some("EFFECTIVE") || found.is_empty() || found.iter().any(|direction| !AGAINST.contains(direction)) {
        return Vec::new();
    }
    let sentence = format!("The grade is EFFECTIVE, but the direct evidence found only {}.", found.join(", "));
    vec![Violation { field: "effectiveness", sentence }]
}
