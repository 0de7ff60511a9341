//! The shape of documents, as the catalog gives it: which fields documents have, and under which keys.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::node::Entry;
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue, FieldNames},
    catalog::{Catalog, Field, InDocument, Kind, Many, ObjectIx, ObjectType, Via},
};

/// The key under which a document gives the slug of its content.
pub(super) const ID: &str = "id";
/// The member that says where the statements of an object come from; what is nested inherits it.
pub(super) const SOURCES: &str = "sources";
/// The member that says it for single fields: a mapping in documents, a list of [`FIELD`] and [`SOURCES`] in canonical form.
pub(super) const FIELD_SOURCES: &str = "fieldSources";
/// The member of an entry of [`FIELD_SOURCES`] that names the field.
pub(super) const FIELD: &str = "field";
/// The member that counts the entries of a list from 1.
pub(super) const POSITION: &str = "position";
/// The member that gives the notice, which content hands on to what is embedded in it.
pub(super) const NOTICE: &str = "notice";
/// The name of the slug among the fields of content.
const SLUG: &str = "slug";

/// The key of a field in documents.
pub(super) fn key_of(object: &ObjectType, field: &Field) -> &'static str {
    if object.content().is_some() && field.name == SLUG { ID } else { field.name }
}

/// The fields that documents give, with their keys, in declaration order.
pub(super) fn fields(object: &ObjectType) -> impl Iterator<Item = (&'static str, &Field)> {
    object.fields.iter().filter(|field| field.is_in_documents()).map(|field| (key_of(object, field), field))
}

/// The fields that documents give of a type, as a table to read many objects by.
pub(super) struct Members<'c> {
    /// Their keys, in declaration order.
    pub keys: FieldNames,
    fields: Vec<&'c Field>,
    places: HashMap<&'static str, usize, RandomState>,
}

impl<'c> Members<'c> {
    pub fn of(object: &'c ObjectType) -> Self {
        let (keys, fields): (Vec<_>, Vec<_>) = fields(object).unzip();
        let places = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        Self { keys: keys.into(), fields, places }
    }

    /// The fields with their keys, in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'c Field)> {
        self.keys.iter().copied().zip(self.fields.iter().copied())
    }

    /// For each of them the entry of a mapping, when it has one that is not null, and the entries of other keys.
    pub fn given<'e, 't>(&self, entries: &'e [Entry<'t>]) -> (Vec<Option<&'e Entry<'t>>>, Vec<&'e Entry<'t>>) {
        let (mut given, mut others) = (vec![None; self.keys.len()], Vec::new());
        for entry in entries {
            match self.places.get(&*entry.key) {
                Some(at) if entry.value.is_null() => given[*at] = None,
                Some(at) => given[*at] = Some(entry),
                None => others.push(entry),
            }
        }
        (given, others)
    }
}

/// The fields by which each type refers to other content.
#[derive(Debug)]
pub(super) struct References(HashMap<ObjectIx, Vec<Referring>, RandomState>);

/// A field by which content refers to other content.
#[derive(Debug)]
pub(super) struct Referring {
    pub key: &'static str,
    pub what: What,
}

/// What stands in a field.
#[derive(Debug)]
pub(super) enum What {
    /// The slug of content of this type, or several.
    Target(ObjectIx),
    /// An object that may refer to something, or several.
    Nested { object: ObjectIx, embedded: bool },
}

impl References {
    pub fn of_all(catalog: &Catalog) -> Self {
        let refers = |object: ObjectIx| {
            fields(catalog.object(object)).any(|(_, field)| target(field).is_some() || nested(field).is_some())
        };
        let referring = |(key, field): (&'static str, &Field)| {
            let embedded = embedded(field).is_some();
            let nested = nested(field).filter(|object| refers(*object)).map(|object| What::Nested { object, embedded });
            Some(Referring { key, what: target(field).map(What::Target).or(nested)? })
        };
        let of = |object: &ObjectType| (object.ix, fields(object).filter_map(referring).collect());
        Self(catalog.objects().map(of).collect())
    }

    pub fn of(&self, ix: ObjectIx) -> &[Referring] {
        self.0.get(&ix).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The type that a field refers to by slugs, when it does.
pub(super) fn target(field: &Field) -> Option<ObjectIx> {
    match &field.kind {
        Kind::One(target) | Kind::Refs(target) | Kind::Many(Many { target, document: InDocument::Slugs, .. }) => {
            Some(target.ix)
        }
        _ => None,
    }
}

/// The type of the objects that stand in a field, when they do: value objects, parts, embedded content.
pub(super) fn nested(field: &Field) -> Option<ObjectIx> {
    match &field.kind {
        Kind::Value(object) | Kind::Values(object) => Some(*object),
        Kind::Parts { part: target, .. } | Kind::Many(Many { target, document: InDocument::Embedded, .. }) => {
            Some(target.ix)
        }
        _ => None,
    }
}

/// The type of embedded content and the column of its table that names its owner.
pub(super) fn embedded(field: &Field) -> Option<(ObjectIx, &'static str)> {
    match &field.kind {
        Kind::Many(Many { target, via: Via::ForeignKey { column, .. }, document: InDocument::Embedded, .. }) => {
            Some((target.ix, column))
        }
        _ => None,
    }
}

/// Whether this is the list of sources that nested objects inherit.
pub(super) fn is_sources(field: &Field) -> bool {
    field.name == SOURCES && !matches!(field.kind, Kind::One(_)) && target(field).is_some()
}

/// The sources of single fields: the type of its entries.
pub(super) fn field_sources<'c>(catalog: &'c Catalog, field: &Field) -> Option<&'c ObjectType> {
    match field.kind {
        Kind::Values(entry) if field.name == FIELD_SOURCES => Some(catalog.object(entry)),
        _ => None,
    }
}

/// Where the statements of an object come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Provenance {
    /// What covers the object.
    pub own: CanonicalValue,
    /// What covers single fields of it.
    pub by_field: Vec<(String, CanonicalValue)>,
}

impl Provenance {
    /// What the objects in a field inherit.
    pub fn of_field(&self, key: &str) -> &CanonicalValue {
        self.by_field.iter().find(|(field, _)| field == key).map_or(&self.own, |(_, sources)| sources)
    }

    /// The provenance that a canonical object states, within what it would inherit.
    pub fn of_object(object: &ObjectType, fields: &CanonicalObject, inherited: &CanonicalValue) -> Self {
        let states = object.fields.iter().any(is_sources);
        let own = if states { fields.value(SOURCES) } else { inherited.clone() };
        let entry = |entry: &CanonicalValue| Some((entry.get(FIELD)?.as_str()?.to_owned(), entry.get(SOURCES)?.clone()));
        let by_field = fields.list(FIELD_SOURCES).iter().filter_map(entry).collect();
        Self { own, by_field }
    }

    /// The canonical form of the sources of single fields.
    pub fn by_field_list(&self) -> CanonicalValue {
        let entry = |(field, sources): &(String, CanonicalValue)| {
            CanonicalValue::Object([(FIELD, field.as_str().into()), (SOURCES, sources.clone())].into_iter().collect())
        };
        self.by_field.iter().map(entry).collect()
    }
}
