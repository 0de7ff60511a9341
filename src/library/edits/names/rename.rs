//! Renaming stored records. If a document lists the slug of a stored record under `formerly`, the record gets the slug
//! of the document. Its id stays the same.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Query, SelectStatement},
};

use super::former_slugs::in_document;
use crate::{
    engine::catalog::{Kind, ObjectIx, SlugRule},
    library::{
        document::format::is_storable,
        error::LibraryError,
        publication::batch_writer::MAX_ROWS,
        records::{
            content_table::{ContentTable, ID},
            documents::Document,
            record_map::RecordMap,
            row_reader::{IdsByType, padded},
        },
    },
};

/// Maximum number of slugs that a statement sets. For each row, the database tries the branches of the `CASE` in order.
const MAX_CASES: usize = 100;

/// A record that gets another slug.
struct Renamed {
    id: i64,
    /// Its slug in the database.
    former: String,
    slug: String,
}

/// Stored records that get another slug, with their types.
pub(in crate::library) struct Renames(Vec<(ObjectIx, Renamed)>);

impl Renames {
    /// Finds the stored records whose slugs documents list under `formerly`. If the database has the slug of the
    /// document already, nothing is renamed. If the database has several of the former slugs, the first one counts.
    pub async fn find(
        db: &impl ConnectionTrait,
        tables: &[ContentTable<'_>],
        documents: &RecordMap<Document>,
    ) -> Result<Self, LibraryError> {
        let mut found = Vec::new();
        for table in tables {
            let renamed = find_in_table(db, table, documents).await?;
            found.extend(renamed.into_iter().map(|renamed| (table.object.ix, renamed)));
        }
        Ok(Self(found))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ids of the records, and of the records whose slugs are composed of theirs.
    pub async fn ids(&self, db: &impl ConnectionTrait, tables: &[ContentTable<'_>]) -> Result<IdsByType, LibraryError> {
        let (mut found, mut level) = (IdsByType::new(), IdsByType::new());
        for (ix, renamed) in &self.0 {
            level.entry(*ix).or_default().insert(renamed.id);
        }
        while let Some((ix, mut ids)) = level.pop_first() {
            ids.retain(|id| found.entry(ix).or_default().insert(*id));
            let ids: Vec<i64> = ids.into_iter().collect();
            for table in tables {
                for (_, column) in composing(table, ix) {
                    let composed = composed(db, table, column, &ids).await?;
                    level.entry(table.object.ix).or_default().extend(composed.iter().map(|composed| composed.id));
                }
            }
        }
        Ok(found)
    }

    /// Renames the records, and the records whose slugs are composed of theirs.
    pub async fn apply(self, db: &impl ConnectionTrait, tables: &[ContentTable<'_>]) -> Result<(), LibraryError> {
        let mut level: HashMap<ObjectIx, HashMap<i64, Renamed>> = HashMap::new();
        for (ix, renamed) in self.0 {
            level.entry(ix).or_default().insert(renamed.id, renamed);
        }
        for (table, renamed) in tables.iter().filter_map(|table| Some((table, level.get(&table.object.ix)?))) {
            set_slugs(db, table, renamed.values()).await?;
        }
        while !level.is_empty() {
            let mut next: HashMap<ObjectIx, HashMap<i64, Renamed>> = HashMap::new();
            for table in tables {
                for (ix, renamed) in &level {
                    let of_table = next.entry(table.object.ix).or_default();
                    compose(db, table, *ix, renamed, of_table).await?;
                }
            }
            next.retain(|_, renamed| !renamed.is_empty());
            level = next;
        }
        Ok(())
    }
}

/// Returns the stored records of one table that get another slug.
async fn find_in_table(
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
        select.and_where(Expr::col(table.slug()).is_in(padded(slugs)));
        for row in db.query_all(&select).await? {
            stored.insert(row.try_get("", table.slug())?, row.try_get("", ID)?);
        }
    }
    let renamed = renamed.into_iter().filter(|(slug, _)| !stored.contains_key(&***slug)).filter_map(|(slug, former)| {
        let (former, id) = former.iter().find_map(|former| stored.get_key_value(&**former))?;
        Some(Renamed { id: *id, former: former.clone(), slug: slug.to_string() })
    });
    Ok(renamed.collect())
}

/// Renames the records of one table whose composed slugs contain the slug of a renamed record.
/// `renamed` has the renamed records of one type. Adds the records that are renamed here to `done`.
async fn compose(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    ix: ObjectIx,
    renamed: &HashMap<i64, Renamed>,
    done: &mut HashMap<i64, Renamed>,
) -> Result<(), LibraryError> {
    let ids: Vec<i64> = renamed.keys().copied().collect();
    for (at, column) in composing(table, ix) {
        let mut changed = Vec::new();
        for Composed { id, slug: former, part } in composed(db, table, column, &ids).await? {
            let Some(part) = renamed.get(&part) else { continue };
            // A part can itself be composed, so splitting the slug at each separator would not find its parts.
            let rest = if at == 0 { former.strip_prefix(&*part.former) } else { former.strip_suffix(&*part.former) };
            let Some(rest) = rest else { continue };
            let slug = if at == 0 { part.slug.clone() + rest } else { rest.to_owned() + &part.slug };
            changed.push(Renamed { id, former, slug });
        }
        set_slugs(db, table, &changed).await?;
        for Renamed { id, former, slug } in changed {
            // If several parts of a slug change, `former` stays the slug before the first change. Slugs that are
            // composed of the slug of this record are renamed afterwards, and until then contain `former`.
            done.entry(id).or_insert_with(|| Renamed { id, former, slug: String::new() }).slug = slug;
        }
    }
    Ok(())
}

/// If slugs of a table are composed of slugs of a type, returns the columns that refer to records of the type. Each has
/// the index of its part in the composed slug.
fn composing(table: &ContentTable<'_>, ix: ObjectIx) -> Vec<(usize, &'static str)> {
    let Some(SlugRule::Composed(names)) = table.object.content().map(|role| role.slug) else { return Vec::new() };
    let columns = names.iter().enumerate().filter_map(|(at, name)| {
        let field = table.object.field(name)?;
        let refers = matches!(field.kind, Kind::One(target) if target.ix == ix);
        field.column.filter(|_| refers).map(|column| (at, column))
    });
    columns.collect()
}

/// A record whose slug is composed.
struct Composed {
    id: i64,
    slug: String,
    /// The id of the record whose slug is a part of this slug.
    part: i64,
}

async fn composed(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    column: &'static str,
    ids: &[i64],
) -> Result<Vec<Composed>, LibraryError> {
    let mut found = Vec::new();
    for ids in ids.chunks(MAX_ROWS) {
        let mut select = select(table);
        select.column(column).and_where(Expr::col(column).is_in(padded(ids)));
        for row in db.query_all(&select).await? {
            let (id, slug) = (row.try_get("", ID)?, row.try_get("", table.slug())?);
            found.push(Composed { id, slug, part: row.try_get("", column)? });
        }
    }
    Ok(found)
}

fn select(table: &ContentTable<'_>) -> SelectStatement {
    Query::select().columns([table.slug(), ID]).from(table.name).to_owned()
}

async fn set_slugs(
    db: &impl ConnectionTrait,
    table: &ContentTable<'_>,
    renamed: impl IntoIterator<Item = &Renamed>,
) -> Result<(), LibraryError> {
    let renamed: Vec<&Renamed> = renamed.into_iter().collect();
    for renamed in renamed.chunks(MAX_CASES) {
        let case = padded(renamed)
            .fold(CaseStatement::new(), |case, renamed| case.case(Expr::col(ID).eq(renamed.id), renamed.slug.as_str()));
        let mut update = Query::update();
        update.table(table.name).value(table.slug(), case);
        update.and_where(Expr::col(ID).is_in(padded(renamed).map(|renamed| renamed.id)));
        db.execute(&update).await?;
    }
    Ok(())
}
