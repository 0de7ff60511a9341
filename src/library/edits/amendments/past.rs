//! Reads the document of a record as of a revision. If a later revision changed the record, the history has that document;
//! otherwise the current document is still the same.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{Condition, Expr, ExprTrait as _, Order, Query},
};
use serde_json::Value as Json;

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, Kind, ObjectIx, ObjectType},
    },
    library::{
        document::shape,
        error::LibraryError,
        publication::{
            batch_writer::MAX_ROWS,
            history::{CREATED, DELETED, TABLE},
        },
        records::{
            documents::LoadedLibrary, ids::canonical_scalar, load::Loader, record_map::RecordKey, row_reader::padded,
        },
    },
};

pub(in crate::library) struct PastDocument {
    /// The canonical document, with the records that were embedded in it.
    pub fields: CanonicalObject,
    /// The ids of the embedded records and of the record, in the order in which a document is read: each record follows
    /// those that are embedded in it.
    pub ids: Vec<i64>,
}

/// A record that has or had a slug. After a record is deleted, a new record can get its slug.
pub(in crate::library) struct SlugHolder {
    pub id: i64,
    /// The revision that deleted it; `None` if it exists.
    pub deleted: Option<i64>,
}

/// A record as of a revision.
struct PastRecord {
    ix: ObjectIx,
    id: i64,
    /// Index, in the list of records, of the record in which it was embedded.
    owner: Option<usize>,
    position: i64,
    /// Its canonical document, without embedded records.
    fields: CanonicalObject,
}

/// The state of a record before its first change after a revision, as the history has it.
struct Replaced {
    id: i64,
    type_name: String,
    owner: Option<i64>,
    position: Option<i32>,
    /// The document as JSON; `None` if the change created the record.
    document: Option<String>,
}

impl<C: ConnectionTrait> Loader<'_, '_, C> {
    /// Returns the record that has a slug; if there is none, the records that had it when they were deleted, latest first.
    pub async fn slug_holders(
        &self,
        library: &LoadedLibrary<'_>,
        (ix, slug): &RecordKey,
    ) -> Result<Vec<SlugHolder>, LibraryError> {
        if let Some(id) = library.ids.id(*ix, slug) {
            return Ok(vec![SlugHolder { id, deleted: None }]);
        }
        let mut select = Query::select();
        select.columns(["record_id", "revision"]).from(TABLE).and_where(Expr::col("slug").eq(&**slug));
        select.and_where(Expr::col("type").eq(library.catalog.object(*ix).name));
        select.and_where(Expr::col("action").eq(DELETED)).order_by("revision", Order::Desc);
        let rows = self.rows.db.query_all(&select).await?;
        let holder = |row: &QueryResult| -> Result<SlugHolder, DbErr> {
            let deleted = row.try_get::<i64>("", "revision")?;
            Ok(SlugHolder { id: row.try_get("", "record_id")?, deleted: Some(deleted) })
        };
        Ok(rows.iter().map(holder).collect::<Result<_, _>>()?)
    }

    /// Returns the first later revision that did not store the documents that it replaced; `None` if there is none.
    /// Revisions that were published by an older version of the service stored none. They can follow others, because an
    /// operator can go back to an older version for a while.
    pub async fn first_without_documents(&self, revision: i64) -> Result<Option<i64>, LibraryError> {
        let mut select = Query::select();
        select.column("id").from("revision").and_where(Expr::col("id").gt(revision));
        select.and_where(Expr::col("records").is_null()).order_by("id", Order::Asc).limit(1);
        let row = self.rows.db.query_one(&select).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?)
    }

    /// Returns the document of the record with an id as of a revision; `None` if the record did not exist. `library`
    /// has the current document, if there is one.
    pub async fn past_document(
        &self,
        library: &LoadedLibrary<'_>,
        (ix, slug): &RecordKey,
        id: i64,
        revision: i64,
    ) -> Result<Option<PastDocument>, LibraryError> {
        let catalog = library.catalog;
        let object = catalog.object(*ix);
        let replaced = self.replaced("record_id", &[id], revision).await?;
        let fields = match (replaced.first(), library.documents.get(*ix, slug)) {
            (Some(Replaced { document: Some(text), .. }), _) => parsed(catalog, object, text)?,
            (None, Some(present)) => present.fields.clone(),
            (Some(_), _) | (None, None) => return Ok(None),
        };
        let mut records = vec![PastRecord { ix: *ix, id, owner: None, position: 0, fields }];
        let mut level = 0..1;
        while !level.is_empty() {
            let next = records.len();
            self.embedded(library, &mut records, level, revision).await?;
            level = next..records.len();
        }
        Ok(Some(nested(catalog, records)))
    }

    /// Adds the records that were embedded in the records with these indexes.
    async fn embedded(
        &self,
        library: &LoadedLibrary<'_>,
        records: &mut Vec<PastRecord>,
        owners: Range<usize>,
        revision: i64,
    ) -> Result<(), LibraryError> {
        let by_id: HashMap<i64, usize> = owners.map(|at| (records[at].id, at)).collect();
        let ids: Vec<i64> = by_id.keys().copied().collect();
        let replaced = self.replaced("owner_id", &ids, revision).await?;
        let changed: HashSet<i64> = replaced.iter().map(|replaced| replaced.id).collect();
        for Replaced { id, type_name, owner, position, document } in replaced {
            let owner = owner.and_then(|owner| by_id.get(&owner).copied());
            let (Some(object), Some(text)) = (library.catalog.object_named(&type_name), document) else { continue };
            let (fields, position) = (parsed(library.catalog, object, &text)?, position.unwrap_or_default().into());
            records.push(PastRecord { ix: object.ix, id, owner, position, fields });
        }
        for (ix, slug, document) in library.documents.iter() {
            let owner = document.owner.as_ref().and_then(|(ix, slug)| library.ids.id(*ix, slug));
            let owner = owner.and_then(|owner| by_id.get(&owner).copied());
            let Some(id) = library.ids.id(ix, slug).filter(|id| owner.is_some() && !changed.contains(id)) else { continue };
            let position = document.position.and_then(|position| i64::try_from(position).ok()).unwrap_or_default();
            records.push(PastRecord { ix, id, owner, position, fields: document.fields.clone() });
        }
        Ok(())
    }

    /// Returns the states before the first change after a revision, for the records that have one
    /// of these ids in a column. Records without such a change are left out.
    async fn replaced(&self, column: &'static str, ids: &[i64], revision: i64) -> Result<Vec<Replaced>, LibraryError> {
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        for ids in ids.chunks(MAX_ROWS) {
            let mut select = Query::select();
            select.columns(["record_id", "type", "owner_id", "position", "document"]).from(TABLE);
            select.and_where(Expr::col(column).is_in(padded(ids))).and_where(Expr::col("revision").gt(revision));
            let has_state = Condition::any().add(Expr::col("document").is_not_null()).add(Expr::col("action").eq(CREATED));
            select.cond_where(has_state).order_by("id", Order::Asc);
            for row in self.rows.db.query_all(&select).await? {
                let replaced = Replaced::of(&row)?;
                if seen.insert(replaced.id) {
                    found.push(replaced);
                }
            }
        }
        Ok(found)
    }
}

