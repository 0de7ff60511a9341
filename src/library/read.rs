//! Reading: a node tree becomes a canonical document, and everything that is wrong with it a problem.
//!
//! One walk checks each value against its declaration, hands provenance down and writes the canonical value. It never stops at a
//! problem: what is wrong reads as null, and the rest goes on.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{
    node::{Entry, Node, Value},
    problem::{Path, Position, Problems},
    shape::{self, NOTICE, POSITION},
    slug,
};
use crate::engine::catalog::{Catalog, Field, InDocument, Kind, Many, ObjectIx, ObjectType};

/// Content as a document gives it.
#[derive(Debug)]
pub(super) struct Draft {
    pub ix: ObjectIx,
    pub slug: String,
    /// The canonical document.
    pub fields: Map<String, Json>,
    /// The content that it is embedded in.
    pub owner: Option<(ObjectIx, String)>,
    /// Its place in the list that it is embedded in, from 1.
    pub position: Option<usize>,
    pub file: Arc<str>,
    pub at: Position,
    pub references: Vec<Reference>,
    pub lookups: Vec<Lookup>,
}

/// A slug that must be that of content.
#[derive(Debug)]
pub(super) struct Reference {
    pub target: ObjectIx,
    pub slug: String,
    pub at: Position,
    pub path: Path,
}

/// A text that must stand at a path of the library.
#[derive(Debug)]
pub(super) struct Lookup {
    pub among: &'static [&'static str],
    pub text: String,
    pub at: Position,
    pub path: Path,
}

/// What an object has from where it stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The sources that it inherits.
    pub sources: &'a [Json],
    /// Its place in its list, from 1.
    pub position: Option<usize>,
    /// The notice that it inherits.
    pub notice: Option<&'a str>,
    /// The content that embeds it, and the column that names that.
    pub owner: Option<(&'static str, ObjectIx, &'a str)>,
}

/// Reads the documents of one file.
pub(super) struct Reader<'a> {
    pub catalog: &'a Catalog,
    pub problems: Problems,
    pub drafts: Vec<Draft>,
    pub(super) references: Vec<Reference>,
    pub(super) lookups: Vec<Lookup>,
}

impl<'a> Reader<'a> {
    pub fn new(catalog: &'a Catalog, file: &Arc<str>) -> Self {
        let problems = Problems::of(file);
        Self { catalog, problems, drafts: Vec::new(), references: Vec::new(), lookups: Vec::new() }
    }

    /// Reads content; it and what is embedded in it become drafts. `None` when it is no document or has no slug.
    pub fn content(&mut self, ix: ObjectIx, node: &Node, path: &Path, around: Around<'_>) -> Option<Map<String, Json>> {
        let object = self.catalog.object(ix);
        if node.entries().is_none() {
            self.expected("a document, which is a mapping", node, path);
            return None;
        }
        // What is read so far belongs to the owner.
        let before = (std::mem::take(&mut self.references), std::mem::take(&mut self.lookups));
        let (slug, at) = slug::of_document(self, object, node, path, around.owner);
        let fields = self.object(object, node, path, around, slug.as_deref());
        let (references, lookups) =
            (std::mem::replace(&mut self.references, before.0), std::mem::replace(&mut self.lookups, before.1));
        let (fields, slug) = (fields?, slug?);
        let owner = around.owner.map(|(_, ix, slug)| (ix, slug.to_owned()));
        let file = Arc::clone(self.problems.file());
        let position = around.position;
        self.drafts.push(Draft { ix, slug, fields: fields.clone(), owner, position, file, at, references, lookups });
        Some(fields)
    }

    /// Reads an object of any kind; `slug` is that of content.
    fn object(
        &mut self,
        object: &ObjectType,
        node: &Node,
        path: &Path,
        around: Around<'_>,
        slug: Option<&str>,
    ) -> Option<Map<String, Json>> {
        let Some(entries) = node.entries() else {
            self.expected("a mapping", node, path);
            return None;
        };
        self.known_keys(object, entries, path);
        let notice = node.text(NOTICE).or(around.notice);
        let provenance = self.provenance(object, node, path, around.sources);
        let mut fields = Map::new();
        for (key, field) in shape::fields(object) {
            let value = if key == shape::ID && object.content().is_some() {
                slug.into()
            } else if shape::is_sources(field) {
                self.filled(field, node.entry(key).map_or(node.at, |entry| entry.value.at), path, provenance.own.clone())
            } else if shape::field_sources(self.catalog, field).is_some() {
                provenance.by_field_json()
            } else if let Some((_, _, owner)) = around.owner.filter(|(column, ..)| field.column == Some(column)) {
                self.owner(node.entry(key), path, owner)
            } else if key == POSITION && around.position.is_some() {
                self.position(node.entry(key), path, around.position)
            } else if let Some(entry) = node.entry(key) {
                let inside = Inside { node, slug, ix: object.ix, sources: provenance.of_field(key), notice };
                self.field(field, entry, &path.key(key), inside)
            } else if key == NOTICE && object.content().is_some() && notice.is_some() {
                notice.into()
            } else {
                self.absent(field, key, node, path)
            };
            fields.insert(key.to_owned(), value);
        }
        self.bounds(node, path, &fields);
        Some(fields)
    }

