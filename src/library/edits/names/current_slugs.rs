//! Current slugs of records that a document names by former ones, and the slugs of records that an edit renames.

use std::{collections::HashMap, iter::once, sync::Arc};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query},
};

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ObjectIx, ObjectType, SLUG_SEPARATOR, SlugRule},
    },
    library::{
        document::{
            format::is_storable,
            shape::{ReferenceField, ReferenceKind, References, SLUG},
        },
        edits::record_amendments::RecordAmendments,
        error::LibraryError,
        problem::Path,
        publication::batch_writer::MAX_ROWS,
        records::{
            content_table::{FORMER_SLUG, ID},
            documents::{LoadedLibrary, each_reference},
            load::Loader,
            record_map::{RecordKey, RecordMap},
            row_reader::{IdsByType, RowFilter, padded},
        },
    },
};

/// The slugs of the records that an edit renames. The changes of the edit may name such a record by each of its slugs.
#[derive(Clone, Default)]
pub(in crate::library) struct RenamedSlugs {
    /// The last slug of each record, by the key of the record in the database.
    pub last: HashMap<RecordKey, Arc<str>>,
    /// For each slug that a record has during the edit: all slugs by which the changes may name the record. The last of
    /// these slugs is the one after the edit.
    all: RecordMap<Arc<[Arc<str>]>>,
}

