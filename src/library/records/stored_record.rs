//! Records as the database stores them, but with slugs instead of ids. If the records before and after a publication are equal,
//! nothing is written.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use super::{
    content_table::{Column, ContentTable, LinkTable, PartTable},
    documents::{Document, LoadedLibrary, each_reference},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::InDocument,
    },
    library::problem::Path,
};

/// A record as the database stores it. Each list is in the order of the list of the same name in its [`ContentTable`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::library) struct StoredRecord {
    /// Its position in the list in which it is embedded, if the table adds a position.
    pub position: Option<i32>,
    pub columns: Vec<CanonicalValue>,
    /// For each field with parts, the columns of each part.
    pub parts: Vec<Vec<Vec<CanonicalValue>>>,
    pub links: Vec<Vec<Link>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::library) struct Link {
    pub target: Arc<str>,
    /// The boolean columns, in the order of their names.
    pub flags: Vec<(Cow<'static, str>, bool)>,
}

impl StoredRecord {
    /// Returns the record of a document, with its derived fields.
    pub fn of(library: &LoadedLibrary<'_>, table: &ContentTable<'_>, slug: &str, document: &Document) -> Self {
        let links = table.links.iter().map(|links| links_of(library, table, links, slug, &document.fields));
        Self {
            position: position_of(table, document.position),
            columns: columns_of(library, table, slug, &document.fields),
            parts: table.parts.iter().map(|parts| parts_of(parts, &document.fields).collect()).collect(),
            links: links.collect(),
        }
    }
}

/// Returns the position of an embedded record, if its table adds a position.
pub(in crate::library) fn position_of(table: &ContentTable<'_>, position: Option<usize>) -> Option<i32> {
    position.filter(|_| table.adds_position).and_then(|position| i32::try_from(position).ok())
}

/// Returns the columns of a document, with derived fields.
pub(in crate::library) fn columns_of(
    library: &LoadedLibrary<'_>,
    table: &ContentTable<'_>,
    slug: &str,
    fields: &CanonicalObject,
) -> Vec<CanonicalValue> {
    table.columns.iter().map(|column| column_of(library, table, column, slug, fields)).collect()
}

pub(in crate::library) fn column_of(
    library: &LoadedLibrary<'_>,
    table: &ContentTable<'_>,
    column: &Column<'_>,
    slug: &str,
    fields: &CanonicalObject,
) -> CanonicalValue {
    let derived = library.derived(table.object.ix, slug, column.field, fields);
    derived.unwrap_or_else(|| fields.get(column.key).cloned().unwrap_or_default())
}

/// Returns the columns of each part of a document.
pub(in crate::library) fn parts_of<'a>(
    parts: &'a PartTable<'_>,
    fields: &'a CanonicalObject,
) -> impl Iterator<Item = Vec<CanonicalValue>> + 'a {
    let columns = move |part: &CanonicalValue| {
        let value = |column: &Column<'_>| part.as_object()?.get(column.key).cloned();
        parts.columns.iter().map(|column| value(column).unwrap_or_default()).collect()
    };
    fields.list(parts.field.name).iter().map(columns)
}

/// Returns the links of a document, including derived links.
pub(in crate::library) fn links_of(
    library: &LoadedLibrary<'_>,
    table: &ContentTable<'_>,
    links: &LinkTable<'_>,
    slug: &str,
    fields: &CanonicalObject,
) -> Vec<Link> {
    let plain = |target: &Arc<str>| Link { target: Arc::clone(target), flags: Vec::new() };
    match links.document {
        InDocument::Slugs => fields.list(links.field.name).iter().filter_map(CanonicalValue::as_text).map(plain).collect(),
        InDocument::Mentions(deep) => {
            let (mut seen, mut mentioned) = (HashSet::new(), Vec::new());
            each_reference(&library.references, table.object.ix, fields, deep, &Path::Root, &mut |target, other, _| {
                let itself = target == table.object.ix && **other == *slug;
                if target == links.target && !itself && seen.insert(Arc::clone(other)) {
                    mentioned.push(plain(other));
                }
            });
            mentioned
        }
        InDocument::Derived(derive) => derive(library, slug, fields)
            .into_iter()
            .map(|link| {
                let mut flags: Vec<_> = link.flags.into_iter().map(|(name, on)| (Cow::Borrowed(name), on)).collect();
                flags.sort_unstable();
                Link { target: link.target, flags }
            })
            .collect(),
        InDocument::Absent | InDocument::Embedded => Vec::new(),
    }
}
