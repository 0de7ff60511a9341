//! Records that depend on those of an edit: records whose derived fields follow a changed record, and records that refer to a
//! removed one.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait as _, Query},
};

use super::{
    content_table::{Column, ContentTable, ID, LinkTable, OWNER_ID, TARGET_ID},
    differences::Changes,
    documents::Library,
    error::LibraryError,
    ids::Ids,
    insert::MAX_ROWS,
    load::Loader,
    row_reader::{IdsByType, value},
    shape::ReferenceKind,
};
use crate::engine::catalog::{Follows, InDocument, Kind, ObjectIx, Origin};

/// Maximum number of referring records of each type that are loaded to report them. An editor corrects a few and tries again.
const MAX_REFERRERS: usize = 100;

/// Number of ids for which one statement searches JSON.
const MAX_PATTERNS: usize = 100;

/// Where the database stores references: a table, its column with the id of the referring record, and its column with the
/// id of the other record.
type References = (&'static str, &'static str, &'static str);

/// Returns the references that a derived field follows, and the type of the records to which they lead. `None` if the field
/// that it follows is neither to-one nor has links.
fn followed(table: &ContentTable<'_>, follows: &Follows) -> Option<(References, ObjectIx)> {
    if let Some(links) = table.links.iter().find(|links| links.field.name == follows.field) {
        return Some(((links.name, OWNER_ID, TARGET_ID), links.target));
    }
    let column = table.columns.iter().find(|column| column.key == follows.field)?;
    match column.field.kind {
        Kind::One(target) => Some(((table.name, ID, column.name), target.ix)),
        _ => None,
    }
}

impl<'c, C: ConnectionTrait> Loader<'_, 'c, C> {
    /// Loads the records whose derived fields follow a changed record. Returns false if all are loaded.
    ///
    /// The references are those before the publication. They lead to every record whose derived fields can change, because a
    /// derivation that reads a changed record has read it before.
    pub async fn dependents(&self, library: &mut Library<'c>, changes: &Changes) -> Result<bool, LibraryError> {
        let mut found = IdsByType::new();
        for table in self.rows.tables {
            let ix = table.object.ix;
            let mut read: BTreeSet<(References, i64)> = BTreeSet::new();
            for follows in table.object.fields.iter().flat_map(|field| &field.follows) {
                let Some((references, target)) = followed(table, follows) else { continue };
                let at = self.rows.tables.iter().position(|table| table.object.ix == target);
                let changed = at.map(|at| changes.changed[at].as_slice()).unwrap_or_default();
                let changed = changed.iter().filter(|record| follows.fields.iter().any(|field| record.has_changed(field)));
                let changed = changed.filter_map(|record| library.ids.id(target, &record.slug));
                let changed: Vec<i64> = changed.filter(|id| read.insert((references, *id))).collect();
                self.referring(library, ix, references, &changed, &mut found).await?;
            }
        }
        let any = !found.is_empty();
        self.records(library, found).await?;
        Ok(any)
    }

    /// Loads records that refer to removed records, so that their references are checked.
    ///
    /// References are found through foreign keys and links. References in JSON have a link as well, where the type declares
    /// `mentions`; other JSON columns are searched, which only a removal does.
    pub async fn referrers(&self, library: &mut Library<'c>) -> Result<(), LibraryError> {
        let mut removed = IdsByType::new();
        for (ix, slug, _) in library.stored.iter().filter(|(ix, slug, _)| !library.documents.contains(*ix, slug)) {
            removed.entry(ix).or_default().extend(library.ids.id(ix, slug));
        }
        let mut found = IdsByType::new();
        for (target, ids) in removed {
            let ids: Vec<i64> = ids.into_iter().collect();
            for table in self.rows.tables {
                let refers = |kind: &Kind| matches!(kind, Kind::One(one) if one.ix == target);
                let keys = table.columns.iter().filter(|column| refers(&column.field.kind));
                let keys = keys.map(|column| (table.name, ID, column.name));
                let of_parts = table.parts.iter().flat_map(|parts| {
                    let keys = parts.columns.iter().filter(|column| refers(&column.field.kind));
                    keys.map(|column| (parts.name, parts.owner, column.name))
                });
                let links = table.links.iter().filter(|links| links.target == target);
                let links = links.map(|links| (links.name, OWNER_ID, TARGET_ID));
                for reference in keys.chain(of_parts).chain(links) {
                    self.referring(library, table.object.ix, reference, &ids, &mut found).await?;
                }
                for (name, owner, column) in unlinked(library, table, target) {
                    self.containing(library, table.object.ix, (name, owner, column), &ids, &mut found).await?;
                }
            }
        }
        let few = |(ix, ids): (_, BTreeSet<i64>)| (ix, ids.into_iter().take(MAX_REFERRERS).collect());
        self.records(library, found.into_iter().map(few).collect()).await
    }

    /// Finds the records of a type that refer to one of these ids and are not loaded.
    async fn referring(
        &self,
        library: &Library<'_>,
        ix: ObjectIx,
        (table, owner, target): References,
        ids: &[i64],
        found: &mut IdsByType,
    ) -> Result<(), LibraryError> {
        for ids in ids.chunks(MAX_ROWS) {
            let mut select = Query::select();
            select.distinct().column(owner).from(table);
            select.and_where(Expr::col(target).is_in(ids.iter().copied())).and_where(Expr::col(owner).is_not_null());
            for row in self.rows.db.query_all(&select).await? {
                let id: i64 = row.try_get("", owner)?;
                if !library.has_loaded(ix, id) {
                    found.entry(ix).or_default().insert(id);
                }
            }
        }
        Ok(())
    }

    /// Finds the records of a type with one of these ids in a JSON column, which are not loaded.
    async fn containing(
        &self,
        library: &Library<'_>,
        ix: ObjectIx,
        (table, owner, column): (&'static str, &'static str, &Column<'_>),
        ids: &[i64],
        found: &mut IdsByType,
    ) -> Result<(), LibraryError> {
        for ids in ids.chunks(MAX_PATTERNS) {
            let text = || Expr::col(column.name).cast_as("text");
            let contains = ids.iter().map(|id| text().like(format!("%{id}%")));
            let mut select = Query::select();
            select.columns([owner, column.name]).from(table).cond_where(contains.fold(Condition::any(), Condition::add));
            for row in self.rows.db.query_all(&select).await? {
                let (id, mut refers) = (row.try_get("", owner)?, false);
                let stored = value(column, &row)?;
                Ids::each_id(self.rows.catalog, column.field, &stored, &mut |_, id| refers |= ids.contains(&id));
                if refers && !library.has_loaded(ix, id) {
                    found.entry(ix).or_default().insert(id);
                }
            }
        }
        Ok(())
    }
}

/// Returns the JSON columns of a type that can refer to a target and whose references have no link: the table, its column
/// with the id of the record, and the column.
fn unlinked<'t>(
    library: &Library<'_>,
    table: &'t ContentTable<'_>,
    target: ObjectIx,
) -> Vec<(&'static str, &'static str, &'t Column<'t>)> {
    let mentions = |links: &LinkTable<'_>| matches!(links.document, InDocument::Mentions(_)) && links.target == target;
    if table.links.iter().any(mentions) {
        return Vec::new();
    }
    let own = table.columns.iter().map(|column| (table.name, ID, column));
    let of_parts = table.parts.iter().flat_map(|parts| parts.columns.iter().map(|column| (parts.name, parts.owner, column)));
    let can_refer = |column: &Column<'_>| match column.field.kind {
        _ if matches!(column.field.origin, Origin::Derived(_)) => false,
        Kind::Refs(to) => to.ix == target,
        Kind::Value(object) | Kind::Values(object) => refers(library, object, target, &mut Vec::new()),
        _ => false,
    };
    own.chain(of_parts).filter(|(.., column)| can_refer(column)).collect()
}

/// Reports whether objects of a type can refer to a target, at any depth.
fn refers(library: &Library<'_>, object: ObjectIx, target: ObjectIx, seen: &mut Vec<ObjectIx>) -> bool {
    if seen.contains(&object) {
        return false;
    }
    seen.push(object);
    library.references.of(object).iter().any(|field| match field.kind {
        ReferenceKind::Target(to) => to == target,
        ReferenceKind::Nested { object, .. } => refers(library, object, target, seen),
    })
}

#[cfg(test)]
mod tests;
