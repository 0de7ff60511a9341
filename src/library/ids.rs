//! Ids and slugs: documents refer by slug, the database by id.

use std::collections::HashMap;

use sea_orm::sea_query::Value;
use serde_json::{Map, Number, Value as Json};

use super::{error::LibraryError, read::is_list, set::Key, shape};
use crate::engine::catalog::{Catalog, Field, Kind, ObjectIx, Scalar};

/// Which id has which slug. Ids are unique across types.
#[derive(Debug, Default)]
pub(super) struct Ids {
    slugs: HashMap<i64, String>,
    ids: HashMap<Key, i64>,
}

impl Ids {
    pub fn insert(&mut self, ix: ObjectIx, slug: &str, id: i64) {
        self.slugs.insert(id, slug.to_owned());
        self.ids.insert((ix, slug.to_owned()), id);
    }

    pub fn id(&self, key: &Key) -> Option<i64> {
        self.ids.get(key).copied()
    }

    /// The id of what a slug names.
    pub fn id_of(&self, catalog: &Catalog, ix: ObjectIx, slug: &str) -> Result<i64, LibraryError> {
        let missing = || LibraryError::Damaged(format!("nothing is called {} {slug}.", catalog.object(ix).name));
        self.ids.get(&(ix, slug.to_owned())).copied().ok_or_else(missing)
    }

    /// The slug of what has an id.
    pub fn slug_of(&self, id: i64) -> Result<&str, LibraryError> {
        self.slugs.get(&id).map(String::as_str).ok_or_else(|| LibraryError::Damaged(format!("nothing has the id {id}.")))
    }

    /// The canonical value of a field from what the database holds: slugs for ids, every member there and in order.
    pub fn canonical(&self, catalog: &Catalog, field: &Field, stored: &Json) -> Result<Json, LibraryError> {
        if stored.is_null() {
            let nothing = if is_list(field) { Json::Array(Vec::new()) } else { Json::Null };
            return Ok(field.default.clone().filter(|_| field.column.is_none()).unwrap_or(nothing));
        }
        let list = |entry: &dyn Fn(&Json) -> Result<Json, LibraryError>| {
            let entries = stored.as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().map(entry).collect::<Result<Json, _>>()
        };
        let slug = |stored: &Json| {
            let id = stored.as_i64().ok_or_else(|| LibraryError::Damaged(format!("{stored} is not an id.")))?;
            Ok(Json::from(self.slug_of(id)?))
        };
        let object = |ix, stored: &Json| {
            let mut fields = Map::new();
            for (key, field) in shape::fields(catalog.object(ix)) {
                fields.insert(key.to_owned(), self.canonical(catalog, field, &stored[key])?);
            }
            Ok(Json::Object(fields))
        };
        match &field.kind {
            Kind::Scalar(scalar) => Ok(canonical_scalar(*scalar, stored)),
            Kind::Scalars(scalar) => list(&|stored| Ok(canonical_scalar(*scalar, stored))),
            Kind::One(_) => slug(stored),
            Kind::Refs(_) => list(&slug),
            Kind::Value(ix) => object(*ix, stored),
            Kind::Values(ix) => list(&|stored| object(*ix, stored)),
            Kind::Id | Kind::Parts { .. } | Kind::Many(_) => Ok(Json::Null),
        }
    }

    /// What the database holds for a canonical value: ids for slugs.
    fn stored(&self, catalog: &Catalog, field: &Field, value: &Json) -> Result<Json, LibraryError> {
        let list = |entry: &dyn Fn(&Json) -> Result<Json, LibraryError>| {
            let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().map(entry).collect::<Result<Json, _>>()
        };
        let id = |ix, value: &Json| match value.as_str() {
            Some(slug) => Ok(Json::from(self.id_of(catalog, ix, slug)?)),
            None => Ok(Json::Null),
        };
        let object = |ix, value: &Json| {
            if value.is_null() {
                return Ok(Json::Null);
            }
            let mut fields = Map::new();
            for (key, field) in shape::fields(catalog.object(ix)) {
                fields.insert(key.to_owned(), self.stored(catalog, field, &value[key])?);
            }
            Ok(Json::Object(fields))
        };
        match &field.kind {
            Kind::One(ix) => id(*ix, value),
            Kind::Refs(ix) => list(&|value| id(*ix, value)),
            Kind::Value(ix) => object(*ix, value),
            Kind::Values(ix) => list(&|value| object(*ix, value)),
            _ => Ok(value.clone()),
        }
    }

    /// The value of a column, of the type that the column has.
    pub fn column_value(&self, catalog: &Catalog, field: &Field, value: &Json) -> Result<Value, LibraryError> {
        Ok(match &field.kind {
            Kind::Scalar(Scalar::Int) => Value::Int(value.as_i64().and_then(|value| i32::try_from(value).ok())),
            Kind::Scalar(Scalar::Float) => Value::Double(value.as_f64()),
            Kind::Scalar(Scalar::Boolean) => Value::Bool(value.as_bool()),
            Kind::Scalar(Scalar::Text | Scalar::Choice(_)) => Value::String(value.as_str().map(str::to_owned)),
            Kind::One(_) => Value::BigInt(self.stored(catalog, field, value)?.as_i64()),
            _ => Value::Json(Some(self.stored(catalog, field, value)?).filter(|json| !json.is_null()).map(Box::new)),
        })
    }
}

/// Floating point numbers have one form, whatever the database makes of them.
fn canonical_scalar(scalar: Scalar, stored: &Json) -> Json {
    match scalar {
        Scalar::Float => stored.as_f64().and_then(Number::from_f64).map_or(Json::Null, Json::Number),
        _ => stored.clone(),
    }
}
