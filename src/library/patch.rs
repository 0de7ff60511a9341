//! Patching a document: operations of an argument change its tree, and the result is read like any other document.

use std::borrow::Cow;

use super::{
    input::Nodes,
    node::{Entry, Node, Value as NodeValue, quote},
    problem::{Place, Problem, ProblemCode},
};
use crate::{
    engine::catalog::{Catalog, Kind, ObjectType},
    graphql::value::Value,
};

/// The operation that sets fields.
const SET: &str = "set";

/// The operation that adds references to lists. The third operation, `remove`, removes them.
const ADD: &str = "add";

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
    for (at, (name, fields)) in each(operations) {
        match name {
            SET => set(catalog, object, document, fields),
            _ => list(document, name == ADD, fields, &format!("{argument}[{at}].{name}"), &mut problems),
        }
    }
    problems
}

/// Returns the path of the last operation that changes the value at `path` of the document, followed by `path`; `None`
/// if no operation changes it.
pub(super) fn origin(operations: &Value, argument: &str, path: &str) -> Option<String> {
    let changes: Vec<_> = each(operations).filter(|(_, (_, fields))| reaches(fields, path)).collect();
    let (at, (name, _)) = changes.last()?;
    Some(format!("{argument}[{at}].{name}.{path}"))
}

/// Returns the operations: for each its index, and its name with its fields.
fn each(operations: &Value) -> impl Iterator<Item = (usize, (&'static str, &Value))> {
    let items = if let Value::List(items) = operations { items.as_slice() } else { &[] };
    items.iter().enumerate().filter_map(|(at, item)| {
        let Value::Object(fields) = item else { return None };
        let (name, value) = fields.iter().find(|(_, value)| *value != Value::Null)?;
        Some((at, (*name, value)))
    })
}

/// Reports whether a value sets the value at a path.
fn reaches(value: &Value, path: &str) -> bool {
    let Value::Object(fields) = value else { return true };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let name = first.split('[').next().unwrap_or_default();
    let is_last = rest.is_empty() && name == first;
    fields.iter().any(|(known, value)| *known == name && (is_last || reaches(value, rest)))
}

/// Sets fields of an object: null removes a field, and the fields of a value object are set one by one.
fn set<'v>(catalog: &Catalog, object: &ObjectType, document: &mut Node<'v>, fields: &'v Value) {
    let (NodeValue::Map(entries), Value::Object(fields)) = (&mut document.value, fields) else { return };
    for (name, value) in fields {
        let nested = object.field(name).and_then(|field| match (&field.kind, value) {
            (Kind::Value(ix), Value::Object(_)) => Some(catalog.object(*ix)),
            _ => None,
        });
        let known = entries.iter_mut().find(|entry| entry.key == *name);
        match (nested, known) {
            (None, _) if *value == Value::Null => entries.retain(|entry| entry.key != *name),
            (None, Some(entry)) => entry.value = Node { at: entry.value.at, ..Nodes::default().node(value) },
            (Some(nested), Some(entry)) => set(catalog, nested, &mut entry.value, value),
            (nested, None) => {
                let at = document.at;
                let mut new = Node { at, value: NodeValue::Map(Vec::new()) };
                match nested {
                    Some(nested) => set(catalog, nested, &mut new, value),
                    None => new = Node { at, ..Nodes::default().node(value) },
                }
                entries.push(Entry { at, key: Cow::Borrowed(name), value: new });
            }
        }
    }
}

/// Adds slugs to lists of references, or removes them.
fn list<'v>(document: &mut Node<'v>, adds: bool, fields: &'v Value, path: &str, problems: &mut Vec<Problem>) {
    let (NodeValue::Map(entries), Value::Object(fields)) = (&mut document.value, fields) else { return };
    for (name, slugs) in fields {
        let Value::List(slugs) = slugs else { continue };
        if entries.iter().all(|entry| entry.key != *name) {
            let at = document.at;
            entries.push(Entry { at, key: Cow::Borrowed(name), value: Node { at, value: NodeValue::List(Vec::new()) } });
        }
        let entry = entries.iter_mut().find(|entry| entry.key == *name);
        let Some(NodeValue::List(items)) = entry.map(|entry| &mut entry.value.value) else { continue };
        for (index, slug) in slugs.iter().enumerate() {
            let Value::Text(slug) = slug else { continue };
            let is_slug = |item: &Node<'_>| matches!(&item.value, NodeValue::Text(text) if **text == **slug);
            let flaw = match (adds, items.iter().position(is_slug)) {
                (true, None) => {
                    items.push(Node { at: document.at, value: NodeValue::Text(Cow::Borrowed(slug)) });
                    continue;
                }
                (false, Some(at)) => {
                    items.remove(at);
                    continue;
                }
                (true, Some(_)) => (ProblemCode::Invalid, format!("{} is in the list already.", quote(slug))),
                (false, None) => (ProblemCode::NotFound, format!("{} is not in the list.", quote(slug))),
            };
            let place = Place::of_argument(format!("{path}.{name}[{index}]").into());
            problems.push(place.problem(flaw.0, flaw.1));
        }
    }
}
