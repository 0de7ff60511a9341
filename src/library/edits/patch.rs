//! Patching a document: operations of an argument change its tree, and the result is read like any other document.

use std::borrow::Cow;

use super::patch_entries::{self, EntryPatch};
use crate::{
    engine::catalog::{Catalog, Kind, ObjectType},
    graphql::value::Value,
    library::{
        document::{
            input::Nodes,
            node::{Entry, Node, Value as NodeValue, quote},
            shape::SLUG,
        },
        problem::{Position, Problem, ProblemCode, ProblemLocation},
    },
};

/// The operation that sets fields.
const SET: &str = "set";

/// The operation that adds references to lists. Another operation, `remove`, removes them.
const ADD: &str = "add";

/// The operation that changes an entry of a list.
const ENTRIES: &str = "entries";

/// The distance between the node numbers of two operations. Operations are counted from 1. The
/// nodes that operation n creates have numbers above `n * STRIDE`. A document has fewer nodes than
/// this, so the number of a node identifies its operation.
const STRIDE: usize = 10_000_000;

/// Applies operations to the tree of a document. `argument` is the path of the operations. Returns the problems of the
/// operations. If there are any, the tree must not be used.
pub(super) fn apply<'v>(
    catalog: &Catalog,
    object: &ObjectType,
    document: &mut Node<'v>,
    operations: &'v Value,
    argument: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let slug = document.text(SLUG).unwrap_or_default().to_owned();
    for (at, (name, change)) in each(operations) {
        let (path, mut nodes) = (format!("{argument}[{at}].{name}"), Nodes::after((at + 1) * STRIDE));
        match name {
            SET => set(catalog, object, document, change, &mut nodes),
            ENTRIES => {
                let mut entries = EntryPatch { catalog, nodes: &mut nodes, problems: &mut problems };
                entries.apply(object, document, &slug, change, &path);
            }
            _ => list(document, name == ADD, change, &path, &nodes, &mut problems),
        }
    }
    problems
}

