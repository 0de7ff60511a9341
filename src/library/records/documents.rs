//! The documents and records on which a publication works, by type and slug.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::{self, Display},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    ids::Ids,
    record_map::{RecordKey, RecordMap},
    stored_record::StoredRecord,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, LibraryView, ObjectIx, Origin, with_article},
    },
    library::{
        document::{
            read::{Draft, Lookup, Reference},
            shape::{ReferenceField, ReferenceKind, References, SLUG},
        },
        problem::{Path, Position, Problem, ProblemCode, ProblemLocation},
    },
};

#[derive(Clone, Debug)]
pub(in crate::library) struct Document {
    /// The canonical document.
    pub fields: CanonicalObject,
    /// The record in whose document it is embedded.
    pub owner: Option<RecordKey>,
    /// Its position in the list that it is embedded in, from 1.
    pub position: Option<usize>,
    /// Where the document was read; `None` if it was loaded from the database.
    pub location: Option<DocumentLocation>,
}

impl Document {
    /// Returns where problems of the slug are reported. Empty if the document was loaded from the database.
    pub fn slug_location(&self) -> ProblemLocation {
        let Some(location) = &self.location else { return ProblemLocation::default() };
        let dot = if location.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{SLUG}", location.path);
        ProblemLocation { file: Some(Arc::clone(&location.file)), position: Some(location.at), path }
    }
}

/// Where a document was read, with its texts that must occur elsewhere in the library, and its references.
#[derive(Clone, Debug)]
pub(in crate::library) struct DocumentLocation {
    pub file: Arc<str>,
    /// The path of the record within an argument. Empty in a file, which has positions.
    pub path: String,
    pub at: Position,
    pub lookups: Vec<Lookup>,
    /// Its references with their positions. Empty for a document in a file: the file is read again if they are needed.
    pub references: Vec<Reference>,
}

impl Display for DocumentLocation {
    /// Writes the file and the position, or the path of an argument, which has no lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.at.line == 0 { Ok(()) } else { write!(f, ":{}:{}", self.at.line, self.at.column) }
    }
}

/// The part of a library that a publication works on: all of it, or the documents that it saves or derives again.
#[derive(Debug)]
pub(in crate::library) struct LoadedLibrary<'c> {
    pub catalog: &'c Catalog,
    pub references: References,
    /// The documents that are checked, compared with the database and written, as they are after the publication.
    pub documents: RecordMap<Document>,
    /// Documents that checks and derivations read, and that the publication does not change. They have only the fields
    /// that are columns or parts.
    pub context: RecordMap<Document>,
    /// The records of the database that are compared with `documents`. A record without a document is removed.
    pub stored: RecordMap<StoredRecord>,
    /// The ids of all records in `stored` and of all records to which these and `documents` refer.
    pub ids: Ids,
    /// The records that were removed with [`Self::remove`], each with the location at which a remaining reference to it
    /// is reported. A record that is also in `documents` was replaced.
    pub removed: HashMap<RecordKey, ProblemLocation>,
    /// The documents whose embedded records are not loaded, each with the stored values of the derived fields that read them.
    pub without_embedded: RecordMap<Vec<(&'static str, CanonicalValue)>>,
    /// True if some records that refer to removed records are not loaded, because there are too
    /// many.
    pub has_more_referrers: bool,
    missing: Mutex<Missing>,
}

/// What checks and derivations did not find in a part of a library.
#[derive(Debug, Default)]
pub(in crate::library) struct Missing {
    /// The documents that they would read.
    pub documents: BTreeSet<RecordKey>,
    /// The references to records that do not exist.
    pub dangling: BTreeSet<RecordKey>,
}

