//! Ids and slugs. Documents refer to records by slug, the database by id.

use std::{collections::HashMap, sync::Arc};

use sea_orm::sea_query::Value;
use serde_json::Value as Json;

use super::record_map::RecordMap;
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, Field, Kind, ObjectIx, Scalar},
    },
    library::{document::shape, error::LibraryError},
};

/// The slug of each id and the id of each slug. Ids are unique across all types.
#[derive(Debug, Default)]
pub(in crate::library) struct Ids {
    slugs: HashMap<i64, Arc<str>>,
    ids: RecordMap<i64>,
}

impl Ids {
    pub fn insert(&mut self, ix: ObjectIx, slug: &Arc<str>, id: i64) {
        self.slugs.insert(id, Arc::clone(slug));
        self.ids.insert((ix, Arc::clone(slug)), id);
    }

    /// Adds the ids of new records, so that these are found by slug. [`Self::slug_of`] does not
    /// find their slugs.
    pub fn assign(&mut self, ids: RecordMap<i64>) {
        self.ids.append(ids);
    }

    pub fn id(&self, ix: ObjectIx, slug: &str) -> Option<i64> {
        self.ids.get(ix, slug).copied()
    }

    /// Returns the slugs of a type that are in this list, in the order in which they were added.
    pub fn of(&self, ix: ObjectIx) -> impl Iterator<Item = &Arc<str>> {
        self.ids.of(ix).map(|(slug, _)| slug)
    }

    /// Reports whether this list has the slug of an id.
    pub fn contains(&self, id: i64) -> bool {
        self.slugs.contains_key(&id)
    }

    /// Returns the id of a record that must exist.
    pub fn id_of(&self, catalog: &Catalog, ix: ObjectIx, slug: &str) -> Result<i64, LibraryError> {
        let missing = || LibraryError::Damaged(format!("there is no {} {slug}.", catalog.object(ix).name));
        self.id(ix, slug).ok_or_else(missing)
    }

    /// Returns the slug of a record that must exist.
    pub fn slug_of(&self, id: i64) -> Result<&Arc<str>, LibraryError> {
        self.slugs.get(&id).ok_or_else(|| LibraryError::Damaged(format!("no record has the id {id}.")))
    }

    /// Returns the canonical value of a stored field: with slugs instead of ids, and with every declared member in order.
    pub fn canonical(&self, catalog: &Catalog, field: &Field, stored: &Json) -> Result<CanonicalValue, LibraryError> {
        if stored.is_null() {
            let nothing = if field.is_list() { CanonicalValue::List(Arc::default()) } else { CanonicalValue::Null };
            return Ok(field.default.clone().filter(|_| field.column.is_none()).unwrap_or(nothing));
        }
        let list = |entry: &dyn Fn(&Json) -> Result<CanonicalValue, LibraryError>| {
            let entries = stored.as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().map(entry).collect::<Result<CanonicalValue, _>>()
        };
        let slug = |stored: &Json| {
            let id = stored.as_i64().ok_or_else(|| LibraryError::Damaged(format!("{stored} is not an id.")))?;
            Ok(CanonicalValue::Text(Arc::clone(self.slug_of(id)?)))
        };
        let object = |ix, stored: &Json| {
            let fields = shape::fields(catalog.object(ix));
            let fields = fields.map(|(key, field)| Ok((key, self.canonical(catalog, field, &stored[key])?)));
            fields.collect::<Result<_, LibraryError>>().map(CanonicalValue::Object)
        };
        match &field.kind {
            Kind::Scalar(scalar) => Ok(canonical_scalar(*scalar, stored)),
            Kind::Scalars(scalar) => list(&|stored| Ok(canonical_scalar(*scalar, stored))),
            Kind::One(_) => slug(stored),
            Kind::Refs(_) => list(&slug),
            Kind::Value(ix) => object(*ix, stored),
            Kind::Values(ix) => list(&|stored| object(*ix, stored)),
            Kind::Id(_) | Kind::Parts { .. } | Kind::Many(_) | Kind::Attribution => Ok(CanonicalValue::Null),
        }
    }

