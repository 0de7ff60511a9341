//! Derivations read only what their fields declare.

use std::{cell::Cell, collections::HashSet};

use super::{
    super::{
        check::read_documents,
        content_table::ContentTable,
        documents::Library,
        record_map::{RecordKey, RecordMap},
        starter::starter,
        stored_record::links_of,
    },
    followed,
};
use crate::{
    content::catalog,
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Field, Follows, InDocument, LibraryView, ObjectIx, Origin},
    },
};

/// Records that a field follows: the keys of those that one document follows, and the documents of all with only the
/// declared fields.
struct FollowedRecords<'l> {
    keys: HashSet<RecordKey>,
    reduced: &'l RecordMap<CanonicalObject>,
}

/// A library in which a derivation finds its own document and the declared fields of the records that it follows. It records
/// undeclared reads.
struct RecordingView<'l> {
    library: &'l Library<'l>,
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
fn reduced(library: &Library<'_>, target: ObjectIx, fields: &[&str]) -> RecordMap<CanonicalObject> {
    let mut reduced = RecordMap::default();
    for (slug, document) in library.documents.of(target) {
        let kept = |key: &str, value: &CanonicalValue| {
            if fields.contains(&key) { value.clone() } else { CanonicalValue::Null }
        };
        let document = document.fields.iter().map(|(key, value)| (key, kept(key, value))).collect();
        reduced.insert((target, slug.clone()), document);
    }
    reduced
}

/// Returns the keys of the records to which a field leads.
fn led_to(
    library: &Library<'_>,
    table: &ContentTable<'_>,
    follows: &Follows,
    target: ObjectIx,
    (slug, fields): (&str, &CanonicalObject),
) -> HashSet<RecordKey> {
    if let Some(links) = table.links.iter().find(|links| links.field.name == follows.field) {
        let all = links_of(library, table, links, slug, fields);
        return all.into_iter().map(|link| (target, link.target)).collect();
    }
    fields.get(follows.field).and_then(CanonicalValue::as_text).map(|slug| (target, slug.clone())).into_iter().collect()
}

/// Derives a field of all documents from a recording view and from the library. Returns the number of declared reads.
fn compare<T: PartialEq + std::fmt::Debug>(
    library: &Library<'_>,
    table: &ContentTable<'_>,
    field: &Field,
    derive: impl Fn(&dyn LibraryView, &str, &CanonicalObject) -> T,
) -> usize {
    let follows = field.follows.iter().map(|follows| {
        let (_, target) = followed(table, follows).unwrap_or_else(|| panic!("{} follows no field: {follows:?}", field.name));
        (follows, target, reduced(library, target, follows.fields))
    });
    let follows: Vec<_> = follows.collect();
    let mut reads = 0;
    for (slug, document) in library.documents.of(table.object.ix) {
        let followed = follows.iter().map(|(follows, target, reduced)| FollowedRecords {
            keys: led_to(library, table, follows, *target, (slug, &document.fields)),
            reduced,
        });
        let view = RecordingView {
            library,
            own: (table.object.ix, slug),
            followed: followed.collect(),
            declared: Cell::default(),
            undeclared: Cell::default(),
        };
        let derived = derive(&view, slug, &document.fields);
        assert_eq!(view.undeclared.take(), None, "{}.{} of {slug} reads it", table.object.name, field.name);
        assert_eq!(derived, derive(library, slug, &document.fields), "{}.{} of {slug}", table.object.name, field.name);
        reads += view.declared.get();
    }
    reads
}

#[test]
fn a_derivation_reads_only_what_its_field_follows() {
    let files = starter();
    let library = read_documents(catalog(), &files).library;
    let tables = ContentTable::all(catalog());
    for table in &tables {
        for field in &table.object.fields {
            let name = format!("{}.{}", table.object.name, field.name);
            let derived = match (&field.origin, table.links.iter().find(|links| links.field.name == field.name)) {
                (Origin::Derived(derive), _) => Some(compare(&library, table, field, derive)),
                (_, Some(links)) => match links.document {
                    InDocument::Derived(derive) => Some(compare(&library, table, field, derive)),
                    _ => None,
                },
                _ => None,
            };
            assert_eq!(derived.is_some_and(|reads| reads > 0), !field.follows.is_empty(), "{name} declares its reads");
            for follows in &field.follows {
                let (_, target) = followed(table, follows).unwrap();
                let target = tables.iter().find(|table| table.object.ix == target).unwrap();
                let is_column = |key: &&str| target.columns.iter().any(|column| column.key == *key);
                assert!(follows.fields.iter().all(|key| is_column(&key)), "{name} follows columns");
            }
        }
    }
}