/// Maps the path of a value in the document to a path in the arguments: the path of the operation
/// that has changed the value, followed by the path within the operation. `None` if no operation
/// has changed the value.
///
/// If an operation has created the value, the column of `position` identifies the operation.
/// Otherwise it is the last operation that sets the value at the path.
pub(super) fn origin(operations: &Value, argument: &str, path: &str, position: Option<Position>) -> Option<String> {
    let within = |(at, (name, change)): (usize, (&'static str, &Value))| {
        let inner = match name {
            ENTRIES => patch_entries::origin(change, path)?,
            // An added slug has different indexes in the operation and in the document.
            ADD if path.ends_with(']') => {
                let index = position.and_then(|position| (position.column % STRIDE).checked_sub(1))?;
                reaches(change, path).then(|| format!("{}[{index}]", path.split('[').next().unwrap_or_default()))?
            }
            _ => reaches(change, path).then(|| path.to_owned())?,
        };
        Some(format!("{argument}[{at}].{name}.{inner}"))
    };
    let creator = position.and_then(|position| (position.column / STRIDE).checked_sub(1));
    let created = creator.and_then(|creator| each(operations).find(|(at, _)| *at == creator)).and_then(within);
    let created = created.or_else(|| {
        // If several operations change entries, the index of an entry does not identify the operation that has changed
        // it.
        let certain = |(_, (name, _)): &(usize, (&'static str, &Value))| {
            *name != ENTRIES || each(operations).filter(|(_, (name, _))| *name == ENTRIES).count() == 1
        };
        each(operations).filter(certain).filter_map(within).last()
    });
    // A missing member of a value object is reported at the operation that sets the object.
    created.or_else(|| {
        let (object, member) = path.rsplit_once('.')?;
        let setting = each(operations).filter(|(_, (name, change))| *name == SET && reaches(change, object));
        setting.last().map(|(at, _)| format!("{argument}[{at}].{SET}.{object}.{member}"))
    })
}

/// Returns the operations: for each its index, and its name with its change.
fn each(operations: &Value) -> impl Iterator<Item = (usize, (&'static str, &Value))> {
    let items = if let Value::List(items) = operations { items.as_slice() } else { &[] };
    items.iter().enumerate().filter_map(|(at, item)| Some((at, given(item)?)))
}

/// Returns the names of the fields that operations change. A name can occur several times.
pub(super) fn changed(operations: &Value) -> impl Iterator<Item = &'static str> {
    each(operations).flat_map(|(_, (_, change))| {
        let fields = if let Value::Object(fields) = change { fields.as_slice() } else { &[] };
        fields.iter().map(|(name, _)| *name)
    })
}

/// Returns the name and the value of the member of a `@oneOf` input object.
pub(super) fn given(value: &Value) -> Option<(&'static str, &Value)> {
    let Value::Object(fields) = value else { return None };
    fields.iter().find(|(_, value)| *value != Value::Null).map(|(name, value)| (*name, value))
}

/// Reports whether an input object sets the value at a path.
pub(super) fn reaches(value: &Value, path: &str) -> bool {
    let Value::Object(fields) = value else { return true };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let name = first.split('[').next().unwrap_or_default();
    let is_last = rest.is_empty() && name == first;
    fields.iter().any(|(known, value)| *known == name && (is_last || reaches(value, rest)))
}

/// Reports whether operations set the value at a path: of the document, or of the embedded record with this slug.
pub(in crate::library) fn sets(operations: &Value, embedded: Option<&str>, path: &str) -> bool {
    each(operations).any(|(_, (name, change))| match embedded {
        None => name == SET && reaches(change, path),
        Some(slug) => name == ENTRIES && patch_entries::sets(change, slug, path),
    })
}

/// Sets fields of an object: null removes a field, and the fields of a value object are set one by one.
pub(super) fn set<'v>(
    catalog: &Catalog,
    object: &ObjectType,
    document: &mut Node<'v>,
    fields: &'v Value,
    nodes: &mut Nodes,
) {
    let (NodeValue::Map(entries), Value::Object(fields)) = (&mut document.value, fields) else { return };
    for (name, value) in fields {
        let nested = object.field(name).and_then(|field| match (&field.kind, value) {
            (Kind::Value(ix), Value::Object(_)) => Some(catalog.object(*ix)),
            _ => None,
        });
        let known = entries.iter_mut().find(|entry| entry.key == *name);
        match (nested, known) {
            (None, _) if *value == Value::Null => entries.retain(|entry| entry.key != *name),
            (None, Some(entry)) => entry.value = nodes.node(value),
            (Some(nested), Some(entry)) => set(catalog, nested, &mut entry.value, value, nodes),
            (nested, None) => {
                let at = nodes.position();
                let mut new = Node { at, value: NodeValue::Map(Vec::new()) };
                match nested {
                    Some(nested) => set(catalog, nested, &mut new, value, nodes),
                    None => new = nodes.node(value),
                }
                entries.push(Entry { at, key: Cow::Borrowed(name), value: new });
            }
        }
    }
}

/// Adds slugs to lists of references, or removes them.
fn list<'v>(document: &mut Node<'v>, adds: bool, fields: &'v Value, path: &str, nodes: &Nodes, problems: &mut Vec<Problem>) {
    let (NodeValue::Map(entries), Value::Object(fields)) = (&mut document.value, fields) else { return };
    for (name, slugs) in fields {
        let Value::List(slugs) = slugs else { continue };
        if entries.iter().all(|entry| entry.key != *name) {
            let at = nodes.at(0);
            entries.push(Entry { at, key: Cow::Borrowed(name), value: Node { at, value: NodeValue::List(Vec::new()) } });
        }
        let entry = entries.iter_mut().find(|entry| entry.key == *name);
        let Some(NodeValue::List(items)) = entry.map(|entry| &mut entry.value.value) else { continue };
        for (index, slug) in slugs.iter().enumerate() {
            let Value::Text(slug) = slug else { continue };
            let is_slug = |item: &Node<'_>| matches!(&item.value, NodeValue::Text(text) if **text == **slug);
            let flaw = match (adds, items.iter().position(is_slug)) {
                (true, None) => {
                    items.push(Node { at: nodes.at(index), value: NodeValue::Text(Cow::Borrowed(slug)) });
                    continue;
                }
                (false, Some(at)) => {
                    items.remove(at);
                    continue;
                }
                (true, Some(_)) => (ProblemCode::Invalid, format!("{} is in the list already.", quote(slug))),
                (false, None) => (ProblemCode::NotFound, format!("{} is not in the list.", quote(slug))),
            };
            let location = ProblemLocation::of_argument(format!("{path}.{name}[{index}]").into());
            problems.push(location.problem(flaw.0, flaw.1));
        }
    }
}
