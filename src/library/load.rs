//! Loading the library from the database: canonical documents, and the rows that store them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement},
};
use serde_json::Value as Json;

use super::{
    content_table::{Column, ContentTable, ID, OWNER_ID, POSITION, REVISION, TARGET_ID},
    documents::{Document, Library},
    error::LibraryError,
    ids::Ids,
    record_map::{RecordKey, RecordMap},
    shape,
    stored_record::{Link, StoredRecord},
};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{Catalog, InDocument, Kind, ObjectIx, Scalar},
};

/// Number of rows that one statement reads: enough that the overhead of a statement is small, and few enough for memory.
const PAGE: u64 = 10_000;

/// A library as the database stores it.
pub(super) struct StoredLibrary<'c> {
    pub library: Library<'c>,
    /// The rows of all records.
    pub rows: RecordMap<StoredRecord>,
    pub ids: Ids,
}

/// Reads all records.
pub(super) async fn load<'c>(
    catalog: &'c Catalog,
    tables: &[ContentTable<'c>],
    db: &impl ConnectionTrait,
) -> Result<StoredLibrary<'c>, LibraryError> {
    let mut ids = Ids::default();
    for table in tables {
        let slug = table.slug();
        let mut select = Query::select();
        select.columns([ID, slug]).from(table.name);
        let take = |row: QueryResult| {
            ids.insert(table.object.ix, &row.try_get::<String>("", slug)?.into(), row.try_get("", ID)?);
            Ok(())
        };
        each_row(db, select, take).await?;
    }
    let mut rows = RecordMap::default();
    for table in tables {
        let mut parts = parts(catalog, table, &ids, db).await?;
        let mut links = links(table, &ids, db).await?;
        let mut select = Query::select();
        select.columns([ID, REVISION]).columns(names(&table.columns)).from(table.name);
        if table.adds_position {
            select.column(POSITION);
        }
        let take = |row: QueryResult| {
            let id: i64 = row.try_get("", ID)?;
            let parts = parts.iter_mut().map(|by| by.remove(&id).unwrap_or_default()).collect();
            let links = links.iter_mut().map(|by| by.remove(&id).unwrap_or_default()).collect();
            let position = if table.adds_position { row.try_get("", POSITION)? } else { None };
            let row = StoredRecord { position, columns: columns(catalog, &table.columns, &row, &ids)?, parts, links };
            rows.insert((table.object.ix, Arc::clone(ids.slug_of(id)?)), row);
            Ok(())
        };
        each_row(db, select, take).await?;
    }
    let library = Library::with(catalog, documents(tables, &rows));
    Ok(StoredLibrary { library, rows, ids })
}

/// Calls `take` with every row of a selection from one table, in the order of ids. The selection must include the id.
async fn each_row(
    db: &impl ConnectionTrait,
    mut select: SelectStatement,
    mut take: impl FnMut(QueryResult) -> Result<(), LibraryError>,
) -> Result<(), LibraryError> {
    select.order_by(ID, Order::Asc).limit(PAGE);
    let mut after = i64::MIN;
    loop {
        let mut page = select.clone();
        let rows = db.query_all(page.and_where(Expr::col(ID).gt(after))).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("", ID)?;
        let complete = rows.len() as u64 == PAGE;
        for row in rows {
            take(row)?;
        }
        if !complete {
            return Ok(());
        }
    }
}

