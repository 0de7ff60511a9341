//! Summaries: what an import changed, in a few words.

use std::collections::HashMap;

use super::import::{Change, ImportReport};
use crate::engine::catalog::{Catalog, words};

/// `14 procedures and 28 conditions added; 1 source changed`.
pub(super) fn of(catalog: &Catalog, report: &ImportReport) -> String {
    let lists = [(&report.added, "added"), (&report.changed, "changed"), (&report.removed, "removed")];
    let parts = lists.into_iter().filter(|(changes, _)| !changes.is_empty());
    let parts: Vec<String> = parts.map(|(changes, verb)| format!("{} {verb}", counted(catalog, changes))).collect();
    parts.join("; ")
}

/// `14 procedures, 28 conditions and 1 source`.
fn counted(catalog: &Catalog, changes: &[Change]) -> String {
    let mut of_type: HashMap<&str, usize> = HashMap::new();
    for change in changes {
        *of_type.entry(change.type_name).or_default() += 1;
    }
    let mut counts: Vec<String> = catalog
        .contents()
        .filter_map(|(object, role)| {
            let count = of_type.get(object.name).copied().unwrap_or_default();
            let name = if count == 1 { role.singular } else { role.plural };
            (count > 0).then(|| format!("{count} {}", words(name)))
        })
        .collect();
    let last = counts.pop().unwrap_or_default();
    if counts.is_empty() { last } else { format!("{} and {last}", counts.join(", ")) }
}