    /// Calls `found` with the type and id of every record to which a stored field refers.
    pub fn each_id(catalog: &Catalog, field: &Field, stored: &Json, found: &mut dyn FnMut(ObjectIx, i64)) {
        if let Json::Array(entries) = stored {
            return entries.iter().for_each(|entry| Self::each_id(catalog, field, entry, found));
        }
        match &field.kind {
            Kind::One(target) | Kind::Refs(target) => stored.as_i64().into_iter().for_each(|id| found(target.ix, id)),
            Kind::Value(ix) | Kind::Values(ix) if stored.is_object() => {
                for (key, field) in shape::fields(catalog.object(*ix)) {
                    Self::each_id(catalog, field, &stored[key], found);
                }
            }
            _ => {}
        }
    }

    /// Returns the stored value of a canonical value: with ids instead of slugs.
    fn stored(&self, catalog: &Catalog, field: &Field, value: &CanonicalValue) -> Result<CanonicalValue, LibraryError> {
        let list = |entry: &dyn Fn(&CanonicalValue) -> Result<CanonicalValue, LibraryError>| {
            value.list().iter().map(entry).collect::<Result<CanonicalValue, _>>()
        };
        let id = |ix, value: &CanonicalValue| match value.as_str() {
            Some(slug) => Ok(CanonicalValue::Int(self.id_of(catalog, ix, slug)?)),
            None => Ok(CanonicalValue::Null),
        };
        let object = |ix, value: &CanonicalValue| {
            let Some(record) = value.as_object() else { return Ok(CanonicalValue::Null) };
            let fields = shape::fields(catalog.object(ix));
            let fields = fields.map(|(key, field)| {
                Ok((key, self.stored(catalog, field, record.get(key).unwrap_or(&CanonicalValue::Null))?))
            });
            fields.collect::<Result<_, LibraryError>>().map(CanonicalValue::Object)
        };
        match &field.kind {
            Kind::One(target) => id(target.ix, value),
            Kind::Refs(target) => list(&|value| id(target.ix, value)),
            Kind::Value(ix) => object(*ix, value),
            Kind::Values(ix) => list(&|value| object(*ix, value)),
            _ => Ok(value.clone()),
        }
    }

    /// Returns the value to write to a column, in the type of the column. SQLite stores JSON as text.
    pub fn column_value(
        &self,
        catalog: &Catalog,
        field: &Field,
        value: &CanonicalValue,
        text_for_json: bool,
    ) -> Result<Value, LibraryError> {
        let failed = |_| LibraryError::Damaged("a value is not JSON.".to_owned());
        Ok(match &field.kind {
            Kind::Scalar(Scalar::Int) => Value::Int(value.as_i64().and_then(|value| i32::try_from(value).ok())),
            Kind::Scalar(Scalar::Float) => Value::Double(value.as_f64()),
            Kind::Scalar(Scalar::Boolean) => Value::Bool(value.as_bool()),
            Kind::Scalar(Scalar::Text | Scalar::Choice(_)) => Value::String(value.as_str().map(str::to_owned)),
            Kind::One(_) => Value::BigInt(self.stored(catalog, field, value)?.as_i64()),
            _ if value.is_null() => Value::Json(None),
            _ if text_for_json => {
                Value::String(Some(serde_json::to_string(&self.stored(catalog, field, value)?).map_err(failed)?))
            }
            _ => {
                let stored = serde_json::to_value(self.stored(catalog, field, value)?).map_err(failed)?;
                Value::Json(Some(Box::new(stored)))
            }
        })
    }
}

/// Returns the canonical value of a scalar. A whole float may be stored as an integer; its canonical value is a float.
pub(in crate::library) fn canonical_scalar(scalar: Scalar, stored: &Json) -> CanonicalValue {
    match (scalar, stored) {
        (Scalar::Float, stored) => stored.as_f64().map_or(CanonicalValue::Null, CanonicalValue::Float),
        (_, Json::String(text)) => text.as_str().into(),
        (_, Json::Bool(value)) => (*value).into(),
        (_, stored) => stored.as_i64().into(),
    }
}
