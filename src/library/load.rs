//! Loading: the database as a library of canonical documents, and the rows that it is held in.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query},
};
use serde_json::{Map, Value as Json};

use super::{
    error::LibraryError,
    ids::Ids,
    row::{Link, Row},
    set::{Document, Key, Library},
    shape,
    table::{Column, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, Table},
};
use crate::engine::catalog::{Catalog, InDocument, Kind, ObjectIx, Scalar};

/// What the database holds.
pub(super) struct Stored<'c> {
    pub library: Library<'c>,
    /// The rows, ids and revisions of all content.
    pub rows: BTreeMap<Key, Row>,
    pub ids: Ids,
}

/// Reads all content.
pub(super) async fn load<'c>(
    catalog: &'c Catalog,
    tables: &[Table<'c>],
    db: &impl ConnectionTrait,
) -> Result<Stored<'c>, LibraryError> {
    let mut ids = Ids::default();
    let mut contents = Vec::new();
    for table in tables {
        let mut select = Query::select();
        select.columns([ID, REVISION]).columns(names(&table.columns)).from(table.name).order_by(ID, Order::Asc);
        if table.counted {
            select.column(POSITION);
        }
        let found = db.query_all(&select).await?;
        let slug = table.columns.iter().find(|column| column.key == shape::ID).map_or(shape::ID, |column| column.name);
        for row in &found {
            ids.insert(table.object.ix, &row.try_get::<String>("", slug)?, row.try_get("", ID)?);
        }
        contents.push((table, found));
    }
    let mut rows = BTreeMap::new();
    for (table, found) in contents {
        let parts = parts(catalog, table, &ids, db).await?;
        let links = links(table, &ids, db).await?;
        for row in found {
            let id: i64 = row.try_get("", ID)?;
            let of_owner =
                |owned: &[HashMap<i64, Vec<_>>]| owned.iter().map(|by| by.get(&id).cloned().unwrap_or_default()).collect();
            let links = links.iter().map(|by: &HashMap<i64, Vec<Link>>| by.get(&id).cloned().unwrap_or_default()).collect();
            let position = if table.counted { row.try_get("", POSITION)? } else { None };
            let row =
                Row { position, columns: columns(catalog, &table.columns, &row, &ids)?, parts: of_owner(&parts), links };
            rows.insert((table.object.ix, ids.slug_of(id)?.to_owned()), row);
        }
    }
    let library = Library { catalog, documents: documents(catalog, tables, &rows) };
    Ok(Stored { library, rows, ids })
}

