//! Reading a document: from a tree of nodes to a canonical document, and problems.
//!
//! One pass checks each value against its declaration, resolves provenance and returns the canonical value. It does not
//! stop at a problem. A value of the wrong type, or a text that its enumeration does not have, becomes null or an empty
//! list. A wrong position, owner or composed slug is replaced by the right one. A value that breaks another rule is
//! returned as it is.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use foldhash::fast::RandomState;
use time::Date;

use super::{
    node::{Entry, Node, Value},
    shape::{self, DocumentFields, KEY, NOTICE, POSITION},
    slug,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, InDocument, Kind, Many, ObjectIx, ObjectType, Target},
    },
    library::{
        problem::{Path, Position, Problems},
        records::record_map::RecordKey,
    },
};

/// A record as a document describes it.
#[derive(Debug)]
pub(in crate::library) struct Draft {
    pub ix: ObjectIx,
    pub slug: Arc<str>,
    /// The canonical document.
    pub fields: CanonicalObject,
    /// The record that it is embedded in.
    pub owner: Option<RecordKey>,
    /// Its position in the list that it is embedded in, from 1.
    pub position: Option<usize>,
    pub file: Arc<str>,
    /// Its path, if the reader stores references; otherwise empty.
    pub path: String,
    pub at: Position,
    /// Its references; empty unless [`Reader::stores_references`].
    pub references: Vec<Reference>,
    pub lookups: Vec<Lookup>,
}

/// A slug by which a document refers to a record.
#[derive(Clone, Debug)]
pub(in crate::library) struct Reference {
    pub target: ObjectIx,
    pub slug: Arc<str>,
    pub at: Position,
    pub path: String,
}

/// A text that must be equal to one of several texts of the library. The path `among` of field
/// names leads from the record to these texts.
#[derive(Clone, Debug)]
pub(in crate::library) struct Lookup {
    pub among: &'static [&'static str],
    pub text: Arc<str>,
    pub at: Position,
    pub path: String,
}

/// The problem of a required field without a value.
pub(super) const IS_REQUIRED: &str = "This field is required.";

/// The problem of a required list without entries.
const NEEDS_ENTRIES: &str = "This list needs at least one entry.";

/// The values that an object inherits from the object that contains it.
#[derive(Clone, Copy, Default)]
pub(in crate::library) struct Context<'a> {
    /// The inherited sources; `None` if there are none.
    pub sources: Option<&'a CanonicalValue>,
    /// Its position in its list, from 1.
    pub position: Option<usize>,
    pub notice: Option<&'a CanonicalValue>,
    /// For embedded records: the column with the id of the owner, and the type and slug of the owner.
    pub owner: Option<(&'static str, ObjectIx, &'a Arc<str>)>,
}

/// Reads the documents of one file.
pub(in crate::library) struct Reader<'a> {
    pub catalog: &'a Catalog,
    pub problems: Problems,
    /// The last day that is not in the future.
    pub today: Date,
    pub drafts: Vec<Draft>,
    /// True if references are stored with their positions. There are many references, and only those of files with a
    /// dangling reference are needed.
    pub stores_references: bool,
    /// True if the document is an argument: its `fieldSources` may be a list, because input types have no mappings.
    pub is_input: bool,
    /// Number of sources of the objects of the document that were read so far.
    pub(in crate::library) sources: usize,
    pub(in crate::library) references: Vec<Reference>,
    pub(in crate::library) lookups: Vec<Lookup>,
    /// The fields of the types that occurred so far.
    pub(in crate::library) members: HashMap<ObjectIx, Rc<DocumentFields<'a>>>,
    /// The enumeration values that occurred so far. All occurrences of a value share one text.
    pub(in crate::library) choice_texts: HashMap<&'static str, Arc<str>, RandomState>,
}

impl<'a> Reader<'a> {
    pub fn new(catalog: &'a Catalog, file: &Arc<str>, today: Date) -> Self {
        let problems = Problems::of(file);
        let (drafts, references, lookups) = (Vec::new(), Vec::new(), Vec::new());
        let (members, choice_texts) = (HashMap::new(), HashMap::default());
        Self {
            catalog,
            problems,
            today,
            drafts,
            stores_references: false,
            is_input: false,
            sources: 0,
            references,
            lookups,
            members,
            choice_texts,
        }
    }

