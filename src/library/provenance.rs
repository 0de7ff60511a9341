//! Reading the sources of statements: `sources` of an object, and `fieldSources` of single fields.

use std::sync::Arc;

use super::{
    node::{Entry, Node, quote},
    problem::Path,
    read::Reader,
    shape::{self, Members, NOTICE, Provenance},
    suggest::did_you_mean,
};
use crate::engine::{canonical::CanonicalValue, catalog::ObjectType};

impl Reader<'_> {
    /// Reads the sources of an object and of its single fields.
    pub(super) fn provenance(
        &mut self,
        object: &ObjectType,
        members: &Members<'_>,
        given: &[Option<&Entry<'_>>],
        path: &Path<'_>,
        inherited: Option<&CanonicalValue>,
    ) -> Provenance {
        let own = inherited.cloned().unwrap_or_else(|| CanonicalValue::List(Arc::default()));
        let mut provenance = Provenance { own, by_field: Vec::new() };
        for ((key, field), entry) in members.iter().zip(given) {
            let Some(entry) = entry else { continue };
            let path = path.key(key);
            if shape::is_sources(field) {
                let own = self.slugs(field, &entry.value, &path);
                if !own.list().is_empty() {
                    provenance.own = own;
                }
            } else if let Some(entry_type) = shape::field_sources(self.catalog, field) {
                provenance.by_field = self.field_sources(object, entry_type, &entry.value, &path);
            }
        }
        provenance
    }

    fn field_sources(
        &mut self,
        object: &ObjectType,
        entry_type: &ObjectType,
        node: &Node,
        path: &Path<'_>,
    ) -> Vec<(String, CanonicalValue)> {
        let Some(entries) = node.entries() else {
            self.expected("a mapping from fields to lists of sources", node, path);
            return Vec::new();
        };
        let mut by_field: Vec<(String, CanonicalValue)> = Vec::new();
        let known = shape::fields(object).map(|(known, _)| known);
        let known: Vec<_> =
            known.filter(|known| !matches!(*known, shape::SLUG | shape::SOURCES | shape::FIELD_SOURCES | NOTICE)).collect();
        for entry in entries {
            let (key, path) = (&*entry.key, path.key(&entry.key));
            if by_field.iter().any(|(listed, _)| listed == key) {
                // Only an input can have this: the keys of a mapping in a file are unique.
                self.problems.add(entry.at, &path, format!("The field {} is listed twice.", quote(key)));
            } else if known.contains(&key) {
                let sources = entry_type.field(shape::SOURCES).map(|field| self.slugs(field, &entry.value, &path));
                by_field.push((key.to_owned(), sources.unwrap_or_default()));
            } else {
                let sentence = format!("{} is not a field of {} that can have sources.", quote(key), object.name);
                self.problems.add(entry.at, &path, sentence + &did_you_mean(key, known.iter().copied()));
            }
        }
        by_field
    }
}
