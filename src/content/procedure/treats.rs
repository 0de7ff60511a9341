//! The names of the conditions that a procedure helps with, by which a search finds it.

use std::collections::HashSet;

use crate::{
    content::condition::Condition,
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::LibraryView,
        declare::Content as _,
    },
};

/// The grades that state no benefit. A user who searches for a treatment does not search for these outcomes.
const WITHOUT_BENEFIT: [&str; 2] = ["NOT_GRADED", "NO_BENEFIT"];

/// Derives `treats`: the names and aliases of the conditions of outcomes with a benefit, each once, in the order of the
/// outcomes.
pub fn treats(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    let mut names: Vec<&CanonicalValue> = Vec::new();
    for outcome in document.list("outcomes").iter().filter(|outcome| has_benefit(outcome)) {
        let also = outcome.as_object().map(|outcome| outcome.list("alsoCovers")).unwrap_or_default();
        for slug in outcome.get("condition").into_iter().chain(also).filter_map(CanonicalValue::as_str) {
            let Some(condition) = library.document(Condition::NAME, slug) else { continue };
            names.extend(condition.get("name").into_iter().chain(condition.list("aliases")));
        }
    }
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| name.as_str().is_some_and(|name| seen.insert(name))).cloned().collect()
}

fn has_benefit(outcome: &CanonicalValue) -> bool {
    let grade = outcome.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")?.as_str());
    grade.is_some_and(|grade| !WITHOUT_BENEFIT.contains(&grade))
}
