//! Derivations and rules read only what is declared.

use std::{cell::Cell, collections::HashSet, sync::Arc};

use time::Date;

use super::{
    super::{
        content_table::ContentTable,
        documents::LoadedLibrary,
        record_map::{RecordKey, RecordMap},
        stored_record::links_of,
    },
    steps,
};
use crate::{
    content::catalog,
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{EmbeddedReads, Follows, InDocument, Kind, LibraryView, ObjectIx, Origin},
    },
    library::{checks::check::read_documents, files::starter::starter},
};

/// The records that one document follows by one path. `keys` has their keys, and `reduced` the documents of all records
/// of their type, with only the declared fields.
struct FollowedRecords<'l> {
    keys: HashSet<RecordKey>,
    reduced: &'l RecordMap<CanonicalObject>,
}

/// The view of a library that a derivation or a rule gets. It has only the document of the record itself, and the
/// declared fields of the records that the function follows. All other reads are recorded.
struct RecordingView<'l> {
    library: &'l LoadedLibrary<'l>,
    own: (ObjectIx, &'l str),
    followed: Vec<FollowedRecords<'l>>,
    declared: Cell<usize>,
    undeclared: Cell<Option<String>>,
}

impl LibraryView for RecordingView<'_> {
    fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject> {
        let ix = catalog().object_named(type_name)?.ix;
        if self.own == (ix, slug) {
            return LibraryView::document(self.library, type_name, slug);
        }
        if let Some(followed) = self.followed.iter().find(|followed| followed.keys.contains(&(ix, slug.into()))) {
            self.declared.set(self.declared.get() + 1);
            return followed.reduced.get(ix, slug);
        }
        self.undeclared.set(Some(format!("{type_name} {slug}")));
        None
    }
}

/// Returns the documents of a type with only these fields.
fn reduced(library: &LoadedLibrary<'_>, target: ObjectIx, fields: &[&str]) -> RecordMap<CanonicalObject> {
    let mut reduced = RecordMap::default();
    for (slug, document) in library.documents.of(target) {
        let selected = |key: &str, value: &CanonicalValue| {
            if fields.contains(&key) { value.clone() } else { CanonicalValue::Null }
        };
        let document = document.fields.iter().map(|(key, value)| (key, selected(key, value))).collect();
        reduced.insert((target, slug.clone()), document);
    }
    reduced
}

/// Returns the records to which a path leads from a document.
fn led_to(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
    table: &ContentTable<'_>,
    path: &str,
    slug: &Arc<str>,
) -> HashSet<RecordKey> {
    let mut keys = HashSet::from([(table.object.ix, Arc::clone(slug))]);
    for name in path.split('.') {
        let next = |(ix, slug): &RecordKey| -> Vec<RecordKey> {
            let table = tables.iter().find(|table| table.object.ix == *ix).unwrap();
            let fields = &library.documents.get(*ix, slug).unwrap().fields;
            if let Some(links) = table.links.iter().find(|links| links.field.name == name) {
                let all = links_of(library, table, links, slug, fields);
                return all.into_iter().map(|link| (links.target, link.target)).collect();
            }
            if let Some((_, target, _)) = table.embedded.iter().find(|(field, ..)| field.name == name) {
                let is_own = |owner: &Option<RecordKey>| owner.as_ref().is_some_and(|owner| *owner == (*ix, slug.clone()));
                let all = library.documents.of(*target).filter(|(_, document)| is_own(&document.owner));
                return all.map(|(slug, _)| (*target, Arc::clone(slug))).collect();
            }
            let column = table.columns.iter().find(|column| column.key == name).unwrap();
            let Kind::One(target) = column.field.kind else { panic!("{name} is not to-one") };
            fields.get(name).and_then(CanonicalValue::as_text).map(|slug| (target.ix, slug.clone())).into_iter().collect()
        };
        keys = keys.iter().flat_map(next).collect();
    }
    keys
}