impl<'c> LoadedLibrary<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            references: References::of_all(catalog),
            documents: RecordMap::default(),
            context: RecordMap::default(),
            stored: RecordMap::default(),
            ids: Ids::default(),
            removed: HashMap::new(),
            without_embedded: RecordMap::default(),
            has_more_referrers: false,
            missing: Mutex::default(),
        }
    }

    /// Adds documents that were read. Two documents of a type with the same slug are a problem.
    pub fn add(&mut self, drafts: Vec<Draft>, problems: &mut Vec<Problem>) {
        for draft in drafts {
            let Draft { ix, slug, fields, owner, position, file, path, at, references, lookups } = draft;
            let location = DocumentLocation { file: Arc::clone(&file), path: path.clone(), at, lookups, references };
            let location = Some(location);
            let document = Document { fields, owner, position, location };
            let Err(first) = self.documents.add((ix, Arc::clone(&slug)), document) else { continue };
            let there = first.location.as_ref().map(|first| format!(", in {first}"));
            let (name, there) = (with_article(self.catalog.object(ix).name), there.unwrap_or_default());
            let sentence = format!("There is already {name} \"{slug}\"{there}.");
            let (file, code) = (Some(file), ProblemCode::Invalid);
            problems.push(Problem { file, position: Some(at), path, sentence, code, details: None });
        }
    }

    /// Replaces documents by those of `newer` with the same slug. Records that are embedded in a replaced document are
    /// removed, unless `newer` has them.
    pub fn overlay(&mut self, newer: RecordMap<Document>) {
        self.remove(|ix, slug| newer.get(ix, slug).map(Document::slug_location));
        self.documents.append(newer);
    }

    /// Returns the documents of `newer`, which will replace documents of this library. If a
    /// document of `newer` leaves out a field with embedded records, these records are copied from
    /// this library. `omitted` lists these fields, each with the record of the document.
    pub fn with_stored_embedded(
        &self,
        mut newer: RecordMap<Document>,
        omitted: &[(RecordKey, &'static str)],
    ) -> RecordMap<Document> {
        for (key, name) in omitted {
            let (ix, slug) = key;
            let Some((target, _)) = self.catalog.object(*ix).field(name).and_then(Field::embedded) else { continue };
            let (Some(stored), Some(document)) = (self.documents.get(*ix, slug), newer.get_mut(*ix, slug)) else { continue };
            document.fields = document.fields.with(name, &stored.fields.value(name));
            for (ix, slug, document) in self.documents.iter() {
                let own = (ix, Arc::clone(slug));
                let chain: Vec<&RecordKey> = std::iter::once(&own).chain(self.owners(document)).collect();
                // A record is in this field, at any depth, if its chain of owners leads to `key` through a record of
                // type `target`.
                if chain.windows(2).any(|pair| pair[0].0 == target && pair[1] == key) {
                    newer.insert(own.clone(), document.clone());
                }
            }
        }
        newer
    }

    /// Removes the documents for which `location` returns a location, and the documents that are embedded in them. The
    /// location is where the edit names the record.
    pub fn remove(&mut self, location: impl Fn(ObjectIx, &str) -> Option<ProblemLocation>) {
        let location_of = |ix, slug: &str, document: &Document| {
            location(ix, slug).or_else(|| self.owners(document).find_map(|(ix, slug)| location(*ix, slug)))
        };
        let documents = self.documents.iter();
        let removed = documents
            .filter_map(|(ix, slug, document)| Some(((ix, Arc::clone(slug)), location_of(ix, slug, document)?)))
            .collect::<HashMap<_, _>>();
        self.documents.retain(|ix, slug| !removed.contains_key(&(ix, Arc::clone(slug))));
        self.removed.extend(removed);
    }

    /// Returns the owner of a document, then the owner of this owner, and so on.
    pub fn owners<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a RecordKey> {
        std::iter::successors(document.owner.as_ref(), |(ix, slug)| self.documents.get(*ix, slug)?.owner.as_ref())
    }

    /// Returns the document of a slug. If it is not loaded, but the record may exist, adds it to the missing documents.
    pub fn get(&self, ix: ObjectIx, slug: &str) -> Option<&Document> {
        let found = self.documents.get(ix, slug);
        if found.is_some() || self.stored.contains(ix, slug) {
            return found;
        }
        let read = self.context.get(ix, slug);
        if read.is_none() {
            self.missing().documents.insert((ix, slug.into()));
        }
        read
    }

    /// Reports whether a record exists after the publication. The caller must have loaded the record or its id.
    pub fn exists(&self, ix: ObjectIx, slug: &str) -> bool {
        self.documents.contains(ix, slug) || (self.ids.id(ix, slug).is_some() && !self.stored.contains(ix, slug))
    }

    /// Reports whether a record of the database is in [`Self::stored`].
    pub fn has_loaded(&self, ix: ObjectIx, id: i64) -> bool {
        self.ids.slug_of(id).is_ok_and(|slug| self.stored.contains(ix, slug))
    }

    /// Returns the value of a derived field of a document; `None` if the field is not derived. A field that reads embedded
    /// records which are not loaded has its stored value, because the edit changes nothing that it reads.
    pub fn derived(&self, ix: ObjectIx, slug: &str, field: &Field, fields: &CanonicalObject) -> Option<CanonicalValue> {
        let Origin::Derived(derive) = field.origin else { return None };
        let stored = self.without_embedded.get(ix, slug).into_iter().flatten().find(|(name, _)| *name == field.name);
        Some(stored.map_or_else(|| derive(self, slug, fields), |(_, value)| value.clone()))
    }

    /// Returns what checks and derivations have not found since `Loader::missing` last emptied
    /// these sets.
    pub fn missing(&self) -> MutexGuard<'_, Missing> {
        // A set stays valid if a thread panics while it holds the lock.
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the loaded slugs of the records of a type that exist after the publication: first those of which only
    /// the id is loaded, then those with a document.
    pub fn loaded_slugs(&self, ix: ObjectIx) -> impl Iterator<Item = &Arc<str>> {
        let others = self.ids.of(ix).filter(move |slug| !self.documents.contains(ix, slug) && self.exists(ix, slug));
        others.chain(self.documents.of(ix).map(|(slug, _)| slug))
    }
}

impl LibraryView for LoadedLibrary<'_> {
    fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject> {
        let object = self.catalog.object_named(type_name)?;
        self.get(object.ix, slug).map(|document| &document.fields)
    }
}

/// Calls `found` with every reference in a canonical object, in the order of the declaration. With `deep`, it includes the
/// references in embedded records.
pub(in crate::library) fn each_reference(
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
