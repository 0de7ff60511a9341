//! Ids and slugs: documents refer by slug, the database by id.

use std::{collections::HashMap, sync::Arc};

use sea_orm::sea_query::Value;
use serde_json::Value as Json;

use super::{contents::Contents, error::LibraryError, shape};
use crate::engine::{
    canonical::CanonicalValue,
    catalog::{Catalog, Field, Kind, ObjectIx, Scalar},
};

/// Which id has which slug. Ids are unique across types.
#[derive(Debug, Default)]
pub(super) struct Ids {
    slugs: HashMap<i64, Arc<str>>,
    ids: Contents<i64>,
}

impl Ids {
    /// Takes note of content that the database holds.
    pub fn insert(&mut self, ix: ObjectIx, slug: &Arc<str>, id: i64) {
        self.slugs.insert(id, Arc::clone(slug));
        self.ids.insert((ix, Arc::clone(slug)), id);
    }

    /// Gives contents ids.
    pub fn give(&mut self, ids: Contents<i64>) {
        self.ids.append(ids);
    }

    pub fn id(&self, ix: ObjectIx, slug: &str) -> Option<i64> {
        self.ids.get(ix, slug).copied()
    }

    /// The id of what a slug names.
    pub fn id_of(&self, catalog: &Catalog, ix: ObjectIx, slug: &str) -> Result<i64, LibraryError> {
        let missing = || LibraryError::Damaged(format!("nothing is called {} {slug}.", catalog.object(ix).name));
        self.id(ix, slug).ok_or_else(missing)
    }

    /// The slug of what has an id.
    pub fn slug_of(&self, id: i64) -> Result<&Arc<str>, LibraryError> {
        self.slugs.get(&id).ok_or_else(|| LibraryError::Damaged(format!("nothing has the id {id}.")))
    }

    /// The canonical value of a field from what the database holds: slugs for ids, every member there and in order.
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
            Kind::Id | Kind::Parts { .. } | Kind::Many(_) => Ok(CanonicalValue::Null),
        }
    }

    /// What the database holds for a canonical value: ids for slugs.
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

    /// The value of a column, of the type that the column has. SQLite keeps JSON as text and takes it so.
    pub fn column_value(
        &self,
        catalog: &Catalog,
        field: &Field,
        value: &CanonicalValue,
        text_for_json: bool,
    ) -> Result<Value, LibraryError> {
        let failed = |_| LibraryError::Damaged("a value is no JSON.".to_owned());
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

/// The canonical value of a scalar. Floating point numbers have one form, whatever the database makes of them.
fn canonical_scalar(scalar: Scalar, stored: &Json) -> CanonicalValue {
    match (scalar, stored) {
        (Scalar::Float, stored) => stored.as_f64().map_or(CanonicalValue::Null, CanonicalValue::Float),
        (_, Json::String(text)) => text.as_str().into(),
        (_, Json::Bool(value)) => (*value).into(),
        (_, stored) => stored.as_i64().into(),
    }
}
