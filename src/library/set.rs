//! The library as a whole: every document by type and slug.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use serde_json::{Map, Value as Json};

use super::{
    problem::{Path, Position, Problem},
    read::{Draft, Lookup, Reference},
    shape,
};
use crate::engine::catalog::{Catalog, LibraryView, ObjectIx, ObjectType};

/// Names content: its type and its slug.
pub(super) type Key = (ObjectIx, String);

/// A document of the library.
#[derive(Debug)]
pub(super) struct Document {
    /// The canonical document.
    pub fields: Map<String, Json>,
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
    pub references: Vec<Reference>,
    pub lookups: Vec<Lookup>,
}

/// Every document by type and slug.
#[derive(Debug)]
pub(super) struct Library<'c> {
    pub catalog: &'c Catalog,
    pub documents: BTreeMap<Key, Document>,
}

impl<'c> Library<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, documents: BTreeMap::new() }
    }

    /// A library of documents that were read. A slug that a type has twice is a problem.
    pub fn of_drafts(catalog: &'c Catalog, drafts: Vec<Draft>, problems: &mut Vec<Problem>) -> Self {
        let mut library = Self::new(catalog);
        for draft in drafts {
            let key = (draft.ix, draft.slug);
            if let Some(first) = library.documents.get(&key).and_then(|document| document.place.as_ref()) {
                let name = catalog.object(key.0).name;
                problems.push(Problem {
                    file: Some(draft.file),
                    position: Some(draft.at),
                    path: String::new(),
                    sentence: format!(
                        "There is a {name} \"{}\" already, in {}:{}:{}.",
                        key.1, first.file, first.at.line, first.at.column
                    ),
                });
                continue;
            }
            let place = Place { file: draft.file, at: draft.at, references: draft.references, lookups: draft.lookups };
            let Draft { fields, owner, position, .. } = draft;
            library.documents.insert(key, Document { fields, owner, position, place: Some(place) });
        }
        library
    }

    /// Lays the documents of `newer` over these: what they have takes the place of what is here, and content embedded in a
    /// document that is replaced goes unless the new one has it.
    pub fn overlay(&mut self, newer: Self) {
        let gone: HashSet<Key> = self
            .documents
            .keys()
            .filter(|key| self.owners(key).any(|key| newer.documents.contains_key(key)))
            .cloned()
            .collect();
        self.documents.retain(|key, _| !gone.contains(key));
        self.documents.extend(newer.documents);
    }

    /// Content, what embeds it, what embeds that …
    fn owners<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Key> {
        std::iter::successors(Some(key), |key| self.documents.get(key)?.owner.as_ref())
    }

    /// The document of a slug.
    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&Document> {
        self.documents.get(&(ix, slug.to_owned()))
    }
}

/// The library as derivations see it: documents found by name without building a key.
pub(super) struct View<'l> {
    documents: HashMap<&'static str, HashMap<&'l str, &'l Map<String, Json>>>,
}

impl<'l> View<'l> {
    pub fn of(library: &'l Library<'_>) -> Self {
        let mut documents: HashMap<_, HashMap<_, _>> = HashMap::new();
        for ((ix, slug), document) in &library.documents {
            let name = library.catalog.object(*ix).name;
            documents.entry(name).or_default().insert(slug.as_str(), &document.fields);
        }
        Self { documents }
    }
}

impl LibraryView for View<'_> {
    fn document(&self, type_name: &str, slug: &str) -> Option<&Map<String, Json>> {
        self.documents.get(type_name)?.get(slug).copied()
    }
}

/// Calls `found` for every reference of a canonical object, in the order of its declaration. What embedded content refers to
/// counts when `deep`.
pub(super) fn each_reference(
    catalog: &Catalog,
    object: &ObjectType,
    fields: &Map<String, Json>,
    deep: bool,
    path: &Path,
    found: &mut dyn FnMut(ObjectIx, &str, &Path),
) {
    for (key, field) in shape::fields(object) {
        let Some(value) = fields.get(key).filter(|value| !value.is_null()) else { continue };
        let path = path.key(key);
        if let Some(target) = shape::target(field) {
            each(value, &path, &mut |value, path| {
                if let Some(slug) = value.as_str() {
                    found(target, slug, path);
                }
            });
        } else if let Some(nested) = shape::nested(field).filter(|_| deep || shape::embedded(field).is_none()) {
            let nested = catalog.object(nested);
            each(value, &path, &mut |value, path| {
                if let Some(fields) = value.as_object() {
                    each_reference(catalog, nested, fields, deep, path, found);
                }
            });
        }
    }
}

/// The value, or each entry of it when it is a list.
fn each(value: &Json, path: &Path, found: &mut dyn FnMut(&Json, &Path)) {
    match value {
        Json::Array(values) => values.iter().enumerate().for_each(|(index, value)| found(value, &path.index(index))),
        value => found(value, path),
    }
}