    /// Reads a record. Adds the record and the records embedded in it to the drafts. Returns `None` if it is not a
    /// mapping or has no slug.
    pub fn content(&mut self, ix: ObjectIx, node: &Node, path: &Path<'_>, context: Context<'_>) -> Option<CanonicalObject> {
        let object = self.catalog.object(ix);
        if node.entries().is_none() {
            self.report_unexpected("a document, which is a mapping", node, path);
            return None;
        }
        if context.owner.is_none() {
            self.sources = 0;
        }
        // The references that were read so far belong to the owner of the record.
        let before = (std::mem::take(&mut self.references), std::mem::take(&mut self.lookups));
        let (slug, at) = slug::of_document(self, object, node, path, context.owner);
        let slug: Option<Arc<str>> = slug.map(Into::into);
        let fields = self.object(object, node, path, context, slug.as_ref());
        let (references, lookups) =
            (std::mem::replace(&mut self.references, before.0), std::mem::replace(&mut self.lookups, before.1));
        let (fields, slug) = (fields?, slug?);
        let owner = context.owner.map(|(_, ix, slug)| (ix, Arc::clone(slug)));
        let file = Arc::clone(self.problems.file());
        let position = context.position;
        let path = if self.stores_references { path.to_string() } else { String::new() };
        self.drafts.push(Draft { ix, slug, fields: fields.clone(), owner, position, file, path, at, references, lookups });
        Some(fields)
    }

    /// Reads an object of any kind. `slug` is given for records.
    fn object(
        &mut self,
        object: &ObjectType,
        node: &Node,
        path: &Path<'_>,
        context: Context<'_>,
        slug: Option<&Arc<str>>,
    ) -> Option<CanonicalObject> {
        let Some(entries) = node.entries() else {
            self.report_unexpected("a mapping", node, path);
            return None;
        };
        let catalog = self.catalog;
        let members =
            self.members.entry(object.ix).or_insert_with(|| Rc::new(DocumentFields::of(catalog.object(object.ix))));
        let members = Rc::clone(members);
        let (given, others) = members.given(entries);
        self.report_unknown_keys(object, &others, path);
        let own = node.text(NOTICE).map(CanonicalValue::from);
        let notice = own.as_ref().or(context.notice);
        let provenance = self.provenance(object, &members, &given, path, context.sources);
        let mut values = Vec::with_capacity(given.len());
        for ((key, field), entry) in members.iter().zip(given) {
            let value = if key == shape::SLUG && object.content().is_some() {
                slug.map(|slug| CanonicalValue::Text(Arc::clone(slug))).unwrap_or_default()
            } else if shape::is_sources(field) {
                let (at, path) = (entry.map_or(node.at, |entry| entry.value.at), path.key(key));
                self.report_empty(field, at, &path, &provenance.own);
                self.counted_sources(&provenance.own, at, &path)
            } else if shape::field_sources(self.catalog, field).is_some() {
                provenance.by_field_list()
            } else if let Some((_, _, owner)) = context.owner.filter(|(column, ..)| field.column == Some(column)) {
                self.owner(entry, path, owner)
            } else if key == POSITION && context.position.is_some() {
                self.position(entry, path, context.position)
            } else if let Some(entry) = entry {
                let enclosing = Enclosing { node, slug, ix: object.ix, sources: provenance.of_field(key), notice };
                self.field(field, entry, &path.key(key), enclosing)
            } else if key == NOTICE && object.content().is_some() && notice.is_some() {
                notice.cloned().unwrap_or_default()
            } else {
                self.absent(field, key, node, path)
            };
            values.push(value);
        }
        let fields = CanonicalObject::new(Arc::clone(&members.keys), values);
        self.check_bounds(node, path, &fields);
        Some(fields)
    }

