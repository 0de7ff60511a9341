//! The library as a whole: every document by type and slug.

use std::{collections::HashSet, sync::Arc};

use super::{
    contents::{Contents, Key},
    problem::{Path, Position, Problem},
    read::{Draft, Lookup},
    shape::{References, Referring, What},
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
    /// The content that it is embedded in.
    pub owner: Option<Key>,
    /// Its place in the list that it is embedded in, from 1.
    pub position: Option<usize>,
    /// Where it was read; `None` when it comes from the database.
    pub place: Option<Place>,
}

/// Where a document was read, and what must be true of the library for it to be right.
#[derive(Debug)]
pub(super) struct Place {
    pub file: Arc<str>,
    pub at: Position,
    pub lookups: Vec<Lookup>,
}

/// Every document by type and slug.
#[derive(Debug)]
pub(super) struct Library<'c> {
    pub catalog: &'c Catalog,
    pub references: References,
    pub documents: Contents<Document>,
}

impl<'c> Library<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        Self::with(catalog, Contents::default())
    }

    /// A library of documents.
    pub fn with(catalog: &'c Catalog, documents: Contents<Document>) -> Self {
        Self { catalog, references: References::of_all(catalog), documents }
    }

    /// Adds documents that were read. A slug that a type has twice is a problem.
    pub fn add(&mut self, drafts: Vec<Draft>, problems: &mut Vec<Problem>) {
        for draft in drafts {
            let Draft { ix, slug, fields, owner, position, file, at, lookups, .. } = draft;
            let place = Some(Place { file: Arc::clone(&file), at, lookups });
            let document = Document { fields, owner, position, place };
            let Err(first) = self.documents.add((ix, Arc::clone(&slug)), document) else { continue };
            let there =
                first.place.as_ref().map(|first| format!(", in {}:{}:{}", first.file, first.at.line, first.at.column));
            let (name, there) = (self.catalog.object(ix).name, there.unwrap_or_default());
            let sentence = format!("There is a {name} \"{slug}\" already{there}.");
            problems.push(Problem { file: Some(file), position: Some(at), path: String::new(), sentence });
        }
    }

    /// Lays the documents of `newer` over these: what they have takes the place of what is here, and content embedded in a
    /// document that is replaced goes unless the new one has it.
    pub fn overlay(&mut self, newer: Self) {
        let replaced = |ix, slug: &str, document: &Document| {
            newer.documents.contains(ix, slug) || self.owners(document).any(|(ix, slug)| newer.documents.contains(*ix, slug))
        };
        let gone: HashSet<Key> = self
            .documents
            .iter()
            .filter(|(ix, slug, document)| replaced(*ix, slug, document))
            .map(|(ix, slug, _)| (ix, Arc::clone(slug)))
            .collect();
        self.documents.retain(|ix, slug| !gone.contains(&(ix, Arc::clone(slug))));
        self.documents.append(newer.documents);
    }

    /// What embeds a document, what embeds that …
    fn owners<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a Key> {
        std::iter::successors(document.owner.as_ref(), |(ix, slug)| self.get(*ix, slug)?.owner.as_ref())
    }

    /// The document of a slug.
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

/// Calls `found` for every reference of a canonical object, in the order of its declaration. What embedded content refers to
/// counts when `deep`.
pub(super) fn each_reference(
    references: &References,
    ix: ObjectIx,
    fields: &CanonicalObject,
    deep: bool,
    path: &Path<'_>,
    found: &mut dyn FnMut(ObjectIx, &Arc<str>, &Path<'_>),
) {
    for Referring { key, what } in references.of(ix) {
        let Some(value) = fields.get(key) else { continue };
        each(value, &path.key(key), &mut |value, path| match (what, value) {
            (What::Target(target), CanonicalValue::Text(slug)) => found(*target, slug, path),
            (What::Nested { object, embedded }, CanonicalValue::Object(fields)) if deep || !embedded => {
                each_reference(references, *object, fields, deep, path, found);
            }
            _ => {}
        });
    }
}

/// The value, or each entry of it when it is a list.
fn each(value: &CanonicalValue, path: &Path<'_>, found: &mut dyn FnMut(&CanonicalValue, &Path<'_>)) {
    match value {
        CanonicalValue::List(values) => {
            values.iter().enumerate().for_each(|(index, value)| found(value, &path.index(index)));
        }
        value => found(value, path),
    }
}
