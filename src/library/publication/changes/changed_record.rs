//! What differs between the stored records before and after a publication.

use std::sync::Arc;

use super::report::FieldChange;
use crate::{
    engine::canonical::CanonicalValue,
    library::records::{
        content_table::{ContentTable, POSITION},
        stored_documents::{links_value, parts_value},
        stored_record::StoredRecord,
    },
};

/// A record that differs, and which of its columns, parts and links are written. `parts` and `links` are in the order
/// of its [`ContentTable`].
pub(in crate::library) struct ChangedRecord {
    pub slug: Arc<str>,
    pub columns: Vec<&'static str>,
    /// For each field with parts, the number of unchanged parts at the start; `None` if all are unchanged.
    pub parts: Vec<Option<usize>>,
    /// For each field with links, the number of unchanged links at the start; `None` if all are unchanged.
    pub links: Vec<Option<usize>>,
    /// The names of the fields that differ.
    fields: Vec<&'static str>,
}

impl ChangedRecord {
    /// Compares a record before and after a publication. Also returns the differences of its fields.
    pub fn of(
        table: &ContentTable<'_>,
        slug: &Arc<str>,
        before: &StoredRecord,
        after: &StoredRecord,
    ) -> (Self, Vec<FieldChange>) {
        let mut changes = Vec::new();
        let mut columns = Vec::new();
        for (column, (a, b)) in table.columns.iter().zip(before.columns.iter().zip(&after.columns)) {
            if a != b {
                columns.push(column.name);
                changes.push(FieldChange { field: column.key, before: a.clone(), after: b.clone() });
            }
        }
        let mut lists = |field, unchanged: Option<usize>, before: &dyn Fn() -> [CanonicalValue; 2]| {
            if unchanged.is_some() {
                let [before, after] = before();
                changes.push(FieldChange { field, before, after });
            }
            unchanged
        };
        let parts = table.parts.iter().zip(before.parts.iter().zip(&after.parts));
        let parts = parts.map(|(table, (a, b))| {
            lists(table.field.name, common_prefix(a, b), &|| [a, b].map(|list| parts_value(table, list)))
        });
        let parts = parts.collect();
        let links = table.links.iter().zip(before.links.iter().zip(&after.links));
        let links = links
            .map(|(table, (a, b))| lists(table.field.name, common_prefix(a, b), &|| [a, b].map(|list| links_value(list))));
        let links = links.collect();
        if before.position != after.position {
            columns.push(POSITION);
            let [before, after] = [before, after].map(|record| record.position.map(i64::from).into());
            changes.push(FieldChange { field: POSITION, before, after });
        }
        let fields = changes.iter().map(|change| change.field).collect();
        (Self { slug: Arc::clone(slug), columns, parts, links, fields }, changes)
    }

    pub fn fields(&self) -> &[&'static str] {
        &self.fields
    }

    pub fn has_changed(&self, field: &str) -> bool {
        self.fields.contains(&field)
    }
}

/// Returns the length of the common prefix of two lists; `None` if the lists are equal.
fn common_prefix<T: PartialEq>(before: &[T], after: &[T]) -> Option<usize> {
    (before != after).then(|| before.iter().zip(after).take_while(|(a, b)| a == b).count())
}