    /// Reads the value of a field that the document has.
    fn field(&mut self, field: &Field, entry: &Entry, path: &Path<'_>, enclosing: Enclosing<'_>) -> CanonicalValue {
        let node = &entry.value;
        match &field.kind {
            Kind::Id(_) | Kind::Attribution => CanonicalValue::Null,
            Kind::Scalar(scalar) => self.scalar(field, *scalar, node, path, enclosing.node),
            Kind::Scalars(scalar) => {
                let values =
                    self.list(node, path, |reader, _, node, path| reader.scalar(field, *scalar, node, path, enclosing.node));
                self.report_duplicates(node, path, values.list());
                self.report_empty(field, node.at, path, &values);
                values
            }
            Kind::One(target) => self.reference(target.ix, node, path),
            Kind::Refs(_) | Kind::Many(Many { document: InDocument::Slugs, .. }) => {
                let slugs = self.slugs(field, node, path);
                self.report_empty(field, node.at, path, &slugs);
                slugs
            }
            Kind::Value(ix) => {
                if let Some(entry) = node.entry(KEY).filter(|_| self.catalog.object(*ix).field(KEY).is_some()) {
                    self.problems.add(entry.value.at, &path.key(KEY), "Only entries of lists have keys; leave it out.");
                }
                let context = Context { sources: Some(enclosing.sources), ..Context::default() };
                self.object(self.catalog.object(*ix), node, path, context, None)
                    .map_or(CanonicalValue::Null, CanonicalValue::Object)
            }
            Kind::Values(ix) | Kind::Parts { part: Target { ix, .. }, .. } => {
                let object = self.catalog.object(*ix);
                let values = self.list(node, path, |reader, index, node, path| {
                    let context =
                        Context { sources: Some(enclosing.sources), position: Some(index + 1), ..Context::default() };
                    reader.object(object, node, path, context, None).map_or(CanonicalValue::Null, CanonicalValue::Object)
                });
                self.report_duplicate_keys(node, path, values.list());
                self.report_empty(field, node.at, path, &values);
                values
            }
            Kind::Many(_) => {
                let Some((ix, column)) = field.embedded() else { return CanonicalValue::Null };
                // If the owner has no slug, embedded records are read only to report their problems.
                let nobody = Arc::default();
                let owner = Some((column, enclosing.ix, enclosing.slug.unwrap_or(&nobody)));
                let drafts = self.drafts.len();
                let values = self.list(node, path, |reader, index, node, path| {
                    let (sources, position) = (Some(enclosing.sources), Some(index + 1));
                    let context = Context { sources, position, notice: enclosing.notice, owner };
                    reader.content(ix, node, path, context).map_or(CanonicalValue::Null, CanonicalValue::Object)
                });
                if enclosing.slug.is_none() {
                    self.drafts.truncate(drafts);
                }
                self.report_empty(field, node.at, path, &values);
                values
            }
        }
    }

    fn list(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        mut entry: impl FnMut(&mut Self, usize, &Node, &Path<'_>) -> CanonicalValue,
    ) -> CanonicalValue {
        let Value::List(nodes) = &node.value else {
            self.report_unexpected("a list", node, path);
            return CanonicalValue::List(Arc::default());
        };
        nodes.iter().enumerate().map(|(index, node)| entry(self, index, node, &path.index(index))).collect()
    }

    /// Returns the value of a field that is left out.
    fn absent(&mut self, field: &Field, key: &str, node: &Node, path: &Path<'_>) -> CanonicalValue {
        if let Some(default) = &field.default {
            return default.clone();
        }
        let list = field.is_list();
        if field.required {
            let sentence = if list { NEEDS_ENTRIES } else { IS_REQUIRED };
            self.problems.add(node.at, &path.key(key), sentence);
        }
        if list { CanonicalValue::List(Arc::default()) } else { CanonicalValue::Null }
    }

    /// Reports an empty list in a required field.
    fn report_empty(&mut self, field: &Field, at: Position, path: &Path<'_>, values: &CanonicalValue) {
        if values.list().is_empty() && field.required && field.default.is_none() {
            self.problems.add(at, path, NEEDS_ENTRIES);
        }
    }

    pub(in crate::library) fn report_unexpected(&mut self, wanted: &str, node: &Node, path: &Path<'_>) {
        self.problems.add(node.at, path, format!("Expected {wanted}, found {}.", node.found()));
    }
}

/// The object that contains a field.
#[derive(Clone, Copy)]
struct Enclosing<'a> {
    node: &'a Node<'a>,
    ix: ObjectIx,
    /// Its slug, if it is a record that has one.
    slug: Option<&'a Arc<str>>,
    /// The sources that the field inherits.
    sources: &'a CanonicalValue,
    notice: Option<&'a CanonicalValue>,
}
