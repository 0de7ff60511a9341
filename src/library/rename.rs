//! Renaming stored records. A document that has another slug than the stored record names the old one under `formerly`; the
//! record then keeps its id.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{
    content_table::{ContentTable, ID},
    documents::Document,
    error::LibraryError,
    format::is_storable,
    former_slugs::in_document,
    insert::MAX_ROWS,
    record_map::RecordMap,
    row_reader::IdsByType,
};
use crate::engine::catalog::{Kind, ObjectIx, SlugRule};

/// A record that gets another slug.
struct Renamed {
    id: i64,
    /// Its slug in the database.
    former: String,
    slug: String,
}

/// Stored records that get another slug, with their types.
pub(super) struct Renames(Vec<(ObjectIx, Renamed)>);

impl Renames {
    /// Finds the stored records that documents name under `formerly`. If the database has the current slug already,
    /// nothing is renamed. If the database has several of the former slugs, the first one counts.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn find(
        db: &impl ConnectionTrait,
        tables: &[ContentTable<'_>],
        documents: &RecordMap<Document>,
    ) -> Result<Self, LibraryError> {
        let mut found = Vec::new();
        for table in tables {
            let renamed = renamed(db, table, documents).await?;
            found.extend(renamed.into_iter().map(|renamed| (table.object.ix, renamed)));
        }
        Ok(Self(found))
    }

    /// Reports whether no record gets another slug.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ids of the records, and of the records whose slugs are composed of theirs.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn ids(&self, db: &impl ConnectionTrait, tables: &[ContentTable<'_>]) -> Result<IdsByType, LibraryError> {
        let mut next: Vec<(ObjectIx, i64)> = self.0.iter().map(|(ix, renamed)| (*ix, renamed.id)).collect();
        let mut ids = IdsByType::new();
        while let Some((ix, id)) = next.pop() {
            if !ids.entry(ix).or_default().insert(id) {
                continue;
            }
            for table in tables {
                for (_, column) in composing(table, ix) {
                    let composed = rows(db, table, &composed_of(table, column, id)).await?;
                    next.extend(composed.into_iter().map(|(_, id)| (table.object.ix, id)));
                }
            }
        }
        Ok(ids)
    }

    /// Renames the records, and the records whose slugs are composed of theirs.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub async fn apply(self, db: &impl ConnectionTrait, tables: &[ContentTable<'_>]) -> Result<(), LibraryError> {
        let Self(mut done) = self;
        for (ix, renamed) in &done {
            if let Some(table) = tables.iter().find(|table| table.object.ix == *ix) {
                set_slug(db, table, renamed).await?;
            }
        }
        while let Some((ix, renamed)) = done.pop() {
            for table in tables {
                let composed = compose(db, table, ix, &renamed).await?;
                done.extend(composed.into_iter().map(|renamed| (table.object.ix, renamed)));
            }
        }
        Ok(())
    }
}

/// Returns the stored records of one table that get another slug.
async fn renamed(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    documents: &RecordMap<Document>,
) -> Result<Vec<Renamed>, LibraryError> {
    let renamed: Vec<_> = documents
        .of(table.object.ix)
        .map(|(slug, document)| (slug, in_document(&document.fields)))
        .filter(|(_, former)| !former.is_empty())
        .collect();
    let slugs: Vec<&str> = renamed
        .iter()
        .flat_map(|(slug, former)| std::iter::once(&***slug).chain(former.iter().map(|slug| &**slug)))
        .filter(|slug| is_storable(slug))
        .collect();
    let mut stored: HashMap<String, i64> = HashMap::new();
    for slugs in slugs.chunks(MAX_ROWS) {
        let mut select = select(table);
        select.and_where(Expr::col(table.slug()).is_in(slugs.iter().copied()));
        stored.extend(rows(db, table, &select).await?);
    }
    let renamed = renamed.into_iter().filter(|(slug, _)| !stored.contains_key(&***slug)).filter_map(|(slug, former)| {
        let (former, id) = former.iter().find_map(|former| stored.get_key_value(&**former))?;
        Some(Renamed { id: *id, former: former.clone(), slug: slug.to_string() })
    });
    Ok(renamed.collect())
}

/// Renames the records of one table whose slugs are composed of that of a renamed record, and returns them.
async fn compose(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    ix: ObjectIx,
    renamed: &Renamed,
) -> Result<Vec<Renamed>, LibraryError> {
    let mut composed = Vec::new();
    for (at, column) in composing(table, ix) {
        for (former, id) in rows(db, table, &composed_of(table, column, renamed.id)).await? {
            // A part may itself be composed, so splitting at each separator would not find the parts.
            let rest = if at == 0 { former.strip_prefix(&*renamed.former) } else { former.strip_suffix(&*renamed.former) };
            let Some(rest) = rest else { continue };
            let slug = if at == 0 { renamed.slug.clone() + rest } else { rest.to_owned() + &renamed.slug };
            let one = Renamed { id, former, slug };
            set_slug(db, table, &one).await?;
            composed.push(one);
        }
    }
    Ok(composed)
}

/// The slugs of the table may be composed of slugs of the type. Returns the columns that refer to records of the type,
/// each with the index of their slug among the parts of the composed slug.
fn composing(table: &ContentTable<'_>, ix: ObjectIx) -> Vec<(usize, &'static str)> {
    let Some(SlugRule::Composed(names)) = table.object.content().map(|role| role.slug) else { return Vec::new() };
    let columns = names.iter().enumerate().filter_map(|(at, name)| {
        let field = table.object.field(name)?;
        let refers = matches!(field.kind, Kind::One(target) if target.ix == ix);
        field.column.filter(|_| refers).map(|column| (at, column))
    });
    columns.collect()
}

/// Returns a query for the slugs and ids of the rows that have an id in a column.
fn composed_of(table: &ContentTable<'_>, column: &'static str, id: i64) -> SelectStatement {
    select(table).and_where(Expr::col(column).eq(id)).to_owned()
}

/// Returns a query for the slugs and ids of a table.
fn select(table: &ContentTable<'_>) -> SelectStatement {
    Query::select().columns([table.slug(), ID]).from(table.name).to_owned()
}

async fn rows(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    select: &SelectStatement,
) -> Result<Vec<(String, i64)>, LibraryError> {
    let rows = db.query_all(select).await?;
    rows.iter().map(|row| Ok((row.try_get("", table.slug())?, row.try_get("", ID)?))).collect()
}

async fn set_slug(db: &impl ConnectionTrait, table: &ContentTable<'_>, renamed: &Renamed) -> Result<(), LibraryError> {
    let mut update = Query::update();
    update.table(table.name).value(table.slug(), renamed.slug.as_str()).and_where(Expr::col(ID).eq(renamed.id));
    db.execute(&update).await?;
    Ok(())
}