fn names(columns: &[Column<'_>]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}

/// Returns the canonical values of columns.
fn columns(
    catalog: &Catalog,
    columns: &[Column<'_>],
    row: &QueryResult,
    ids: &Ids,
) -> Result<Vec<CanonicalValue>, LibraryError> {
    let canonical = |column: &Column<'_>| ids.canonical(catalog, column.field, &value(column, row)?);
    columns.iter().map(canonical).collect()
}

/// Returns the value of a column as JSON.
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

/// Entries of each owner, by its id.
type ByOwner<T> = HashMap<i64, Vec<T>>;

/// Reads the parts of each field with parts, in order.
async fn parts(
    catalog: &Catalog,
    table: &ContentTable<'_>,
    ids: &Ids,
    db: &impl ConnectionTrait,
) -> Result<Vec<ByOwner<Vec<CanonicalValue>>>, LibraryError> {
    let mut all = Vec::new();
    for parts in &table.parts {
        let mut select = Query::select();
        select.columns([ID, parts.owner, POSITION]).columns(names(&parts.columns)).from(parts.name);
        select.and_where(Expr::col(parts.owner).is_not_null());
        let mut by_owner: ByOwner<(i32, _)> = HashMap::new();
        let take = |row: QueryResult| {
            let part = (row.try_get("", POSITION)?, columns(catalog, &parts.columns, &row, ids)?);
            by_owner.entry(row.try_get("", parts.owner)?).or_default().push(part);
            Ok(())
        };
        each_row(db, select, take).await?;
        all.push(in_order(by_owner));
    }
    Ok(all)
}

/// Reads the links of each field with links, in order.
async fn links(table: &ContentTable<'_>, ids: &Ids, db: &impl ConnectionTrait) -> Result<Vec<ByOwner<Link>>, LibraryError> {
    let mut all = Vec::new();
    for links in &table.links {
        let mut select = Query::select();
        select.column(Asterisk).from(links.name);
        let mut by_owner: ByOwner<(i32, _)> = HashMap::new();
        let mut flags: Option<Vec<String>> = None;
        let take = |row: QueryResult| {
            let flags = flags.get_or_insert_with(|| {
                let mut flags = row.column_names();
                flags.retain(|name| ![ID, OWNER_ID, POSITION, TARGET_ID].contains(&name.as_str()));
                flags.sort_unstable();
                flags
            });
            let target = Arc::clone(ids.slug_of(row.try_get("", TARGET_ID)?)?);
            let flag = |name: &String| Ok((name.clone().into(), row.try_get("", name)?));
            let flags = flags.iter().map(flag).collect::<Result<_, DbErr>>()?;
            let link = (row.try_get("", POSITION)?, Link { target, flags });
            by_owner.entry(row.try_get("", OWNER_ID)?).or_default().push(link);
            Ok(())
        };
        each_row(db, select, take).await?;
        all.push(in_order(by_owner));
    }
    Ok(all)
}

/// Sorts the entries of each owner by position.
fn in_order<T>(by_owner: ByOwner<(i32, T)>) -> ByOwner<T> {
    let sorted = by_owner.into_iter().map(|(owner, mut list)| {
        list.sort_by_key(|(position, _)| *position);
        (owner, list.into_iter().map(|(_, one)| one).collect())
    });
    sorted.collect()
}

/// Returns the canonical documents of rows.
fn documents(tables: &[ContentTable<'_>], rows: &RecordMap<StoredRecord>) -> RecordMap<Document> {
    // For each type of embedded records: the column with the owner, and the type of the owner.
    let owners: HashMap<ObjectIx, (&str, ObjectIx)> = tables
        .iter()
        .flat_map(|table| table.embedded.iter().map(|(_, target, column)| (*target, (*column, table.object.ix))))
        .collect();
    let mut embedded: BTreeMap<RecordKey, Vec<RecordKey>> = BTreeMap::new();
    let mut documents = RecordMap::default();
    for table in tables {
        let ix = table.object.ix;
        let owner_column = owners.get(&ix).and_then(|(column, owner)| Some((table.index_of(column)?, *owner)));
        let position_column = table.index_of(POSITION).filter(|_| owner_column.is_some());
        for (slug, row) in rows.of(ix) {
            let owner = owner_column.and_then(|(at, owner)| Some((owner, Arc::clone(row.columns[at].as_text()?))));
            if let Some(owner) = &owner {
                embedded.entry(owner.clone()).or_default().push((ix, Arc::clone(slug)));
            }
            let declared = position_column.and_then(|at| row.columns[at].as_i64());
            let position = declared.or(row.position.map(i64::from)).and_then(|position| usize::try_from(position).ok());
            documents.insert(
                (ix, Arc::clone(slug)),
                Document { fields: document_of(table, row), owner, position, location: None },
            );
        }
    }
    // The innermost documents are first, because an embedded document must be complete before it is added to its owner.
    let depth = |mut ix: ObjectIx| {
        let mut depth = 0;
        while let Some((_, owner)) = owners.get(&ix).filter(|_| depth < tables.len()) {
            (ix, depth) = (*owner, depth + 1);
        }
        depth
    };
    let mut inner: Vec<_> = embedded.into_iter().collect();
    inner.sort_by_key(|((ix, _), _)| std::cmp::Reverse(depth(*ix)));
    for ((owner, slug), keys) in inner {
        let Some(table) = tables.iter().find(|table| table.object.ix == owner) else { continue };
        for (field, target, _) in &table.embedded {
            let of_field = keys.iter().filter(|key| key.0 == *target).filter_map(|(ix, slug)| documents.get(*ix, slug));
            let mut list: Vec<&Document> = of_field.collect();
            list.sort_by_key(|document| document.position);
            let list: CanonicalValue = list.iter().map(|document| CanonicalValue::Object(document.fields.clone())).collect();
            if let Some(document) = documents.get_mut(owner, &slug) {
                document.fields = document.fields.with(field.name, &list);
            }
        }
    }
    documents
}

/// Returns the canonical document of a row, with empty lists instead of embedded records.
pub(super) fn document_of(table: &ContentTable<'_>, row: &StoredRecord) -> CanonicalObject {
    let value = |key: &'static str, kind: &Kind| {
        let column = table.columns.iter().position(|column| column.key == key);
        let parts = table.parts.iter().position(|parts| parts.field.name == key);
        let links = table.links.iter().position(|links| links.field.name == key);
        let slugs = matches!(kind, Kind::Many(many) if matches!(many.document, InDocument::Slugs));
        if let Some(at) = column {
            row.columns[at].clone()
        } else if let Some(at) = parts {
            let keys = || table.parts[at].columns.iter().map(|column| column.key);
            let part = |values: &Vec<CanonicalValue>| CanonicalValue::Object(keys().zip(values.iter().cloned()).collect());
            row.parts[at].iter().map(part).collect()
        } else if let Some(at) = links.filter(|_| slugs) {
            row.links[at].iter().map(|link| CanonicalValue::Text(Arc::clone(&link.target))).collect()
        } else {
            CanonicalValue::List(Arc::default())
        }
    };
    shape::fields(table.object).map(|(key, field)| (key, value(key, &field.kind))).collect()
}
