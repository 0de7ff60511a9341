//! The tables of a content type: the columns, part tables and link tables that store its fields, according to the catalog.

use std::{collections::HashMap, sync::Arc};

use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, ContentRole, Field, InDocument, Kind, Layout, Many, ObjectIx, ObjectType, Origin, Via},
        search,
    },
    library::document::shape,
};

pub(in crate::library) const ID: &str = "id";
/// The column with the revision that changed a record last.
pub(in crate::library) const REVISION: &str = "revision";
/// The column that orders parts, links and embedded records within their owner, from 1.
pub(in crate::library) const POSITION: &str = "position";
/// The column of a link table with the id of the record that refers to another one.
pub(in crate::library) const OWNER_ID: &str = "owner_id";
/// The column of a link table with the id of the record to which it refers.
pub(in crate::library) const TARGET_ID: &str = "target_id";

/// The table of former slugs, with the ids of the records.
pub(in crate::library) const FORMER_SLUG: &str = "former_slug";

/// Returns for each type of embedded records the type of their owner, and the column with the id of the owner.
pub(in crate::library) fn owners(tables: &[ContentTable<'_>]) -> HashMap<ObjectIx, (ObjectIx, &'static str)> {
    let embedded = |table: &ContentTable<'_>| {
        let ix = table.object.ix;
        table.embedded.iter().map(move |(_, target, column)| (*target, (ix, *column))).collect::<Vec<_>>()
    };
    tables.iter().flat_map(embedded).collect()
}

/// Returns the names of the tables that store records and search terms.
pub(in crate::library) fn names_of(tables: &[ContentTable<'_>]) -> Vec<&'static str> {
    tables.iter().flat_map(ContentTable::names).chain([search::BLOCKS]).collect()
}

/// The tables that store the fields of a content type.
pub(in crate::library) struct ContentTable<'c> {
    pub object: &'c ObjectType,
    pub name: &'static str,
    /// The columns that a publication writes, without id and revision.
    pub columns: Vec<Column<'c>>,
    /// The index in `columns` of the column with the slug.
    slug_at: Option<usize>,
    /// True for embedded records whose type does not declare `position`. A publication then writes this column in
    /// addition.
    pub adds_position: bool,
    pub parts: Vec<PartTable<'c>>,
    pub links: Vec<LinkTable<'c>>,
    /// Fields with embedded records: the field, the type of the records, and the column with the id of their owner.
    pub embedded: Vec<(&'c Field, ObjectIx, &'static str)>,
}

/// A column that stores a field.
pub(in crate::library) struct Column<'c> {
    pub name: &'static str,
    /// The key of the field in canonical documents.
    pub key: &'static str,
    pub field: &'c Field,
}

/// The table of a field with parts.
pub(in crate::library) struct PartTable<'c> {
    pub field: &'c Field,
    pub name: &'static str,
    /// The column with the id of the owner.
    pub owner: &'static str,
    pub columns: Vec<Column<'c>>,
    /// True if the parts do not declare `position`. A publication then writes this column in addition.
    pub adds_position: bool,
}

/// The table of a field with links.
pub(in crate::library) struct LinkTable<'c> {
    pub field: &'c Field,
    pub target: ObjectIx,
    pub document: InDocument,
    pub name: &'static str,
}

impl<'c> ContentTable<'c> {
    /// Returns the tables of all content types, in the order of the catalog.
    pub fn all(catalog: &'c Catalog) -> Vec<Self> {
        catalog.contents().map(|(object, role)| Self::of(catalog, object, role)).collect()
    }

    fn of(catalog: &'c Catalog, object: &'c ObjectType, role: &'c ContentRole) -> Self {
        let columns = columns_of(object);
        let slug_at = columns.iter().position(|column| column.key == shape::SLUG);
        let adds_position = role.layout == Layout::Embedded && lacks_position(&columns);
        let name = role.table;
        let (parts, links, embedded) = (Vec::new(), Vec::new(), Vec::new());
        let mut table = Self { object, name, columns, slug_at, adds_position, parts, links, embedded };
        for field in &object.fields {
            match &field.kind {
                Kind::Parts { part, owner } => {
                    let columns = columns_of(catalog.target(*part));
                    let adds_position = lacks_position(&columns);
                    table.parts.push(PartTable { field, name: part.table, owner, columns, adds_position });
                }
                Kind::Many(Many { target, via: Via::Link { table: name, reverse: false }, document, .. }) => {
                    table.links.push(LinkTable { field, target: target.ix, document: *document, name });
                }
                _ => {
                    if let Some((target, column)) = field.embedded() {
                        table.embedded.push((field, target, column));
                    }
                }
            }
        }
        table
    }
}

impl ContentTable<'_> {
    /// Returns the name of the column with the slug.
    pub fn slug(&self) -> &'static str {
        self.slug_at.map_or(shape::SLUG, |at| self.columns[at].name)
    }

    /// Returns the slug of a record from the values of its columns.
    pub fn slug_of<'r>(&self, columns: &'r [CanonicalValue]) -> Option<&'r Arc<str>> {
        columns[self.slug_at?].as_text()
    }

    /// Returns the names of all tables that store records of the type.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let (parts, links) = (self.parts.iter().map(|parts| parts.name), self.links.iter().map(|links| links.name));
        std::iter::once(self.name).chain(parts).chain(links)
    }

    pub fn index_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other.name == column)
    }
}

/// Returns the indexes of the tables in topological order: each table follows the tables to which its columns refer. Of
/// the tables in a cycle, one precedes a table to which it refers.
pub(in crate::library) fn parents_first(tables: &[ContentTable<'_>]) -> Vec<usize> {
    fn visit(tables: &[ContentTable<'_>], at: usize, seen: &mut [bool], order: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        for column in &tables[at].columns {
            if let Kind::One(target) = column.field.kind
                && let Some(parent) = tables.iter().position(|table| table.object.ix == target.ix)
            {
                visit(tables, parent, seen, order);
            }
        }
        order.push(at);
    }
    let (mut seen, mut order) = (vec![false; tables.len()], Vec::new());
    for at in 0..tables.len() {
        visit(tables, at, &mut seen, &mut order);
    }
    order
}

fn lacks_position(columns: &[Column<'_>]) -> bool {
    columns.iter().all(|column| column.name != POSITION)
}

fn columns_of(object: &ObjectType) -> Vec<Column<'_>> {
    let written = |field: &&Field| !matches!(field.kind, Kind::Id(_)) && !matches!(field.origin, Origin::Service);
    let fields = object.fields.iter().filter(written);
    fields.filter_map(|field| Some(Column { name: field.column?, key: field.name, field })).collect()
}
