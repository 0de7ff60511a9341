//! The shape of documents according to the catalog: their fields and keys.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::node::Entry;
pub(in crate::library) use crate::engine::field_rules::{FIELD, FIELD_SOURCES, KEY, NOTICE, POSITION, SLUG, SOURCES};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue, FieldNames},
    catalog::{Catalog, Field, Format, InDocument, Kind, Many, ObjectIx, ObjectType},
};

/// The name of the field with the typed id, which documents do not have.
pub(super) const ID: &str = "id";

/// Returns the fields that documents have, with their keys, in the order of the declaration. A key is the name of its field.
pub(in crate::library) fn fields(object: &ObjectType) -> impl Iterator<Item = (&'static str, &Field)> {
    object.fields.iter().filter(|field| field.is_in_documents()).map(|field| (field.name, field))
}

/// The fields of a type in documents, with an index of their keys for reading many objects.
pub(in crate::library) struct DocumentFields<'c> {
    /// Their keys, in the order of the declaration.
    pub keys: FieldNames,
    fields: Vec<&'c Field>,
    indexes: HashMap<&'static str, usize, RandomState>,
}

impl<'c> DocumentFields<'c> {
    pub fn of(object: &'c ObjectType) -> Self {
        let (keys, fields): (Vec<_>, Vec<_>) = fields(object).unzip();
        let indexes = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        Self { keys: keys.into(), fields, indexes }
    }

    /// Returns the fields with their keys, in the order of the declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'c Field)> {
        self.keys.iter().copied().zip(self.fields.iter().copied())
    }

    /// Returns for each field its entry in a mapping; `None` if the entry is missing or null. Also returns the entries
    /// with unknown keys.
    pub fn given<'e, 't>(&self, entries: &'e [Entry<'t>]) -> (Vec<Option<&'e Entry<'t>>>, Vec<&'e Entry<'t>>) {
        let (mut given, mut others) = (vec![None; self.keys.len()], Vec::new());
        for entry in entries {
            match self.indexes.get(&*entry.key) {
                Some(at) if entry.value.is_null() => given[*at] = None,
                Some(at) => given[*at] = Some(entry),
                None => others.push(entry),
            }
        }
        (given, others)
    }
}

/// For each type, the fields that refer to other records.
#[derive(Debug)]
pub(in crate::library) struct References(HashMap<ObjectIx, Vec<ReferenceField>, RandomState>);

#[derive(Debug)]
pub(in crate::library) struct ReferenceField {
    pub key: &'static str,
    pub kind: ReferenceKind,
}

/// The value of a field that refers to other records.
#[derive(Debug)]
pub(in crate::library) enum ReferenceKind {
    /// The slug of a record of this type, or a list of them.
    Target(ObjectIx),
    /// An object with references, or a list of them.
    Nested { object: ObjectIx, embedded: bool },
}

impl References {
    pub fn of_all(catalog: &Catalog) -> Self {
        let refers = |object: ObjectIx| {
            fields(catalog.object(object)).any(|(_, field)| target(field).is_some() || field.nested().is_some())
        };
        let referring = |(key, field): (&'static str, &Field)| {
            let embedded = field.embedded().is_some();
            let nested =
                field.nested().filter(|object| refers(*object)).map(|object| ReferenceKind::Nested { object, embedded });
            Some(ReferenceField { key, kind: target(field).map(ReferenceKind::Target).or(nested)? })
        };
        let of = |object: &ObjectType| (object.ix, fields(object).filter_map(referring).collect());
        Self(catalog.objects().map(of).collect())
    }

    pub fn of(&self, ix: ObjectIx) -> &[ReferenceField] {
        self.0.get(&ix).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Returns the type of the records to which a field refers by slugs; `None` if it does not.
pub(in crate::library) fn target(field: &Field) -> Option<ObjectIx> {
    match &field.kind {
        Kind::One(target) | Kind::Refs(target) | Kind::Many(Many { target, document: InDocument::Slugs, .. }) => {
            Some(target.ix)
        }
        _ => None,
    }
}

/// Reports whether this field is the list of sources that nested objects inherit.
pub(in crate::library) fn is_sources(field: &Field) -> bool {
    field.name == SOURCES && !matches!(field.kind, Kind::One(_)) && target(field).is_some()
}

/// Returns the type of the entries of `fieldSources`; `None` for other fields.
pub(in crate::library) fn field_sources<'c>(catalog: &'c Catalog, field: &Field) -> Option<&'c ObjectType> {
    match field.kind {
        Kind::Values(entry) if field.name == FIELD_SOURCES => Some(catalog.object(entry)),
        _ => None,
    }
}

/// The sources of an object and of its fields.
#[derive(Clone, Debug, Default)]
pub(in crate::library) struct Provenance {
    pub own: CanonicalValue,
    /// The sources of single fields.
    pub by_field: Vec<(String, CanonicalValue)>,
}

impl Provenance {
    /// Returns the sources that the objects in a field inherit.
    pub fn of_field(&self, key: &str) -> &CanonicalValue {
        self.by_field.iter().find(|(field, _)| field == key).map_or(&self.own, |(_, sources)| sources)
    }

    /// Returns the provenance of a canonical object, given the sources that it inherits.
    pub fn of_object(object: &ObjectType, fields: &CanonicalObject, inherited: &CanonicalValue) -> Self {
        let has_sources = object.fields.iter().any(is_sources);
        let own = if has_sources { fields.value(SOURCES) } else { inherited.clone() };
        let entry = |entry: &CanonicalValue| Some((entry.get(FIELD)?.as_str()?.to_owned(), entry.get(SOURCES)?.clone()));
        let by_field = fields.list(FIELD_SOURCES).iter().filter_map(entry).collect();
        Self { own, by_field }
    }

    /// Returns the canonical form of the sources of single fields.
    pub fn by_field_list(&self) -> CanonicalValue {
        let entry = |(field, sources): &(String, CanonicalValue)| {
            CanonicalValue::Object([(FIELD, field.as_str().into()), (SOURCES, sources.clone())].into_iter().collect())
        };
        self.by_field.iter().map(entry).collect()
    }
}

/// Reports whether a path of `Format::Among` contains a field of this name. If the value of such a field changes, texts
/// of other documents can become invalid.
pub(in crate::library) fn is_looked_up(catalog: &Catalog, name: &str) -> bool {
    let mut fields = catalog.objects().flat_map(|object| &object.fields);
    fields.any(|field| matches!(field.format, Some(Format::Among(path)) if path.contains(&name)))
}
