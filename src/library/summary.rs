//! Summaries: what an import changed, in a few words.

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
    let mut counts: Vec<String> = catalog
        .contents()
        .filter_map(|(object, role)| {
            let count = changes.iter().filter(|change| change.type_name == object.name).count();
            let name = if count == 1 { role.singular } else { role.plural };
            (count > 0).then(|| format!("{count} {}", words(name)))
        })
        .collect();
    let last = counts.pop().unwrap_or_default();
    if counts.is_empty() { last } else { format!("{} and {last}", counts.join(", ")) }
}
