//! The shape of documents, as the catalog gives it: which fields documents have, and under which keys.

use serde_json::{Map, Value as Json};

use crate::engine::catalog::{Catalog, Field, InDocument, Kind, Many, ObjectIx, ObjectType, Origin, Via};

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

/// Whether documents give a field.
pub(super) fn in_documents(field: &Field) -> bool {
    let given = match &field.kind {
        Kind::Id => false,
        Kind::Many(many) => matches!(many.document, InDocument::Embedded | InDocument::Slugs),
        _ => true,
    };
    given && matches!(field.origin, Origin::Document)
}

/// The fields that documents give, with their keys, in declaration order.
pub(super) fn fields(object: &ObjectType) -> impl Iterator<Item = (&'static str, &Field)> {
    object.fields.iter().filter(|field| in_documents(field)).map(|field| (key_of(object, field), field))
}

/// The type that a field refers to by slugs, when it does.
pub(super) fn target(field: &Field) -> Option<ObjectIx> {
    match &field.kind {
        Kind::One(target) | Kind::Refs(target) | Kind::Many(Many { target, document: InDocument::Slugs, .. }) => {
            Some(*target)
        }
        _ => None,
    }
}

/// The type of the objects that stand in a field, when they do: value objects, parts, embedded content.
pub(super) fn nested(field: &Field) -> Option<ObjectIx> {
    match &field.kind {
        Kind::Value(object) | Kind::Values(object) | Kind::Parts { part: object, .. } => Some(*object),
        Kind::Many(Many { target, document: InDocument::Embedded, .. }) => Some(*target),
        _ => None,
    }
}

/// The type of embedded content and the column of its table that names its owner.
pub(super) fn embedded(field: &Field) -> Option<(ObjectIx, &'static str)> {
    match &field.kind {
        Kind::Many(Many { target, via: Via::ForeignKey { column, .. }, document: InDocument::Embedded, .. }) => {
            Some((*target, column))
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
    pub own: Vec<Json>,
    /// What covers single fields of it.
    pub by_field: Vec<(String, Vec<Json>)>,
}

impl Provenance {
    /// What the objects in a field inherit.
    pub fn of_field(&self, key: &str) -> &[Json] {
        self.by_field.iter().find(|(field, _)| field == key).map_or(&self.own, |(_, sources)| sources)
    }

    /// The provenance that a canonical object states, within what it would inherit.
    pub fn of_object(object: &ObjectType, fields: &Map<String, Json>, inherited: &[Json]) -> Self {
        let list = |value: Option<&Json>| value.and_then(Json::as_array).cloned().unwrap_or_default();
        let states = object.fields.iter().any(is_sources);
        let own = if states { list(fields.get(SOURCES)) } else { inherited.to_vec() };
        let entries = fields.get(FIELD_SOURCES).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let by_field = entries
            .iter()
            .filter_map(|entry| Some((entry.get(FIELD)?.as_str()?.to_owned(), list(entry.get(SOURCES)))))
            .collect();
        Self { own, by_field }
    }

    /// The canonical form of the sources of single fields.
    pub fn by_field_json(&self) -> Json {
        let entry = |(field, sources): &(String, Vec<Json>)| serde_json::json!({ FIELD: field, SOURCES: sources });
        self.by_field.iter().map(entry).collect()
    }
}
