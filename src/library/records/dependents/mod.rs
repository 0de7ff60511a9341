//! Records that depend on those of an edit: records whose derived fields or rules follow a changed record, and records that
//! refer to a removed one.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait as _, Query},
};

use super::{
    content_table::{Column, ContentTable, ID, LinkTable, OWNER_ID, TARGET_ID},
    documents::LoadedLibrary,
    ids::Ids,
    load::Loader,
    row_reader::{IdsByType, padded, value},
};
use crate::{
    engine::catalog::{Follows, InDocument, Kind, ObjectIx, ObjectType, Origin},
    library::{
        document::shape::{self, ReferenceKind},
        error::LibraryError,
        publication::{batch_writer::MAX_ROWS, changed_record::ChangedRecord, differences::Changes},
    },
};

/// Maximum number of referring records of each type that are loaded to report them. An editor corrects a few and tries again.
const MAX_REFERRERS: usize = 100;

/// Number of ids for which one statement searches JSON.
const MAX_PATTERNS: usize = 100;

/// Where the database stores references: a table, its column with the id of the referring record, and its column with the
/// id of the other record.
type ReferenceColumns = (&'static str, &'static str, &'static str);

/// A field of a path.
struct Step {
    references: ReferenceColumns,
    /// The type of the records to which it leads.
    target: ObjectIx,
}

/// Returns the fields of a path that starts at a type. `None` if a field of the path does not lead to records: it is
/// neither to-one nor has links or embedded records.
fn steps(tables: &[ContentTable<'_>], start: &ContentTable<'_>, path: &str) -> Option<Vec<Step>> {
    let (mut table, mut steps) = (start, Vec::new());
    for name in path.split('.') {
        let links = table.links.iter().find(|links| links.field.name == name);
        let column = table.columns.iter().find(|column| column.key == name);
        let embedded = table.embedded.iter().find(|(field, ..)| field.name == name);
        let table_of = |ix| tables.iter().find(|table| table.object.ix == ix);
        let step = match (links, column.map(|column| (column.name, &column.field.kind)), embedded) {
            (Some(links), ..) => Step { references: (links.name, OWNER_ID, TARGET_ID), target: links.target },
            (_, Some((column, Kind::One(target))), _) => Step { references: (table.name, ID, column), target: target.ix },
            (.., Some((_, target, owner))) => Step { references: (table_of(*target)?.name, owner, ID), target: *target },
            _ => return None,
        };
        table = table_of(step.target)?;
        steps.push(step);
    }
    Some(steps)
}

/// Returns what the derived fields and the rules of a type read of other records, each once.
fn followed(object: &ObjectType) -> BTreeSet<Follows> {
    let of_fields = object.fields.iter().flat_map(|field| &field.follows);
    let of_rules = object.content().into_iter().flat_map(|role| role.rules).flat_map(|rule| rule.follows);
    of_fields.chain(of_rules).copied().collect()
}

/// Reports whether derived fields, rules or checks of other records may read what an edit changes.
pub(in crate::library) fn are_read_by_others(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
    changes: &Changes,
) -> bool {
    let is_followed = |table: &ContentTable<'_>, follows: &Follows| {
        let steps = steps(tables, table, follows.path);
        steps.is_none_or(|steps| !changed_ids(library, tables, changes, &steps, follows.fields).is_empty())
    };
    let mut fields = changes.changed.iter().flatten().flat_map(ChangedRecord::fields);
    tables.iter().any(|table| followed(table.object).iter().any(|follows| is_followed(table, follows)))
        || fields.any(|field| shape::is_looked_up(library.catalog, field))
}

impl<'c, C: ConnectionTrait> Loader<'_, 'c, C> {
    /// Loads the records whose derived fields or rules follow a changed record. Returns false if all of them were
    /// loaded already.
    ///
    /// It finds these records through the references that are stored before the publication. These
    /// references suffice: the result of a derivation or a rule changes only if one of the
    /// documents that it read for the earlier result changes.
    pub async fn dependents(&self, library: &mut LoadedLibrary<'c>, changes: &Changes) -> Result<bool, LibraryError> {
        let tables = self.rows.tables;
        let mut found = IdsByType::new();
        for table in tables {
            for follows in followed(table.object) {
                let Some(steps) = steps(tables, table, follows.path) else { continue };
                let mut ids = changed_ids(library, tables, changes, &steps, follows.fields);
                for step in steps.iter().rev() {
                    ids = self.referring(step.references, &ids).await?;
                }
                add_unloaded(library, table.object.ix, ids, &mut found);
            }
        }
        let any = !found.is_empty();
        self.records(library, found).await?;
        Ok(any)
    }

    /// Loads records that refer to removed records, so that their references are checked.
    ///
    /// Most references are found through foreign keys and links; if a type declares `mentions`, its references in JSON
    /// have links as well. The text of other JSON columns is searched. Only removals and renames need that search.
    pub async fn referrers(&self, library: &mut LoadedLibrary<'c>) -> Result<(), LibraryError> {
        let mut removed = IdsByType::new();
        for (ix, slug, _) in library.stored.iter().filter(|(ix, slug, _)| !library.documents.contains(*ix, slug)) {
            removed.entry(ix).or_default().extend(library.ids.id(ix, slug));
        }
        let mut found = self.referring_to(&removed).await?;
        for (ix, ids) in &mut found {
            ids.retain(|id| !library.has_loaded(*ix, *id));
        }
        library.has_more_referrers = found.values().any(|ids| ids.len() > MAX_REFERRERS);
        let few = |(ix, ids): (_, BTreeSet<i64>)| (ix, ids.into_iter().take(MAX_REFERRERS).collect());
        self.records(library, found.into_iter().map(few).collect()).await
    }

    /// Returns the ids of the records whose documents refer to records with these ids. If an
    /// embedded record refers to one of these, the result can include the owner of the embedded
    /// record too.
    pub async fn referring_to(&self, targets: &IdsByType) -> Result<IdsByType, LibraryError> {
        let (mut found, references) = (IdsByType::new(), shape::References::of_all(self.rows.catalog));
        for (target, ids) in targets {
            for table in self.rows.tables {
                let refers = |kind: &Kind| matches!(kind, Kind::One(one) if one.ix == *target);
                let keys = table.columns.iter().filter(|column| refers(&column.field.kind));
                let keys = keys.map(|column| (table.name, ID, column.name));
                let of_parts = table.parts.iter().flat_map(|parts| {
                    let keys = parts.columns.iter().filter(|column| refers(&column.field.kind));
                    keys.map(|column| (parts.name, parts.owner, column.name))
                });
                // Derived links are skipped: the references from which they are computed are found as well.
                let is_derived = |links: &LinkTable<'_>| matches!(links.document, InDocument::Derived(_));
                let links = table.links.iter().filter(|links| links.target == *target && !is_derived(links));
                let links = links.map(|links| (links.name, OWNER_ID, TARGET_ID));
                let mut owners = BTreeSet::new();
                for references in keys.chain(of_parts).chain(links) {
                    owners.append(&mut self.referring(references, ids).await?);
                }
                for column in unlinked(&references, table, *target) {
                    owners.append(&mut self.containing(column, ids).await?);
                }
                if !owners.is_empty() {
                    found.entry(table.object.ix).or_default().append(&mut owners);
                }
            }
        }
        Ok(found)
    }

    /// Returns the ids of the records that refer to one of these ids.
    async fn referring(
        &self,
        (table, owner, target): ReferenceColumns,
        ids: &BTreeSet<i64>,
    ) -> Result<BTreeSet<i64>, LibraryError> {
        let (ids, mut found): (Vec<i64>, _) = (ids.iter().copied().collect(), BTreeSet::new());
        for ids in ids.chunks(MAX_ROWS) {
            let mut select = Query::select();
            select.distinct().column(owner).from(table);
            select.and_where(Expr::col(target).is_in(padded(ids))).and_where(Expr::col(owner).is_not_null());
            for row in self.rows.db.query_all(&select).await? {
                found.insert(row.try_get("", owner)?);
            }
        }
        Ok(found)
    }

    /// Returns the ids of the records that have one of these ids in a JSON column.
    async fn containing(
        &self,
        (table, owner, column): (&'static str, &'static str, &Column<'_>),
        ids: &BTreeSet<i64>,
    ) -> Result<BTreeSet<i64>, LibraryError> {
        let (ids, mut found): (Vec<i64>, _) = (ids.iter().copied().collect(), BTreeSet::new());
        for ids in ids.chunks(MAX_PATTERNS) {
            let text = || Expr::col(column.name).cast_as("text");
            let contains = padded(ids).map(|id| text().like(format!("%{id}%")));
            let mut select = Query::select();
            select.columns([owner, column.name]).from(table);
            select.cond_where(contains.fold(Condition::any(), Condition::add));
            for row in self.rows.db.query_all(&select).await? {
                let (stored, mut refers) = (value(column, &row)?, false);
                Ids::each_id(self.rows.catalog, column.field, &stored, &mut |_, id| refers |= ids.contains(&id));
                if refers {
                    found.insert(row.try_get("", owner)?);
                }
            }
        }
        Ok(found)
    }
}

/// Adds to `found` the records of a type that are not loaded.
fn add_unloaded(library: &LoadedLibrary<'_>, ix: ObjectIx, ids: BTreeSet<i64>, found: &mut IdsByType) {
    let ids: Vec<i64> = ids.into_iter().filter(|id| !library.has_loaded(ix, *id)).collect();
    if !ids.is_empty() {
        found.entry(ix).or_default().extend(ids);
    }
}

/// Returns the ids of the changed records of the type to which a path leads, if one of these fields differs in them.
fn changed_ids(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
    changes: &Changes,
    steps: &[Step],
    fields: &[&str],
) -> BTreeSet<i64> {
    let end = steps.last().map(|step| step.target);
    let at = tables.iter().position(|table| Some(table.object.ix) == end);
    let records = at.map(|at| changes.changed[at].as_slice()).unwrap_or_default().iter();
    let records = records.filter(|record| fields.iter().any(|field| record.has_changed(field)));
    records.filter_map(|record| library.ids.id(end?, &record.slug)).collect()
}

/// Returns the JSON columns of a type that can refer to a target and whose references have no link: the table, its column
/// with the id of the record, and the column.
fn unlinked<'t>(
    references: &shape::References,
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
        Kind::Value(object) | Kind::Values(object) => refers(references, object, target, &mut Vec::new()),
        _ => false,
    };
    own.chain(of_parts).filter(|(.., column)| can_refer(column)).collect()
}

/// Reports whether objects of a type can refer to a target, at any depth.
fn refers(references: &shape::References, object: ObjectIx, target: ObjectIx, seen: &mut Vec<ObjectIx>) -> bool {
    if seen.contains(&object) {
        return false;
    }
    seen.push(object);
    references.of(object).iter().any(|field| match field.kind {
        ReferenceKind::Target(to) => to == target,
        ReferenceKind::Nested { object, .. } => refers(references, object, target, seen),
    })
}

#[cfg(test)]
mod tests;
