//! The report of a publication: its changes, as lists and as a summary.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value as Json, json};

use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, words},
    },
    library::{
        problem::Warning,
        publication::history::{CREATED, DELETED, UPDATED},
    },
    store::Preview,
};

/// The changes of a publication, or those that a dry run would make. They are in the order of types, and of the documents of
/// each type.
#[derive(Debug, Default)]
pub struct PublicationReport {
    /// The new revision; `None` if nothing changed, or for a dry run.
    pub revision: Option<i64>,
    /// New records.
    pub added: Vec<Change>,
    /// Records that differ.
    pub changed: Vec<Change>,
    /// Removed records.
    pub removed: Vec<Change>,
    /// What the editor should know about the changes.
    pub warnings: Vec<Warning>,
    /// Number of records that were compared and did not change. Records that the edit does not concern are not compared.
    pub unchanged: usize,
    /// The first report as JSON, if an edit with the same key was published before. Then all other fields are empty.
    pub replayed: Option<Json>,
    /// What a dry run would write; `None` if nothing changes, or if it was not requested.
    pub preview: Option<Preview>,
}

/// A record that a publication adds, changes or removes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Name of its type.
    pub type_name: &'static str,
    /// Its id; `None` for a new record in a dry run or in a bulk load.
    pub id: Option<i64>,
    /// Its slug.
    pub slug: Arc<str>,
    /// The fields that differ; empty if it is new or removed.
    pub fields: Vec<FieldChange>,
}

impl Change {
    fn to_json(&self, action: &str, has_values: bool) -> Json {
        let value = |value: &CanonicalValue| if has_values { json!(value) } else { Json::Null };
        let field = |change: &FieldChange| json!({"field": change.field, "before": value(&change.before), "after": value(&change.after)});
        let fields: Json = self.fields.iter().map(field).collect();
        let id = self.id.map(|id| format!("{}:{id}", self.type_name));
        json!({"recordId": id, "type": self.type_name, "slug": *self.slug, "action": action, "fields": fields})
    }

    /// Returns the names of the fields that differ.
    #[must_use]
    pub fn field_names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|change| change.field).collect()
    }
}

/// A field of a record that differs, a derived one included.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Name of the field.
    pub field: &'static str,
    /// The canonical value before the publication. Links are slugs.
    pub before: CanonicalValue,
    /// The canonical value after the publication. It can equal `before` if only the flags of derived links differ.
    pub after: CanonicalValue,
}

impl PublicationReport {
    /// Returns the report of an edit that was published before.
    pub(in crate::library::publication) fn replay(mut report: Json) -> Self {
        report["replayed"] = true.into();
        // Reports of earlier versions have no warnings.
        if report["warnings"].is_null() {
            report["warnings"] = json!([]);
        }
        Self { replayed: Some(report), ..Self::default() }
    }

    /// Returns the report as JSON, in the shape of the payload of a mutation: `revision`, `changed`, `replayed`, `changes`,
    /// `warnings` and no `errors`. Without `has_values`, the values before and after the changes are null.
    #[must_use]
    pub fn to_json(&self, has_values: bool) -> Json {
        if let Some(report) = &self.replayed {
            return report.clone();
        }
        let lists = [(&self.added, CREATED), (&self.changed, UPDATED), (&self.removed, DELETED)];
        let changes = lists
            .into_iter()
            .flat_map(|(list, action)| list.iter().map(move |change| change.to_json(action, has_values)))
            .collect::<Json>();
        let differs = !self.is_empty();
        let warning = |Warning { file, code, sentence, .. }: &Warning| json!({"code": code.name(), "path": **file, "message": sentence});
        let warnings: Json = self.warnings.iter().map(warning).collect();
        json!({"revision": self.revision, "changed": differs, "replayed": false, "changes": changes, "warnings": warnings,
            "errors": []})
    }

    /// Returns a summary: `14 procedures and 28 conditions added; 1 source changed`.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog) -> String {
        let lists = [(&self.added, "added"), (&self.changed, "changed"), (&self.removed, "removed")];
        let parts = lists.into_iter().filter(|(changes, _)| !changes.is_empty());
        let parts: Vec<String> = parts.map(|(changes, verb)| format!("{} {verb}", counted(catalog, changes))).collect();
        parts.join("; ")
    }

    /// Returns how many of the compared records existed before the publication.
    #[must_use]
    pub fn before(&self) -> usize {
        self.changed.len() + self.removed.len() + self.unchanged
    }

    /// Reports whether more than half of the compared records are removed.
    #[must_use]
    pub fn removes_most(&self) -> bool {
        2 * self.removed.len() > self.before()
    }

    /// Returns the number of records that are added, changed or removed.
    #[must_use]
    pub fn records(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }

    /// Reports whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
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
