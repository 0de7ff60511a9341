//! Reading the sources of statements: `sources` of an object, and `fieldSources` of single fields.

use std::sync::Arc;

use super::{
    node::{Entry, Node, Value, quote},
    read::Reader,
    shape::{self, DocumentFields, NOTICE, Provenance},
    suggest::did_you_mean,
};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Field, ObjectType},
    },
    library::problem::{Path, Position},
};

/// Maximum number of sources of all objects in a content document. An object without sources has those that it inherits, so
/// a short document with many sources and many objects could have millions.
pub const MAX_SOURCES: usize = 100_000;

/// The sources of single fields of an object, while they are read.
struct FieldSources<'a> {
    object: &'a ObjectType,
    /// The member `sources` of an entry of `fieldSources`.
    sources: Option<&'a Field>,
    /// The fields that can have sources.
    known: Vec<&'static str>,
    by_field: Vec<(String, CanonicalValue)>,
}

impl FieldSources<'_> {
    /// Reads the sources of one field. `at` and `name_path` are the position and the path of its name, and `path` is
    /// the path of the sources.
    fn add(
        &mut self,
        reader: &mut Reader<'_>,
        (name, at, name_path): (&str, Position, &Path<'_>),
        sources: &Node,
        path: &Path<'_>,
    ) {
        if self.by_field.iter().any(|(listed, _)| listed == name) {
            // Only an argument can list a field twice: the keys of a mapping in a file are unique.
            reader.problems.add(at, name_path, format!("The field {} is listed twice.", quote(name)));
        } else if self.known.contains(&name) {
            let sources = self.sources.map(|field| reader.slugs(field, sources, path));
            self.by_field.push((name.to_owned(), sources.unwrap_or_default()));
        } else {
            let sentence = format!("{} is not a field of {} that can have sources.", quote(name), self.object.name);
            reader.problems.add(at, name_path, sentence + &did_you_mean(name, self.known.iter().copied()));
        }
    }
}

impl Reader<'_> {
    /// Reads the sources of an object and of its single fields.
    pub(super) fn provenance(
        &mut self,
        object: &ObjectType,
        members: &DocumentFields<'_>,
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

    /// Returns the sources of an object, which may be inherited. Adds them to the number of
    /// sources of the document. If that is then too high, reports it once, and returns none.
    pub(super) fn counted_sources(&mut self, sources: &CanonicalValue, at: Position, path: &Path<'_>) -> CanonicalValue {
        let before = self.sources;
        self.sources += sources.list().len();
        if self.sources <= MAX_SOURCES {
            return sources.clone();
        }
        if before <= MAX_SOURCES {
            let sentence = format!(
                "From here on, the objects of this document have more than {MAX_SOURCES} sources, with those that they \
                 inherit. Name fewer sources."
            );
            self.problems.add(at, path, sentence);
        }
        CanonicalValue::List(Arc::default())
    }

    fn field_sources(
        &mut self,
        object: &ObjectType,
        entry_type: &ObjectType,
        node: &Node,
        path: &Path<'_>,
    ) -> Vec<(String, CanonicalValue)> {
        let known = shape::fields(object).map(|(known, _)| known);
        let known = known
            .filter(|known| !matches!(*known, shape::SLUG | shape::KEY | shape::SOURCES | shape::FIELD_SOURCES | NOTICE))
            .collect();
        let mut read = FieldSources { object, sources: entry_type.field(shape::SOURCES), known, by_field: Vec::new() };
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    let path = path.key(&entry.key);
                    read.add(self, (&entry.key, entry.at, &path), &entry.value, &path);
                }
            }
            Value::List(items) if self.is_input => {
                for (index, item) in items.iter().enumerate() {
                    let path = path.index(index);
                    let (field, at) = (path.key(shape::FIELD), item.at);
                    let name = item.text(shape::FIELD).unwrap_or_default();
                    let empty = Node { at, value: Value::List(Vec::new()) };
                    let sources = item.entry(shape::SOURCES).map_or(&empty, |entry| &entry.value);
                    read.add(self, (name, at, &field), sources, &path.key(shape::SOURCES));
                }
            }
            _ => self.report_unexpected("a mapping from fields to lists of sources", node, path),
        }
        read.by_field
    }
}