    /// The value of a field that its document gives.
    fn field(&mut self, field: &Field, entry: &Entry, path: &Path, inside: Inside<'_>) -> Json {
        let node = &entry.value;
        match &field.kind {
            Kind::Id => Json::Null,
            Kind::Scalar(scalar) => self.scalar(field, *scalar, node, path, inside.node),
            Kind::Scalars(scalar) => {
                let values =
                    self.list(node, path, |reader, _, node, path| reader.scalar(field, *scalar, node, path, inside.node));
                self.distinct(node, path, &values);
                self.filled(field, node.at, path, values)
            }
            Kind::One(target) => self.reference(*target, node, path),
            Kind::Refs(_) | Kind::Many(Many { document: InDocument::Slugs, .. }) => {
                let slugs = self.slugs(field, node, path);
                self.filled(field, node.at, path, slugs)
            }
            Kind::Value(ix) => {
                let around = Around { sources: inside.sources, ..Around::default() };
                self.object(self.catalog.object(*ix), node, path, around, None).map_or(Json::Null, Json::Object)
            }
            Kind::Values(ix) | Kind::Parts { part: ix, .. } => {
                let object = self.catalog.object(*ix);
                let values = self.list(node, path, |reader, index, node, path| {
                    let around = Around { sources: inside.sources, position: Some(index + 1), ..Around::default() };
                    reader.object(object, node, path, around, None).map_or(Json::Null, Json::Object)
                });
                self.filled(field, node.at, path, values)
            }
            Kind::Many(_) => {
                let Some((ix, column)) = shape::embedded(field) else { return Json::Null };
                // Without a slug of the owner the embedded content is read for its problems only.
                let owner = Some((column, inside.ix, inside.slug.unwrap_or_default()));
                let drafts = self.drafts.len();
                let values = self.list(node, path, |reader, index, node, path| {
                    let around = Around { sources: inside.sources, position: Some(index + 1), notice: inside.notice, owner };
                    reader.content(ix, node, path, around).map_or(Json::Null, Json::Object)
                });
                if inside.slug.is_none() {
                    self.drafts.truncate(drafts);
                }
                self.filled(field, node.at, path, values)
            }
        }
    }

    /// Reads the entries of a list.
    fn list(
        &mut self,
        node: &Node,
        path: &Path,
        mut entry: impl FnMut(&mut Self, usize, &Node, &Path) -> Json,
    ) -> Vec<Json> {
        let Value::List(nodes) = &node.value else {
            self.expected("a list", node, path);
            return Vec::new();
        };
        nodes.iter().enumerate().map(|(index, node)| entry(self, index, node, &path.index(index))).collect()
    }

    /// What a field that is left out means.
    fn absent(&mut self, field: &Field, key: &str, node: &Node, path: &Path) -> Json {
        if let Some(default) = &field.default {
            return default.clone();
        }
        let list = is_list(field);
        if field.required {
            let sentence = if list { "needs at least one entry" } else { "is required" };
            self.problems.add(node.at, path, format!("The key \"{key}\" {sentence}."));
        }
        if list { Json::Array(Vec::new()) } else { Json::Null }
    }

    /// A list that is not empty if it must not be.
    fn filled(&mut self, field: &Field, at: Position, path: &Path, values: Vec<Json>) -> Json {
        if values.is_empty() && field.required && field.default.is_none() {
            self.problems.add(at, path, format!("The list \"{}\" needs at least one entry.", field.name));
        }
        Json::Array(values)
    }

    pub(super) fn expected(&mut self, wanted: &str, node: &Node, path: &Path) {
        self.problems.add(node.at, path, format!("Expected {wanted}, found {}.", node.found()));
    }
}

/// The object that a field stands in.
#[derive(Clone, Copy)]
struct Inside<'a> {
    node: &'a Node,
    ix: ObjectIx,
    /// The slug, when it is content that has one.
    slug: Option<&'a str>,
    /// What the field inherits.
    sources: &'a [Json],
    notice: Option<&'a str>,
}

/// Whether the value of a field is a list.
pub(super) fn is_list(field: &Field) -> bool {
    !matches!(field.kind, Kind::Id | Kind::Scalar(_) | Kind::Value(_) | Kind::One(_))
}
