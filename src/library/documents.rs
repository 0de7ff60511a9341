//! All documents of a library, by type and slug.

use std::{collections::HashSet, sync::Arc};

use super::{
    problem::{Path, Position, Problem},
    read::{Draft, Lookup},
    record_map::{RecordKey, RecordMap},
    shape::{ReferenceField, ReferenceKind, References},
};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{Catalog, LibraryView, ObjectIx},
};

/// A document of the library.
#[derive(Debug)]
pub(super) struct Document {
    /// The canonical document.
    pub fields: CanonicalObject,
    /// The record in whose document it is embedded.
    pub owner: Option<RecordKey>,
    /// Its position in the list that it is embedded in, from 1.
    pub position: Option<usize>,
    /// Where the document was read; `None` if it was loaded from the database.
    pub location: Option<DocumentLocation>,
}

/// Where a document was read, and the texts that must occur elsewhere in the library.
#[derive(Debug)]
pub(super) struct DocumentLocation {
    pub file: Arc<str>,
    pub at: Position,
    pub lookups: Vec<Lookup>,
}

/// All documents of a library, by type and slug.
#[derive(Debug)]
pub(super) struct Library<'c> {
    pub catalog: &'c Catalog,
    pub references: References,
    pub documents: RecordMap<Document>,
}

impl<'c> Library<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        Self::with(catalog, RecordMap::default())
    }

    /// Creates a library of documents.
    pub fn with(catalog: &'c Catalog, documents: RecordMap<Document>) -> Self {
        Self { catalog, references: References::of_all(catalog), documents }
    }

    /// Adds documents that were read. Two documents of a type with the same slug are a problem.
    pub fn add(&mut self, drafts: Vec<Draft>, problems: &mut Vec<Problem>) {
        for draft in drafts {
            let Draft { ix, slug, fields, owner, position, file, at, lookups, .. } = draft;
            let location = Some(DocumentLocation { file: Arc::clone(&file), at, lookups });
            let document = Document { fields, owner, position, location };
            let Err(first) = self.documents.add((ix, Arc::clone(&slug)), document) else { continue };
            let there =
                first.location.as_ref().map(|first| format!(", in {}:{}:{}", first.file, first.at.line, first.at.column));
            let (name, there) = (self.catalog.object(ix).name, there.unwrap_or_default());
            let sentence = format!("There is already a {name} \"{slug}\"{there}.");
            problems.push(Problem { file: Some(file), position: Some(at), path: String::new(), sentence });
        }
    }

    /// Replaces documents by those of `newer` with the same slug. Records that are embedded in a replaced document are
    /// removed, unless `newer` has them.
    pub fn overlay(&mut self, newer: Self) {
        let replaced = |ix, slug: &str, document: &Document| {
            newer.documents.contains(ix, slug) || self.owners(document).any(|(ix, slug)| newer.documents.contains(*ix, slug))
        };
        let gone: HashSet<RecordKey> = self
            .documents
            .iter()
            .filter(|(ix, slug, document)| replaced(*ix, slug, document))
            .map(|(ix, slug, _)| (ix, Arc::clone(slug)))
            .collect();
        self.documents.retain(|ix, slug| !gone.contains(&(ix, Arc::clone(slug))));
        self.documents.append(newer.documents);
    }

    /// Returns the owner of a document, the owner of that, and so on.
    fn owners<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a RecordKey> {
        std::iter::successors(document.owner.as_ref(), |(ix, slug)| self.get(*ix, slug)?.owner.as_ref())
    }

    /// Returns the document of a slug.
    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&Document> {
        self.documents.get(ix, slug)
    }
}

impl LibraryView for Library<'_> {
    fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject> {
        let object = self.catalog.object_named(type_name)?;
        self.get(object.ix, slug).map(|document| &document.fields)
    }
}

/// Calls `found` with every reference in a canonical object, in the order of the declaration. With `deep`, it includes the
/// references in embedded records.
pub(super) fn each_reference(
    references: &References,
    ix: ObjectIx,
    fields: &CanonicalObject,
    deep: bool,
    path: &Path<'_>,
    found: &mut dyn FnMut(ObjectIx, &Arc<str>, &Path<'_>),
) {
    for ReferenceField { key, kind } in references.of(ix) {
        let Some(value) = fields.get(key) else { continue };
        each(value, &path.key(key), &mut |value, path| match (kind, value) {
            (ReferenceKind::Target(target), CanonicalValue::Text(slug)) => found(*target, slug, path),
            (ReferenceKind::Nested { object, embedded }, CanonicalValue::Object(fields)) if deep || !embedded => {
                each_reference(references, *object, fields, deep, path, found);
            }
            _ => {}
        });
    }
}

/// Calls `found` with the value, or with each entry if it is a list.
fn each(value: &CanonicalValue, path: &Path<'_>, found: &mut dyn FnMut(&CanonicalValue, &Path<'_>)) {
    match value {
        CanonicalValue::List(values) => {
            values.iter().enumerate().for_each(|(index, value)| found(value, &path.index(index)));
        }
        value => found(value, path),
    }
}
