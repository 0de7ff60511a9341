//! The report of an import: what it changed, as lists and in a few words.

use std::{collections::HashMap, sync::Arc};

use crate::engine::catalog::{Catalog, words};

/// What an import did, or in a dry run would do: by type, and in the order of the documents.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The revision that it made; `None` when nothing changed or it was a dry run.
    pub revision: Option<i64>,
    /// What is new.
    pub added: Vec<Change>,
    /// What is different.
    pub changed: Vec<Change>,
    /// What is gone.
    pub removed: Vec<Change>,
    /// How much content stays as it was.
    pub unchanged: usize,
}

/// Content that an import adds, changes or removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of its type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: Arc<str>,
    /// The fields in which it is different; empty when it is new or gone.
    pub fields: Vec<&'static str>,
}

impl ImportReport {
    /// What changes in a few words: `14 procedures and 28 conditions added; 1 source changed`.
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

    /// Whether anything changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// `14 procedures and 28 conditions added; 1 source changed`.
fn summary(catalog: &Catalog, report: &ImportReport) -> String {
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
