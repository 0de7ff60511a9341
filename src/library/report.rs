//! The report of an import: its changes, as lists and as a summary.

use std::{collections::HashMap, sync::Arc};

use crate::engine::catalog::{Catalog, words};

/// The changes of an import, or those that a dry run would make. They are in the order of types, and of the documents of
/// each type.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The new revision; `None` if nothing changed, or for a dry run.
    pub revision: Option<i64>,
    /// New records.
    pub added: Vec<Change>,
    /// Records that differ.
    pub changed: Vec<Change>,
    /// Removed records.
    pub removed: Vec<Change>,
    /// Number of records that did not change.
    pub unchanged: usize,
}

/// A record that an import adds, changes or removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of its type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: Arc<str>,
    /// The fields that differ; empty if it is new or removed.
    pub fields: Vec<&'static str>,
}

impl ImportReport {
    /// Returns a summary: `14 procedures and 28 conditions added; 1 source changed`.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog) -> String {
        summary(catalog, self)
    }

    /// Returns the number of records before the import.
    #[must_use]
    pub fn before(&self) -> usize {
        self.changed.len() + self.removed.len() + self.unchanged
    }

    /// Reports whether more than half of the records are removed.
    #[must_use]
    pub fn removes_most(&self) -> bool {
        2 * self.removed.len() > self.before()
    }

    /// Reports whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Returns a summary: `14 procedures and 28 conditions added; 1 source changed`.
fn summary(catalog: &Catalog, report: &ImportReport) -> String {
    let lists = [(&report.added, "added"), (&report.changed, "changed"), (&report.removed, "removed")];
    let parts = lists.into_iter().filter(|(changes, _)| !changes.is_empty());
    let parts: Vec<String> = parts.map(|(changes, verb)| format!("{} {verb}", counted(catalog, changes))).collect();
    parts.join("; ")
}

/// Returns the numbers of records by type: `14 procedures, 28 conditions and 1 source`.
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
