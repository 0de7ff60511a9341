//! Names of records in arguments: an id, or a slug that the record has or had.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Order, Query},
};

use super::current_slugs::renamed;
use crate::{
    engine::catalog::{Catalog, ObjectType},
    library::{
        error::LibraryError,
        problem::{Place, Problem, ProblemCode},
        publication::history::TABLE,
        records::{
            content_table::{ContentTable, ID},
            documents::Library,
            load::Loader,
            record_map::RecordKey,
            row_reader::{IdsByType, RowFilter},
        },
    },
    store::{
        Writer,
        connect::transaction::{begin_reading, end_reading},
    },
};

/// What a client sends to name a record.
#[derive(Clone, Debug)]
pub enum RecordName {
    /// The primary key of the record.
    Id(i64),
    /// A slug.
    Slug(Arc<str>),
}

/// A record that an argument names.
pub struct NamedRecord<'n> {
    /// Its type.
    pub object: &'static ObjectType,
    /// Its name.
    pub name: &'n RecordName,
    /// True if a slug may be a former one. An earlier document is not searched by one: the record that had the slug in that
    /// revision may be another one.
    pub follows_renames: bool,
    /// The path of the arguments, with a dot at the end; empty for arguments of the field itself.
    pub path: &'n str,
}

impl RecordName {
    /// Returns the size of the memory that it allocates, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        if let Self::Slug(slug) = self { slug.len() } else { 0 }
    }
}

/// The argument with the name.
pub(in crate::library) const BY: &str = "by";

/// Returns the current slugs of records, in their order. A slug that no record has or had is returned as it is. A deleted
/// record has the slug that it had last.
///
/// # Errors
/// If there never was a record with an id ([`LibraryError::Problems`]), or the database cannot be read.
pub async fn current_slugs(
    catalog: &'static Catalog,
    writer: &Writer,
    records: &[NamedRecord<'_>],
) -> Result<Vec<Arc<str>>, LibraryError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let reading = begin_reading(writer).await?;
    let found = find(catalog, &reading, records).await;
    end_reading(reading, found).await
}

async fn find(
    catalog: &'static Catalog,
    db: &impl ConnectionTrait,
    records: &[NamedRecord<'_>],
) -> Result<Vec<Arc<str>>, LibraryError> {
    let (tables, mut library) = (ContentTable::all(catalog), Library::new(catalog));
    let loader = Loader::new(catalog, &tables, db);
    let slugs = records.iter().filter(|record| record.follows_renames).filter_map(|record| match record.name {
        RecordName::Slug(slug) => Some((record.object.ix, Arc::clone(slug))),
        RecordName::Id(_) => None,
    });
    let slugs: Vec<RecordKey> = slugs.collect();
    let current = renamed(&loader, &mut library, slugs).await?;
    let mut ids = IdsByType::new();
    for record in records {
        if let RecordName::Id(id) = record.name {
            ids.entry(record.object.ix).or_default().insert(*id);
        }
    }
    for (ix, ids) in ids {
        loader.rows.load_ids(&mut library.ids, ix, &RowFilter::ids(ID, ids)).await?;
    }
    let (mut found, mut problems) = (Vec::with_capacity(records.len()), Vec::new());
    for NamedRecord { object, name, path, .. } in records {
        match name {
            RecordName::Slug(slug) => {
                found.push(Arc::clone(current.get(&(object.ix, Arc::clone(slug))).unwrap_or(slug)));
            }
            RecordName::Id(id) => {
                // Another change may name a record of another type by the same number.
                let is_of_type = |slug: &&Arc<str>| library.ids.id(object.ix, slug) == Some(*id);
                let slug = match library.ids.slug_of(*id).ok().filter(is_of_type) {
                    Some(slug) => Some(Arc::clone(slug)),
                    None => last_slug(db, object, *id).await?,
                };
                match slug {
                    Some(slug) => found.push(slug),
                    None => problems.push(unknown(object, path)),
                }
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(LibraryError::Problems(problems)) }
}

/// Returns the slug that a deleted record had last; `None` if there was no such record.
async fn last_slug(db: &impl ConnectionTrait, object: &ObjectType, id: i64) -> Result<Option<Arc<str>>, LibraryError> {
    let mut select = Query::select();
    select.column("slug").from(TABLE).and_where(Expr::col("record_id").eq(id));
    select.and_where(Expr::col("type").eq(object.name)).order_by("revision", Order::Desc).limit(1);
    let row = db.query_one(&select).await?;
    Ok(row.map(|row| row.try_get::<String>("", "slug")).transpose()?.map(Into::into))
}

fn unknown(object: &ObjectType, path: &str) -> Problem {
    let sentence = format!("There is no {} with this id.", object.name);
    Place::of_argument(format!("{path}{BY}.id").into()).problem(ProblemCode::NotFound, sentence)
}