fn names(columns: &[Column<'_>]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}

/// The canonical values of columns.
fn columns(catalog: &Catalog, columns: &[Column<'_>], row: &QueryResult, ids: &Ids) -> Result<Vec<Json>, LibraryError> {
    let canonical = |column: &Column<'_>| ids.canonical(catalog, column.field, &value(column, row)?);
    columns.iter().map(canonical).collect()
}

/// The value of a column as JSON.
fn value(column: &Column<'_>, row: &QueryResult) -> Result<Json, DbErr> {
    let name = column.name;
    Ok(match &column.field.kind {
        Kind::Scalar(Scalar::Int) => row.try_get::<Option<i32>>("", name)?.into(),
        Kind::Scalar(Scalar::Float) => row.try_get::<Option<f64>>("", name)?.into(),
        Kind::Scalar(Scalar::Boolean) => row.try_get::<Option<bool>>("", name)?.into(),
        Kind::Scalar(Scalar::Text | Scalar::Choice(_)) => row.try_get::<Option<String>>("", name)?.into(),
        Kind::One(_) => row.try_get::<Option<i64>>("", name)?.into(),
        _ => row.try_get::<Option<Json>>("", name)?.unwrap_or(Json::Null),
    })
}

/// The parts of each field with parts, by owner.
async fn parts(
    catalog: &Catalog,
    table: &Table<'_>,
    ids: &Ids,
    db: &impl ConnectionTrait,
) -> Result<Vec<HashMap<i64, Vec<Vec<Json>>>>, LibraryError> {
    let mut all = Vec::new();
    for parts in &table.parts {
        let mut select = Query::select();
        select.column(parts.owner).columns(names(&parts.columns)).from(parts.name);
        select.and_where(Expr::col(parts.owner).is_not_null()).order_by(POSITION, Order::Asc);
        let mut by_owner: HashMap<_, Vec<_>> = HashMap::new();
        for row in db.query_all(&select).await? {
            let part = columns(catalog, &parts.columns, &row, ids)?;
            by_owner.entry(row.try_get("", parts.owner)?).or_default().push(part);
        }
        all.push(by_owner);
    }
    Ok(all)
}

/// The links of each field with links, by owner.
async fn links(
    table: &Table<'_>,
    ids: &Ids,
    db: &impl ConnectionTrait,
) -> Result<Vec<HashMap<i64, Vec<Link>>>, LibraryError> {
    let mut all = Vec::new();
    for links in &table.links {
        let mut select = Query::select();
        select.column(Asterisk).from(links.name).order_by(POSITION, Order::Asc);
        let found = db.query_all(&select).await?;
        let mut flags = found.first().map(QueryResult::column_names).unwrap_or_default();
        flags.retain(|name| ![ID, OWNER_ID, POSITION, TARGET_ID].contains(&name.as_str()));
        let mut by_owner: HashMap<_, Vec<_>> = HashMap::new();
        for row in found {
            let target = ids.slug_of(row.try_get("", TARGET_ID)?)?.to_owned();
            let flag = |name: &String| Ok((name.clone(), row.try_get("", name)?));
            let flags = flags.iter().map(flag).collect::<Result<_, DbErr>>()?;
            by_owner.entry(row.try_get("", OWNER_ID)?).or_default().push(Link { target, flags });
        }
        all.push(by_owner);
    }
    Ok(all)
}

/// The canonical documents of rows.
fn documents(catalog: &Catalog, tables: &[Table<'_>], rows: &BTreeMap<Key, Row>) -> BTreeMap<Key, Document> {
    // Which column of embedded content names its owner, and the type of that.
    let owners: HashMap<ObjectIx, (&str, ObjectIx)> = tables
        .iter()
        .flat_map(|table| table.embedded.iter().map(|(_, target, column)| (*target, (*column, table.object.ix))))
        .collect();
    let mut embedded: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    let mut documents = BTreeMap::new();
    for (key, row) in rows {
        let Some(table) = tables.iter().find(|table| table.object.ix == key.0) else { continue };
        let owner = owners.get(&key.0).and_then(|(column, ix)| {
            let at = table.columns.iter().position(|other| other.name == *column)?;
            Some((*ix, row.columns[at].as_str()?.to_owned()))
        });
        if let Some(owner) = &owner {
            embedded.entry(owner.clone()).or_default().push(key.clone());
        }
        let column = table.columns.iter().position(|column| column.name == POSITION).filter(|_| owner.is_some());
        let declared = column.and_then(|at| row.columns[at].as_u64()).and_then(|position| usize::try_from(position).ok());
        let position = declared.or_else(|| usize::try_from(row.position?).ok());
        documents.insert(key.clone(), Document { fields: fields(table, row), owner, position, place: None });
    }
    // Innermost first: what is embedded must be complete when it is put into its owner.
    let depth = |mut ix: ObjectIx| {
        let mut depth = 0;
        while let Some((_, owner)) = owners.get(&ix).filter(|_| depth < tables.len()) {
            (ix, depth) = (*owner, depth + 1);
        }
        depth
    };
    let mut inner: Vec<_> = embedded.into_iter().collect();
    inner.sort_by_key(|((ix, _), _)| std::cmp::Reverse(depth(*ix)));
    for (owner, keys) in inner {
        let Some(table) = tables.iter().find(|table| table.object.ix == owner.0) else { continue };
        for (field, target, _) in &table.embedded {
            let of_field = keys.iter().filter(|key| key.0 == *target).filter_map(|key| documents.get(key));
            let mut list: Vec<&Document> = of_field.collect();
            list.sort_by_key(|document| document.position);
            let list: Json = list.iter().map(|document| Json::Object(document.fields.clone())).collect();
            if let Some(document) = documents.get_mut(&owner) {
                document.fields.insert(shape::key_of(catalog.object(owner.0), field).to_owned(), list);
            }
        }
    }
    documents
}

/// The canonical document of a row, its embedded content left out.
fn fields(table: &Table<'_>, row: &Row) -> Map<String, Json> {
    let mut fields = Map::new();
    for (key, field) in shape::fields(table.object) {
        let column = table.columns.iter().position(|column| column.key == key);
        let parts = table.parts.iter().position(|parts| parts.field.name == key);
        let links = table.links.iter().position(|links| links.field.name == key);
        let value = if let Some(at) = column {
            row.columns[at].clone()
        } else if let Some(at) = parts {
            let part = |values: &Vec<Json>| -> Json {
                let columns = table.parts[at].columns.iter().map(|column| column.key.to_owned());
                Json::Object(columns.zip(values.iter().cloned()).collect())
            };
            row.parts[at].iter().map(part).collect()
        } else if let Some(at) =
            links.filter(|_| matches!(field.kind, Kind::Many(ref many) if matches!(many.document, InDocument::Slugs)))
        {
            row.links[at].iter().map(|link| Json::from(link.target.as_str())).collect()
        } else {
            Json::Array(Vec::new())
        };
        fields.insert(key.to_owned(), value);
    }
    fields
}