impl RenamedSlugs {
    /// Returns the slugs of the records that these changes rename.
    pub fn of(records: &[RecordAmendments<'_>]) -> Self {
        let mut renamed = Self::default();
        for record in records {
            let (ix, stored) = record.key();
            let all: Arc<[Arc<str>]> = once(Arc::clone(&stored)).chain(record.new_slugs().cloned()).collect();
            let [_, .., last] = &*all else { continue };
            for slug in all.iter() {
                renamed.all.insert((ix, Arc::clone(slug)), Arc::clone(&all));
            }
            renamed.last.insert((ix, stored), Arc::clone(last));
        }
        renamed
    }

    /// Returns these slugs for an edit whose changes may also name records by slugs of an earlier revision. `former` maps
    /// each of those slugs to the current slug of its record.
    pub fn with_former(&self, former: &HashMap<RecordKey, Arc<str>>) -> Self {
        let mut renamed = self.clone();
        for ((ix, slug), current) in former {
            // Several former slugs can belong to one record.
            let slugs = renamed.all.get(*ix, current).map_or_else(|| vec![Arc::clone(current)], |slugs| slugs.to_vec());
            let all: Arc<[Arc<str>]> = once(slug).chain(&slugs).cloned().collect();
            for slug in slugs {
                renamed.all.insert((*ix, slug), Arc::clone(&all));
            }
        }
        renamed
    }

    /// Returns all slugs that the record with a slug has during the edit. The last one stays.
    pub fn slugs<'s>(&'s self, ix: ObjectIx, slug: &'s str) -> Vec<&'s str> {
        self.all.get(ix, slug).map_or_else(|| vec![slug], |slugs| slugs.iter().map(|slug| &**slug).collect())
    }
}

/// Returns the current slugs of the records to which a document refers by former slugs.
pub(in crate::library::edits) async fn renamed_targets<C: ConnectionTrait>(
    loader: &Loader<'_, '_, C>,
    library: &mut LoadedLibrary<'_>,
    ix: ObjectIx,
    fields: &CanonicalObject,
) -> Result<HashMap<RecordKey, Arc<str>>, LibraryError> {
    let mut keys = Vec::new();
    each_reference(&library.references, ix, fields, true, &Path::Root, &mut |target, slug, _| {
        keys.push((target, Arc::clone(slug)));
    });
    resolve_former_slugs(loader, library, keys).await
}

/// Maps each key with a former slug to the current slug of its record. Also loads the ids of the
/// records whose current slugs are in `keys`.
pub(in crate::library::edits) async fn resolve_former_slugs<C: ConnectionTrait>(
    loader: &Loader<'_, '_, C>,
    library: &mut LoadedLibrary<'_>,
    mut keys: Vec<RecordKey>,
) -> Result<HashMap<RecordKey, Arc<str>>, LibraryError> {
    loader.rows.load_ids_of(&mut library.ids, keys.iter().cloned()).await?;
    keys.retain(|(ix, slug)| library.ids.id(*ix, slug).is_none() && is_storable(slug));
    let slugs: Vec<&str> = keys.iter().map(|(_, slug)| &**slug).collect();
    // Records of several types can have had the same slug.
    let mut found: HashMap<String, Vec<i64>> = HashMap::new();
    for slugs in slugs.chunks(MAX_ROWS) {
        let mut select = Query::select();
        select.columns([SLUG, ID]).from(FORMER_SLUG).and_where(Expr::col(SLUG).is_in(padded(slugs)));
        for row in loader.rows.db.query_all(&select).await? {
            found.entry(row.try_get("", SLUG)?).or_default().push(row.try_get("", ID)?);
        }
    }
    let mut ids = IdsByType::new();
    for (ix, slug) in &keys {
        ids.entry(*ix).or_default().extend(found.get(&**slug).into_iter().flatten());
    }
    for (ix, ids) in ids {
        loader.rows.load_ids(&mut library.ids, ix, &RowFilter::ids(ID, ids)).await?;
    }
    let ids = &library.ids;
    let current = |(ix, slug): RecordKey| {
        let slug_of = |id: &i64| ids.slug_of(*id).ok().filter(|slug| ids.id(ix, slug) == Some(*id));
        let current = Arc::clone(found.get(&*slug)?.iter().find_map(slug_of)?);
        Some(((ix, slug), current))
    };
    Ok(keys.into_iter().filter_map(current).collect())
}

/// Returns a document whose references to renamed records have the current slugs.
pub(in crate::library::edits) fn with_current_slugs(
    references: &References,
    ix: ObjectIx,
    fields: &CanonicalObject,
    renamed: &HashMap<RecordKey, Arc<str>>,
) -> CanonicalObject {
    let mut fields = fields.clone();
    for ReferenceField { key, kind } in references.of(ix) {
        let value = value_with_current_slugs(references, kind, &fields.value(key), renamed);
        fields = fields.with(key, &value);
    }
    fields
}

/// Returns a document in which renamed records have their current slugs: the record itself, the records to which it
/// refers, and the embedded records, whose slugs are composed of the others. Merged documents match by these slugs.
pub(in crate::library::edits) fn with_all_current_slugs(
    library: &LoadedLibrary<'_>,
    object: &ObjectType,
    fields: &CanonicalObject,
    renamed: &HashMap<RecordKey, Arc<str>>,
) -> CanonicalObject {
    let fields = with_current_slugs(&library.references, object.ix, fields, renamed);
    let own = fields.get(SLUG).and_then(CanonicalValue::as_text);
    let current = own.and_then(|slug| renamed.get(&(object.ix, Arc::clone(slug))));
    let fields = match current {
        Some(current) => fields.with(SLUG, &CanonicalValue::Text(Arc::clone(current))),
        None => fields,
    };
    with_composed_slugs(library.catalog, object, &fields)
}

/// Returns a document in which the embedded records refer to their owners by the current slugs, and have composed slugs
/// that agree with their references.
fn with_composed_slugs(catalog: &Catalog, object: &ObjectType, fields: &CanonicalObject) -> CanonicalObject {
    fields.changed(|name, value| {
        let (embedded, column) = object.field(name)?.embedded()?;
        let embedded = catalog.object(embedded);
        let owner = embedded.fields.iter().find(|field| field.column == Some(column))?;
        let record = |record: &CanonicalValue| {
            let Some(record) = record.as_object() else { return record.clone() };
            let record = record.with(owner.name, &fields.value(SLUG));
            let record = record.with(SLUG, &composed_slug(embedded, &record));
            CanonicalValue::Object(with_composed_slugs(catalog, embedded, &record))
        };
        Some(value.list().iter().map(record).collect())
    })
}

fn composed_slug(object: &ObjectType, fields: &CanonicalObject) -> CanonicalValue {
    let Some(SlugRule::Composed(names)) = object.content().map(|role| role.slug) else { return fields.value(SLUG) };
    let parts: Option<Vec<&str>> = names.iter().map(|name| fields.get(name)?.as_str()).collect();
    parts.map_or_else(|| fields.value(SLUG), |parts| parts.join(SLUG_SEPARATOR).as_str().into())
}

fn value_with_current_slugs(
    references: &References,
    kind: &ReferenceKind,
    value: &CanonicalValue,
    renamed: &HashMap<RecordKey, Arc<str>>,
) -> CanonicalValue {
    match (kind, value) {
        (_, CanonicalValue::List(values)) => {
            values.iter().map(|value| value_with_current_slugs(references, kind, value, renamed)).collect()
        }
        (ReferenceKind::Target(target), CanonicalValue::Text(slug)) => {
            let current = renamed.get(&(*target, Arc::clone(slug)));
            CanonicalValue::Text(Arc::clone(current.unwrap_or(slug)))
        }
        (ReferenceKind::Nested { object, .. }, CanonicalValue::Object(fields)) => {
            CanonicalValue::Object(with_current_slugs(references, *object, fields, renamed))
        }
        _ => value.clone(),
    }
}
