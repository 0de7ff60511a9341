//! Names of records in arguments: an id, or a slug that the record has or had.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Order, Query},
};

use super::current_slugs::resolve_former_slugs;
use crate::{
    engine::catalog::{Catalog, ObjectType},
    library::{
        edits::amend::AmendmentKind,
        error::LibraryError,
        problem::{Problem, ProblemCode},
        publication::history::TABLE,
        records::{
            content_table::{ContentTable, ID},
            documents::LoadedLibrary,
            load::Loader,
            record_map::RecordKey,
            row_reader::{IdsByType, RowFilter},
        },
    },
};

/// What a client sends to name a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordName {
    /// The primary key of the record.
    Id(i64),
    /// A slug.
    Slug(Arc<str>),
}

/// A change of a record that an argument names.
#[derive(Clone, Debug)]
pub struct NamedChange {
    /// The type of the record.
    pub object: &'static ObjectType,
    /// The name of the record.
    pub name: RecordName,
    /// The path of the arguments, followed by a dot, as in `changes[0].NAME.`, where `NAME` is the
    /// mutation. Empty if they are the arguments of the root field itself.
    pub path: String,
    /// The revision in which the client read the record. A patch is merged with later changes. Other actions are
    /// refused if there are later changes. `None` if the client accepts every revision.
    pub expected: Option<i64>,
    /// What happens to the record.
    pub action: NamedAction,
}

/// What an edit does with a record that an argument names.
#[derive(Clone, Debug)]
pub enum NamedAction {
    /// Its document changes.
    Amend(AmendmentKind),
    /// It is deleted.
    Delete,
}

impl NamedChange {
    /// Reports whether the slug may be a former one. A restore accepts no former slug, because another record may have
    /// had the slug in the restored revision.
    fn follows_renames(&self) -> bool {
        !matches!(self.action, NamedAction::Amend(AmendmentKind::Restore(_)))
    }
}

impl RecordName {
    /// Returns the size of the memory that it allocates, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        if let Self::Slug(slug) = self { slug.len() } else { 0 }
    }
}

/// The argument with the name of a record.
pub(in crate::library) const BY: &str = "by";

/// Returns the current slugs of the changed records, in their order. A slug that no record has or had is returned as it
/// is. For a deleted record, its last slug is returned.
///
/// # Errors
/// If no record ever had one of the ids ([`LibraryError::Problems`]), or the database cannot be read.
pub(in crate::library::edits) async fn current_slugs(
    catalog: &Catalog,
    tables: &[ContentTable<'_>],
    db: &impl ConnectionTrait,
    records: &[NamedChange],
) -> Result<Vec<Arc<str>>, LibraryError> {
    let mut library = LoadedLibrary::new(catalog);
    let loader = Loader::new(catalog, tables, db, None);
    let slugs = records.iter().filter(|record| record.follows_renames()).filter_map(|record| match &record.name {
        RecordName::Slug(slug) => Some((record.object.ix, Arc::clone(slug))),
        RecordName::Id(_) => None,
    });
    let slugs: Vec<RecordKey> = slugs.collect();
    let current = resolve_former_slugs(&loader, &mut library, slugs).await?;
    let mut ids = IdsByType::new();
    for record in records {
        if let RecordName::Id(id) = record.name {
            ids.entry(record.object.ix).or_default().insert(id);
        }
    }
    for (ix, ids) in ids {
        loader.rows.load_ids(&mut library.ids, ix, &RowFilter::ids(ID, ids)).await?;
    }
    let (mut found, mut problems) = (Vec::with_capacity(records.len()), Vec::new());
    for NamedChange { object, name, path, .. } in records {
        match name {
            RecordName::Slug(slug) => {
                found.push(Arc::clone(current.get(&(object.ix, Arc::clone(slug))).unwrap_or(slug)));
            }
            RecordName::Id(id) => {
                // The id can belong to a record of another type, which another change names.
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
    Problem::of_argument(format!("{path}{BY}.id").into(), ProblemCode::NotFound, sentence)
}
