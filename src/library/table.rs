//! Tables: where the fields of content stand in the database, as the catalog gives it.

use super::shape;
use crate::engine::{
    catalog::{Catalog, ContentRole, Field, InDocument, Kind, Layout, Many, ObjectIx, ObjectType, Origin, Role, Via},
    search,
};

/// The column that is the primary key of content.
pub(super) const ID: &str = "id";
/// The column with the revision in which content last changed.
pub(super) const REVISION: &str = "revision";
/// The column that orders parts, links and embedded content within their owner, from 1.
pub(super) const POSITION: &str = "position";
/// The column of a link table that names the content that links.
pub(super) const OWNER_ID: &str = "owner_id";
/// The column of a link table that names the content that is linked to.
pub(super) const TARGET_ID: &str = "target_id";

/// The column of the search index that names the content.
pub(super) const RECORD_ID: &str = "record_id";

/// The names of all tables that an import writes, beside that of revisions.
pub(super) fn names_of(tables: &[Table<'_>]) -> Vec<&'static str> {
    tables.iter().flat_map(Table::names).chain([search::TERMS]).collect()
}

/// Where the fields of a content type stand.
pub(super) struct Table<'c> {
    pub object: &'c ObjectType,
    pub name: &'static str,
    /// Columns that an import writes, besides id and revision.
    pub columns: Vec<Column<'c>>,
    /// It is embedded content that declares no position: the column is written besides.
    pub counted: bool,
    pub parts: Vec<PartTable<'c>>,
    pub links: Vec<LinkTable<'c>>,
    /// Fields with embedded content.
    pub embedded: Vec<(&'c Field, ObjectIx, &'static str)>,
}

/// A column that holds a field.
pub(super) struct Column<'c> {
    pub name: &'static str,
    /// The key of the field in canonical documents.
    pub key: &'static str,
    pub field: &'c Field,
}

/// The rows of a field with parts.
pub(super) struct PartTable<'c> {
    pub field: &'c Field,
    pub name: &'static str,
    /// The column that names the owner.
    pub owner: &'static str,
    pub columns: Vec<Column<'c>>,
    /// They declare no position: the column is written besides.
    pub counted: bool,
}

/// The rows of a field with links.
pub(super) struct LinkTable<'c> {
    pub field: &'c Field,
    pub target: ObjectIx,
    pub document: InDocument,
    pub name: &'static str,
}

impl<'c> Table<'c> {
    /// The tables of all content types, in the order of the catalog.
    pub fn all(catalog: &'c Catalog) -> Vec<Self> {
        catalog.contents().map(|(object, role)| Self::of(catalog, object, role)).collect()
    }

    fn of(catalog: &'c Catalog, object: &'c ObjectType, role: &'c ContentRole) -> Self {
        let columns = columns_of(object);
        let counted = role.layout == Layout::Embedded && is_counted(&columns);
        let name = role.table;
        let (parts, links, embedded) = (Vec::new(), Vec::new(), Vec::new());
        let mut table = Self { object, name, columns, counted, parts, links, embedded };
        for field in &object.fields {
            match &field.kind {
                Kind::Parts { part, owner } => {
                    let object = catalog.object(*part);
                    let columns = columns_of(object);
                    if let Role::Part { table: name } = object.role {
                        let counted = is_counted(&columns);
                        table.parts.push(PartTable { field, name, owner, columns, counted });
                    }
                }
                Kind::Many(Many { target, via: Via::Link { table: name, reverse: false }, document, .. }) => {
                    table.links.push(LinkTable { field, target: *target, document: *document, name });
                }
                _ => {
                    if let Some((target, column)) = shape::embedded(field) {
                        table.embedded.push((field, target, column));
                    }
                }
            }
        }
        table
    }
}

impl Table<'_> {
    /// The column with the slug.
    pub fn slug(&self) -> &'static str {
        self.columns.iter().find(|column| column.key == shape::ID).map_or(shape::ID, |column| column.name)
    }

    /// The tables that its content stands in.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let (parts, links) = (self.parts.iter().map(|parts| parts.name), self.links.iter().map(|links| links.name));
        std::iter::once(self.name).chain(parts).chain(links)
    }

    /// Where a column stands among [`Self::columns`].
    pub fn place_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other.name == column)
    }
}

/// The places of tables in an order in which each comes after those that its columns refer to, but for circles.
pub(super) fn parents_first(tables: &[Table<'_>]) -> Vec<usize> {
    fn visit(tables: &[Table<'_>], at: usize, seen: &mut [bool], order: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        for column in &tables[at].columns {
            if let Kind::One(target) = column.field.kind
                && let Some(parent) = tables.iter().position(|table| table.object.ix == target)
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

/// Whether none of the columns is the position.
fn is_counted(columns: &[Column<'_>]) -> bool {
    columns.iter().all(|column| column.name != POSITION)
}

fn columns_of(object: &ObjectType) -> Vec<Column<'_>> {
    let written = |field: &&Field| !matches!(field.kind, Kind::Id) && !matches!(field.origin, Origin::Service);
    let column = |field| Column { name: field_column(field), key: shape::key_of(object, field), field };
    object.fields.iter().filter(written).filter(|field| field.column.is_some()).map(column).collect()
}

fn field_column(field: &Field) -> &'static str {
    field.column.unwrap_or(field.name)
}
