//! The conditions under which an outcome is listed.

use std::sync::Arc;

use super::derivation::studied_condition;
use crate::{
    content::condition::ancestor_slugs,
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{DerivedLink, LibraryView},
    },
};

/// The flags of a link. Each flag stands for one combination of the values of three arguments: `includeAncestors` (on
/// conditions: `includeDescendants`), `includeAlsoCovered` and `includeStudied`. A link has a flag if this combination
/// includes the link. If all three values are true, every link is included, so this combination needs no flag.
const FLAGS: [(&str, [bool; 3]); 7] = [
    ("direct", [false, false, false]),
    ("covering", [false, true, false]),
    ("studied", [false, false, true]),
    ("covering_studied", [false, true, true]),
    ("below", [true, false, false]),
    ("covering_below", [true, true, false]),
    ("studied_below", [true, false, true]),
];

/// Why an outcome is listed under a condition.
#[derive(Clone, Copy)]
enum Reason {
    /// The condition is that of the outcome.
    Own,
    /// The outcome also covers the condition.
    Covered,
    /// Evidence of the outcome is about the condition.
    Studied,
}

/// Derives the links to the conditions under which an outcome is listed: its own condition, those that it also covers, those
/// that its evidence studied, and the ancestors of all of these.
pub fn conditions(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<DerivedLink> {
    let own = document.get("condition").and_then(CanonicalValue::as_text).map(|own| (own, Reason::Own));
    let covered = document.list("alsoCovers").iter().filter_map(CanonicalValue::as_text);
    let studied = document.list("evidence").iter().filter_map(studied_condition);
    let named: Vec<(&Arc<str>, Reason)> = own
        .into_iter()
        .chain(covered.map(|condition| (condition, Reason::Covered)))
        .chain(studied.map(|condition| (condition, Reason::Studied)))
        .collect();
    let mut links = Links::default();
    for (condition, reason) in &named {
        links.add(condition, *reason, false);
    }
    for (condition, reason) in &named {
        for ancestor in ancestor_slugs(library, condition) {
            links.add(&ancestor, *reason, true);
        }
    }
    links.0
}

/// Returns the flag that a link needs to be included; `None` if every link is included. `switches` has the three values
/// in the order that [`FLAGS`] describes, which is the same for both directions of the link.
pub fn required_flag(switches: &[bool]) -> Option<&'static str> {
    FLAGS.iter().find(|(_, with)| with == switches).map(|(flag, _)| *flag)
}

/// Links in order of first mention, one per target.
#[derive(Default)]
struct Links(Vec<DerivedLink>);

impl Links {
    /// Adds a link, or a reason to an existing link. `above` is true if the target is an ancestor of the condition that
    /// the reason is about.
    fn add(&mut self, target: &Arc<str>, reason: Reason, above: bool) {
        let at = self.0.iter().position(|link| link.target == *target).unwrap_or_else(|| {
            let flags = FLAGS.map(|(flag, _)| (flag, false)).to_vec();
            self.0.push(DerivedLink { target: Arc::clone(target), flags });
            self.0.len() - 1
        });
        for ((_, set), (_, [hierarchy, covered, studied])) in self.0[at].flags.iter_mut().zip(FLAGS) {
            let included = match reason {
                Reason::Own => true,
                Reason::Covered => covered,
                Reason::Studied => studied,
            };
            *set |= included && (hierarchy || !above);
        }
    }
}
