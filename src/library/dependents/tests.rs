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

/// A library in which a derivation finds its own document and the declared fields of the records that it follows. It records
/// undeclared reads.
struct RecordingView<'l> {
    library: &'l Library<'l>,
    own: (ObjectIx, &'l str),
    followed: HashSet<RecordKey>,
    /// Documents with only the declared fields.
    reduced: &'l RecordMap<CanonicalObject>,
    declared: Cell<usize>,
    undeclared: Cell<Option<String>>,
}

impl LibraryView for RecordingView<'_> {
    fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject> {
        let ix = catalog().object_named(type_name)?.ix;
        if self.own == (ix, slug) {
            return LibraryView::document(self.library, type_name, slug);
        }
        if self.followed.contains(&(ix, slug.into())) {
            self.declared.set(self.declared.get() + 1);
            return self.reduced.get(ix, slug);
        }
        self.undeclared.set(Some(format!("{type_name} {slug}")));
        None
    }
}

/// Returns the documents of a type with only the fields that are followed.
fn reduced(library: &Library<'_>, table: &ContentTable<'_>, field: &Field) -> RecordMap<CanonicalObject> {
    let mut reduced = RecordMap::default();
    let of_field = |follows: &Follows| field.follows == Some(*follows);
    if let Some(followed) = followed(table).find(|followed| of_field(&followed.follows)) {
        for (slug, document) in library.documents.of(followed.target) {
            let kept = |key: &str, value: &CanonicalValue| {
                if followed.follows.fields.contains(&key) { value.clone() } else { CanonicalValue::Null }
            };
            let document = document.fields.iter().map(|(key, value)| (key, kept(key, value))).collect();
            reduced.insert((followed.target, slug.clone()), document);
        }
    }
    reduced
}

/// Derives a field of all documents from a recording view and from the library. Returns the number of declared reads.
fn compare<T: PartialEq + std::fmt::Debug>(
    library: &Library<'_>,
    table: &ContentTable<'_>,
    field: &Field,
    derive: impl Fn(&dyn LibraryView, &str, &CanonicalObject) -> T,
) -> usize {
    let reduced = reduced(library, table, field);
    let links = field.follows.map(|follows| {
        let links = table.links.iter().find(|links| links.field.name == follows.links);
        links.unwrap_or_else(|| panic!("{} follows {}, which has no links", field.name, follows.links))
    });
    let mut reads = 0;
    for (slug, document) in library.documents.of(table.object.ix) {
        let followed = links.iter().flat_map(|links| {
            let all = links_of(library, table, links, slug, &document.fields);
            all.into_iter().map(|link| (links.target, link.target))
        });
        let view = RecordingView {
            library,
            own: (table.object.ix, slug),
            followed: followed.collect(),
            reduced: &reduced,
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
        for followed in followed(table) {
            let target = tables.iter().find(|table| table.object.ix == followed.target).unwrap();
            let is_column = |field: &&str| target.columns.iter().any(|column| column.key == *field);
            assert!(followed.follows.fields.iter().all(|field| is_column(&field)), "{:?} are columns", followed.follows);
        }
        for field in &table.object.fields {
            let derived = match (&field.origin, table.links.iter().find(|links| links.field.name == field.name)) {
                (Origin::Derived(derive), _) => Some(compare(&library, table, field, derive)),
                (_, Some(links)) => match links.document {
                    InDocument::Derived(derive) => Some(compare(&library, table, field, derive)),
                    _ => None,
                },
                _ => None,
            };
            let follows = field.follows.is_some();
            assert!(derived.is_some() || !follows, "{}.{} is not derived", table.object.name, field.name);
            assert_eq!(derived.is_some_and(|reads| reads > 0), follows, "{}.{}", table.object.name, field.name);
        }
    }
}
