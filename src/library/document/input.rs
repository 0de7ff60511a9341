//! Documents as values of GraphQL arguments. They have the shape of documents in files, with one exception: `fieldSources`
//! is a list of fields with their sources, as in responses, because input types have no mappings.

use std::{borrow::Cow, sync::Arc};

use time::Date;

use super::{
    node::{Entry, Node, Value as NodeValue},
    read::{Context, Reader},
};
use crate::{
    engine::catalog::{Catalog, ObjectType},
    graphql::value::Value,
    library::{
        files::{id_list::IdList, read_file::ReadFile},
        problem::{Path, Position},
    },
};

/// A document as the value of an argument.
pub struct InputDocument<'v> {
    /// The type of its record.
    pub object: &'v ObjectType,
    /// The document.
    pub document: &'v Value,
    /// The path of the arguments, followed by a dot, as in `changes[0].NAME.`, where `NAME` is the
    /// mutation. Empty if they are the arguments of the root field itself.
    pub path: String,
    /// The revision in which the client read the document. The document is merged with later changes. 0 if the record
    /// must not exist; `None` if the client accepts every revision.
    pub expected: Option<i64>,
}

impl InputDocument<'_> {
    /// Returns the names of the fields with embedded records that the document leaves out.
    pub(in crate::library) fn omitted_embedded(&self, catalog: &'static Catalog) -> impl Iterator<Item = &'static str> {
        let fields = catalog.object(self.object.ix).fields.iter().filter(|field| field.embedded().is_some());
        fields.map(|field| field.name).filter(move |name| self.document.member(name).is_none())
    }
}

/// Reads a document. Its references are stored with their positions, because it cannot be read again.
pub(in crate::library) fn read(catalog: &Catalog, today: Date, input: &InputDocument<'_>) -> ReadFile {
    let file = format!("{}document", input.path).into();
    read_tree(catalog, today, input.object, &Nodes::default().node(input.document), &file)
}

/// Reads the tree of a document. `file` is the path of the argument with the document, or with the change that makes it.
pub(in crate::library) fn read_tree(
    catalog: &Catalog,
    today: Date,
    object: &ObjectType,
    tree: &Node<'_>,
    file: &Arc<str>,
) -> ReadFile {
    let mut reader = Reader { stores_references: true, is_input: true, ..Reader::new(catalog, file, today) };
    reader.content(object.ix, tree, &Path::Root, Context::default());
    ReadFile { drafts: reader.drafts, problems: reader.problems.into_found(), ids: IdList::default(), unreadable: false }
}

/// Converts values to nodes. These nodes have no positions in a text. Their line is 0, and their
/// column is their sequence number, by which problems are sorted.
#[derive(Default)]
pub(in crate::library) struct Nodes(usize);

impl Nodes {
    /// Returns a converter whose first node has the number after this one.
    pub fn after(number: usize) -> Self {
        Self(number)
    }

    pub fn node<'v>(&mut self, value: &'v Value) -> Node<'v> {
        let at = self.position();
        let value = match value {
            Value::Null => NodeValue::Null,
            Value::Boolean(value) => NodeValue::Boolean(*value),
            Value::Int(number) => NodeValue::Int((*number).into()),
            Value::Float(number) => NodeValue::Float(*number),
            Value::Text(text) => NodeValue::Text(Cow::Borrowed(text)),
            Value::Enum(name) => NodeValue::Text(Cow::Borrowed(name)),
            Value::List(items) => NodeValue::List(items.iter().map(|item| self.node(item)).collect()),
            Value::Object(fields) => NodeValue::Map(fields.iter().map(|(name, value)| self.entry(name, value)).collect()),
        };
        Node { at, value }
    }

    fn entry<'v>(&mut self, name: &'v str, value: &'v Value) -> Entry<'v> {
        Entry { at: self.position(), key: Cow::Borrowed(name), value: self.node(value) }
    }

    /// Returns the position of a node that is created later: of the next one if `index` is 0, and so on.
    pub fn at(&self, index: usize) -> Position {
        Position { line: 0, column: self.0 + index + 1 }
    }

    /// Returns the position of the next node, and counts that node.
    pub fn position(&mut self) -> Position {
        self.0 += 1;
        Position { line: 0, column: self.0 }
    }
}