impl Replaced {
    fn of(row: &QueryResult) -> Result<Self, LibraryError> {
        Ok(Self {
            id: row.try_get("", "record_id")?,
            type_name: row.try_get("", "type")?,
            owner: row.try_get("", "owner_id")?,
            position: row.try_get("", "position")?,
            document: row.try_get("", "document")?,
        })
    }
}

/// Returns the document of the first record, with the other records in the lists that they were embedded in.
fn nested(catalog: &Catalog, records: Vec<PastRecord>) -> PastDocument {
    let mut embedded: HashMap<(usize, ObjectIx), Vec<(i64, PastDocument)>> = HashMap::new();
    let mut root = PastDocument { fields: CanonicalObject::default(), ids: Vec::new() };
    // Embedded records follow their owners. In reverse order, each record is complete before it is added to its owner.
    for (at, PastRecord { ix, id, owner, position, mut fields }) in records.into_iter().enumerate().rev() {
        let mut ids = Vec::new();
        for (field, (target, _)) in catalog.object(ix).fields.iter().filter_map(|field| Some((field, field.embedded()?))) {
            let mut list = embedded.remove(&(at, target)).unwrap_or_default();
            list.sort_by_key(|(position, _)| *position);
            let (documents, ids_of_list): (Vec<_>, Vec<_>) =
                list.into_iter().map(|(_, past)| (past.fields, past.ids)).unzip();
            fields = fields.with(field.name, &documents.into_iter().map(CanonicalValue::Object).collect());
            ids.extend(ids_of_list.into_iter().flatten());
        }
        ids.push(id);
        let document = PastDocument { fields, ids };
        match owner {
            Some(owner) => embedded.entry((owner, ix)).or_default().push((position, document)),
            None => root = document,
        }
    }
    root
}

/// Returns a stored document in the form of the current declaration. A field that was declared later has no value.
fn parsed(catalog: &Catalog, object: &ObjectType, text: &str) -> Result<CanonicalObject, LibraryError> {
    let document: Json = serde_json::from_str(text)
        .map_err(|_| LibraryError::Damaged(format!("a document of the history of type {} is not JSON.", object.name)))?;
    Ok(canonical(catalog, object, &document))
}

fn canonical(catalog: &Catalog, object: &ObjectType, document: &Json) -> CanonicalObject {
    shape::fields(object).map(|(key, field)| (key, value(catalog, field, &document[key]))).collect()
}

fn value(catalog: &Catalog, field: &Field, stored: &Json) -> CanonicalValue {
    match (stored, field.nested(), &field.kind) {
        (Json::Null, ..) => {
            let nothing = if field.is_list() { CanonicalValue::List(Arc::default()) } else { CanonicalValue::Null };
            field.default.clone().unwrap_or(nothing)
        }
        (Json::Array(items), ..) => items.iter().map(|item| value(catalog, field, item)).collect(),
        (_, Some(ix), _) => CanonicalValue::Object(canonical(catalog, catalog.object(ix), stored)),
        (_, None, Kind::Scalar(scalar) | Kind::Scalars(scalar)) => canonical_scalar(*scalar, stored),
        // References are slugs.
        _ => stored.as_str().into(),
    }
}