/// Runs a derivation or a rule on all documents, with a recording view and with the library. Fails if the results
/// differ. Returns the number of declared reads.
fn compare<T: PartialEq + std::fmt::Debug>(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
    (table, name): (&ContentTable<'_>, &str),
    follows: &[Follows],
    function: impl Fn(&dyn LibraryView, &str, &CanonicalObject) -> T,
) -> usize {
    let follows = follows.iter().map(|follows| {
        let steps = steps(tables, table, follows.path).unwrap_or_else(|| panic!("{name} follows no fields: {follows:?}"));
        let target = tables.iter().find(|table| table.object.ix == steps.last().unwrap().target).unwrap();
        let is_loaded = |key: &&str| {
            let mut parts = target.parts.iter();
            target.columns.iter().any(|column| column.key == *key) || parts.any(|parts| parts.field.name == *key)
        };
        assert!(follows.fields.iter().all(is_loaded), "{name} follows columns and parts");
        (follows, reduced(library, target.object.ix, follows.fields))
    });
    let follows: Vec<_> = follows.collect();
    let mut reads = 0;
    for (slug, document) in library.documents.of(table.object.ix) {
        let followed = follows
            .iter()
            .map(|(follows, reduced)| FollowedRecords { keys: led_to(library, tables, table, follows.path, slug), reduced });
        let view = RecordingView {
            library,
            own: (table.object.ix, slug),
            followed: followed.collect(),
            declared: Cell::default(),
            undeclared: Cell::default(),
        };
        let found = function(&view, slug, &document.fields);
        assert_eq!(view.undeclared.take(), None, "{name} of {slug} reads it");
        assert_eq!(found, function(library, slug, &document.fields), "{name} of {slug}");
        reads += view.declared.get();
    }
    reads
}

/// Reports whether a derivation or a rule reads embedded records. Fails if it does not declare that, or if it also
/// reads other fields that it does not declare.
fn reads_embedded<T: PartialEq + std::fmt::Debug>(
    library: &LoadedLibrary<'_>,
    table: &ContentTable<'_>,
    declared: EmbeddedReads,
    function: impl Fn(&dyn LibraryView, &str, &CanonicalObject) -> T,
) -> bool {
    let is_embedded = |key: &str| table.object.field(key).is_some_and(|field| field.embedded().is_some());
    let mut reads = false;
    for (slug, document) in library.documents.of(table.object.ix) {
        let only = |is_selected: &dyn Fn(&str) -> bool| -> CanonicalObject {
            let selected = |(key, value): (&'static str, &CanonicalValue)| {
                (key, if is_selected(key) { value.clone() } else { CanonicalValue::Null })
            };
            document.fields.iter().map(selected).collect()
        };
        let found = function(library, slug, &document.fields);
        let without_embedded = function(library, slug, &only(&|key| !is_embedded(key)));
        match declared {
            EmbeddedReads::None => assert_eq!(found, without_embedded, "the embedded records of {slug} are read"),
            EmbeddedReads::With(fields) => {
                let declared = only(&|key| is_embedded(key) || fields.contains(&key));
                assert_eq!(found, function(library, slug, &declared), "other fields of {slug} are read as well");
            }
        }
        reads |= found != without_embedded;
    }
    reads
}

#[test]
fn a_derivation_or_a_rule_reads_embedded_records_only_if_it_declares_that() {
    let files = starter();
    let library = read_documents(catalog(), &files, Date::MAX).library;
    let tables = ContentTable::all(catalog());
    let mut reading = 0;
    for table in tables.iter().filter(|table| table.object.with_own_documents().is_some()) {
        for field in &table.object.fields {
            if let Origin::Derived(derive) = field.origin {
                reading += usize::from(reads_embedded(&library, table, field.embedded_reads, derive));
            }
        }
        for links in &table.links {
            if let InDocument::Derived(derive) = links.document {
                reading += usize::from(reads_embedded(&library, table, links.field.embedded_reads, derive));
            }
        }
        for rule in table.object.content().into_iter().flat_map(|role| role.rules) {
            reading += usize::from(reads_embedded(&library, table, rule.embedded_reads, rule.check));
        }
    }
    assert!(reading > 0, "no declaration was needed");
}

#[test]
fn a_derivation_or_a_rule_reads_only_what_it_follows() {
    let files = starter();
    let library = read_documents(catalog(), &files, Date::MAX).library;
    let tables = ContentTable::all(catalog());
    for table in &tables {
        for field in &table.object.fields {
            let name = format!("{}.{}", table.object.name, field.name);
            let subject = (table, &*name);
            let derived = match (&field.origin, table.links.iter().find(|links| links.field.name == field.name)) {
                (Origin::Derived(derive), _) => Some(compare(&library, &tables, subject, &field.follows, derive)),
                (_, Some(links)) => match links.document {
                    InDocument::Derived(derive) => Some(compare(&library, &tables, subject, &field.follows, derive)),
                    _ => None,
                },
                _ => None,
            };
            assert_eq!(derived.is_some_and(|reads| reads > 0), !field.follows.is_empty(), "{name} declares its reads");
        }
        for rule in table.object.content().into_iter().flat_map(|role| role.rules) {
            let reads = compare(&library, &tables, (table, "a rule"), rule.follows, rule.check);
            assert_eq!(reads > 0, !rule.follows.is_empty(), "a rule of {} declares its reads", table.object.name);
        }
    }
}
