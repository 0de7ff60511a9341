//! Renaming stored records. A document that has another slug than the stored record names the old one under `formerly`; the
//! record then keeps its id.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{
    content_table::{ContentTable, ID},
    documents::Library,
    error::LibraryError,
    former_slugs::in_document,
    insert::MAX_ROWS,
};
use crate::engine::catalog::{Kind, ObjectIx, SLUG_JOINT, SlugRule};

/// A record that gets another slug.
struct Renamed {
    id: i64,
    /// Its new slug.
    slug: Arc<str>,
}

/// Reports whether [`rename`] may rename a record.
pub(super) fn may_rename(imported: &Library<'_>) -> bool {
    imported.documents.iter().any(|(_, _, document)| !in_document(&document.fields).is_empty())
}

/// Renames the stored records that imported documents name under `formerly`, and the records whose slugs are composed of
/// theirs. If the database has the current slug already, nothing is renamed. Of several former slugs, the first counts that
/// the database has. Returns true if a record was renamed.
///
/// # Errors
/// If the database cannot be read or written.
pub(super) async fn rename(
    db: &impl ConnectionTrait,
    tables: &[ContentTable<'_>],
    imported: &Library<'_>,
) -> Result<bool, LibraryError> {
    let mut of_type: HashMap<ObjectIx, Vec<Renamed>> = HashMap::new();
    for table in tables {
        let renamed = renamed(db, table, imported).await?;
        for Renamed { id, slug } in &renamed {
            set_slug(db, table, *id, slug).await?;
        }
        if !renamed.is_empty() {
            of_type.insert(table.object.ix, renamed);
        }
    }
    if of_type.is_empty() {
        return Ok(false);
    }
    for table in tables {
        compose(db, table, &of_type).await?;
    }
    Ok(true)
}

/// Returns the stored records of one table that get another slug.
async fn renamed(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    imported: &Library<'_>,
) -> Result<Vec<Renamed>, LibraryError> {
    let documents = imported.documents.of(table.object.ix);
    let renamed: Vec<_> = documents
        .map(|(slug, document)| (slug, in_document(&document.fields)))
        .filter(|(_, former)| !former.is_empty())
        .collect();
    let slugs: Vec<&str> = renamed
        .iter()
        .flat_map(|(slug, former)| std::iter::once(&***slug).chain(former.iter().map(|slug| &**slug)))
        .collect();
    let mut stored: HashMap<String, i64> = HashMap::new();
    for slugs in slugs.chunks(MAX_ROWS) {
        let mut select = select(table);
        select.and_where(Expr::col(table.slug()).is_in(slugs.iter().copied()));
        stored.extend(rows(db, table, &select).await?);
    }
    let renamed = renamed.into_iter().filter(|(slug, _)| !stored.contains_key(&***slug)).filter_map(|(slug, former)| {
        let id = former.iter().find_map(|former| stored.get(&**former))?;
        Some(Renamed { id: *id, slug: Arc::clone(slug) })
    });
    Ok(renamed.collect())
}

/// Renames the records of one table whose slugs are composed of those of renamed records.
async fn compose(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    of_type: &HashMap<ObjectIx, Vec<Renamed>>,
) -> Result<(), LibraryError> {
    let Some(SlugRule::Composed(names)) = table.object.content().map(|role| role.slug) else { return Ok(()) };
    for (at, name) in names.iter().enumerate() {
        let Some((Kind::One(target), Some(column))) = table.object.field(name).map(|field| (&field.kind, field.column))
        else {
            continue;
        };
        for Renamed { id, slug } in of_type.get(&target.ix).into_iter().flatten() {
            let mut select = select(table);
            select.and_where(Expr::col(column).eq(*id));
            for (composed, id) in rows(db, table, &select).await? {
                let mut parts: Vec<&str> = composed.split(SLUG_JOINT).collect();
                if let Some(part) = parts.get_mut(at) {
                    *part = slug;
                }
                set_slug(db, table, id, &parts.join(SLUG_JOINT)).await?;
            }
        }
    }
    Ok(())
}

/// Returns a selection of slugs and ids.
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

async fn set_slug(db: &impl ConnectionTrait, table: &ContentTable<'_>, id: i64, slug: &str) -> Result<(), LibraryError> {
    let mut update = Query::update();
    update.table(table.name).value(table.slug(), slug).and_where(Expr::col(ID).eq(id));
    db.execute(&update).await?;
    Ok(())
}
