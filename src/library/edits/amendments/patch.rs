//! Operations that change the tree of a document: those of patches, and renames. The result is read like any other
//! document.

use std::borrow::Cow;

use super::patch_entries::{self, EntryPatch};
use crate::{
    engine::{
        catalog::{Catalog, Kind, ObjectType},
        declare::FORMERLY,
    },
    graphql::value::Value,
    library::{
        checks::reviews::review_dates,
        document::{
            input::Nodes,
            node::{Entry, Node, Value as NodeValue, quote},
            shape::SLUG,
        },
        edits::current_slugs::RenamedSlugs,
        problem::{Position, Problem, ProblemCode},
        records::record_map::RecordKey,
    },
};

/// The operation that sets fields.
const SET: &str = "set";

/// The operation that adds references to lists. Another operation, `remove`, removes them.
const ADD: &str = "add";

/// The operation that changes an entry of a list.
const ENTRIES: &str = "entries";

/// The distance between the node numbers of two operations. Operation n, counted from 1 over all changes of a record,
/// creates nodes with numbers above `n * STRIDE`. A document has fewer nodes than this, so the number of a node
/// identifies its operation.
const STRIDE: usize = 10_000_000;

/// An operation that changes a document.
pub(super) struct Operation<'v> {
    /// Its path in the arguments.
    path: String,
    kind: OperationKind<'v>,
}

enum OperationKind<'v> {
    /// The record gets this slug.
    Rename(&'v str),
    /// The operation of a patch with this name and this operand.
    Patch(&'static str, &'v Value),
}

impl<'v> Operation<'v> {
    /// Returns the operation that changes the slug. `argument` is the path of the new slug.
    pub fn rename(to: &'v str, argument: String) -> Self {
        Self { path: argument, kind: OperationKind::Rename(to) }
    }

    /// Returns the operations of a patch. `argument` is their path.
    pub fn of_patch(operations: &'v Value, argument: &str) -> Vec<Self> {
        let operation = |(at, (name, change)): (usize, (&'static str, &'v Value))| Self {
            path: format!("{argument}[{at}].{name}"),
            kind: OperationKind::Patch(name, change),
        };
        each(operations).map(operation).collect()
    }

    /// Returns the path, in the arguments, of the operand that has changed the value at a path of the document. `None`
    /// if the operation has not changed this value. `position` is the position of the value if the operation has
    /// created it.
    fn operand(&self, path: &str, position: Option<Position>) -> Option<String> {
        let inner = match self.kind {
            OperationKind::Rename(_) => {
                let is_slug = path == SLUG || (path.is_empty() && position.is_some());
                return is_slug.then(|| self.path.clone());
            }
            OperationKind::Patch(ENTRIES, change) => patch_entries::origin(change, path)?,
            // An added slug has different indexes in the operation and in the document.
            OperationKind::Patch(ADD, slugs) if path.ends_with(']') => {
                let index = position.and_then(|position| (position.column % STRIDE).checked_sub(1))?;
                sets_at(slugs, path).then(|| format!("{}[{index}]", path.split('[').next().unwrap_or_default()))?
            }
            OperationKind::Patch(_, fields) => sets_at(fields, path).then(|| path.to_owned())?,
        };
        Some(format!("{}.{inner}", self.path))
    }
}

/// Applies the operations of the changes of a record to the tree of its document.
pub(super) struct Patch<'p> {
    pub catalog: &'p Catalog,
    pub object: &'p ObjectType,
    /// The slug of the record in the database.
    slug: &'p str,
    /// The slugs of the records that the edit renames, or that others have renamed since the revision that the client
    /// expects.
    pub renamed: &'p RenamedSlugs,
    /// Number of operations that were applied.
    applied: usize,
    /// The problems of the operations. If there are any, the tree must not be used.
    pub problems: Vec<Problem>,
    /// The records whose reviews the operations state again.
    pub reviewed: Vec<RecordKey>,
}

impl<'p> Patch<'p> {
    pub fn new(catalog: &'p Catalog, object: &'p ObjectType, slug: &'p str, renamed: &'p RenamedSlugs) -> Self {
        Self { catalog, object, slug, renamed, applied: 0, problems: Vec::new(), reviewed: Vec::new() }
    }

    /// Applies operations.
    pub fn apply<'v>(&mut self, document: &mut Node<'v>, operations: &[Operation<'v>]) {
        let (catalog, object, renamed) = (self.catalog, self.object, self.renamed);
        let slugs: Vec<String> = renamed.slugs(object.ix, self.slug).into_iter().map(str::to_owned).collect();
        for Operation { path, kind } in operations {
            self.applied += 1;
            let mut nodes = Nodes::after(self.applied * STRIDE);
            match *kind {
                OperationKind::Rename(to) => rename(document, to, &mut nodes),
                OperationKind::Patch(SET, fields) => {
                    set(catalog, object, document, fields, &mut nodes);
                    self.reviewed.extend(stated_review(catalog, object, &slugs, fields));
                }
                OperationKind::Patch(ENTRIES, change) => {
                    let (problems, reviewed) = (&mut self.problems, &mut self.reviewed);
                    let mut entries = EntryPatch { catalog, renamed, nodes: &mut nodes, problems, reviewed };
                    entries.apply(object, document, &slugs, change, path);
                }
                OperationKind::Patch(name, fields) => {
                    list(document, name == ADD, fields, path, &nodes, &mut self.problems);
                }
            }
        }
    }
}

/// Maps the path of a value in the document to a path in the arguments: the path of the operation that has changed the
/// value, followed by the path within the operation. `None` if no operation has changed the value. `operations` are the
/// operations of all changes of the record.
///
/// If an operation has created the value, the column of `position` identifies the operation. Otherwise it is the last
/// operation that sets the value at the path. A merge creates all nodes again, so the operation that has added a slug
/// to a list is no longer known. Then the first operation that adds slugs to that list is returned.
pub(super) fn origin(operations: &[Operation<'_>], path: &str, position: Option<Position>) -> Option<String> {
    let rename = operations.iter().rfind(|operation| matches!(operation.kind, OperationKind::Rename(_)));
    // A rename adds a former slug, so a former slug can have different indexes in the operation and in the document.
    let path = if rename.is_some() && path.starts_with(FORMERLY) { FORMERLY } else { path };
    let creator = position.and_then(|position| (position.column / STRIDE).checked_sub(1));
    let created = creator.and_then(|creator| operations.get(creator)?.operand(path, position));
    let set = || {
        // If several operations change entries, the index of an entry does not identify the operation that has changed
        // it.
        let of_entries = |operation: &&Operation<'_>| matches!(operation.kind, OperationKind::Patch(ENTRIES, _));
        let is_certain = operations.iter().filter(of_entries).count() == 1;
        let mut certain = operations.iter().rev().filter(|operation| is_certain || !of_entries(operation));
        certain.find_map(|operation| operation.operand(path, None))
    };
    // A missing member of a value object is reported at the operation that sets the object.
    let set_object = || {
        let (object, _) = path.rsplit_once('.')?;
        let sets = |kind: &OperationKind<'_>| matches!(*kind, OperationKind::Patch(SET, fields) if sets_at(fields, object));
        let setting = operations.iter().rfind(|operation| sets(&operation.kind))?;
        Some(format!("{}.{path}", setting.path))
    };
    let added = || {
        let list = path.strip_suffix(']').and_then(|path| path.split('[').next()).filter(|_| creator.is_none())?;
        let adds = |kind: &OperationKind<'_>| matches!(*kind, OperationKind::Patch(ADD, slugs) if sets_at(slugs, path));
        let adding = operations.iter().find(|operation| adds(&operation.kind))?;
        Some(format!("{}.{list}", adding.path))
    };
    let renamed = || rename.filter(|_| path == FORMERLY).map(|rename| rename.path.clone());
    created.or_else(set).or_else(set_object).or_else(added).or_else(renamed)
}

/// Reports whether no operation has created the value with a position: it is from a stored or a merged document.
pub(super) fn is_of_document(position: Option<Position>) -> bool {
    position.is_none_or(|position| position.column < STRIDE)
}

/// Returns the operations: for each its index, and its name with its change.
fn each(operations: &Value) -> impl Iterator<Item = (usize, (&'static str, &Value))> {
    let items = if let Value::List(items) = operations { items.as_slice() } else { &[] };
    items.iter().enumerate().filter_map(|(at, item)| Some((at, only_member(item)?)))
}

/// Returns the names of the fields that operations change. A name can occur several times.
pub(in crate::library::edits) fn changed(operations: &Value) -> impl Iterator<Item = &'static str> {
    each(operations).flat_map(|(_, (_, change))| {
        let fields = if let Value::Object(fields) = change { fields.as_slice() } else { &[] };
        fields.iter().map(|(name, _)| *name)
    })
}

/// Returns the name and the value of the member of a `@oneOf` input object.
pub(super) fn only_member(value: &Value) -> Option<(&'static str, &Value)> {
    let Value::Object(fields) = value else { return None };
    fields.iter().find(|(_, value)| *value != Value::Null).map(|(name, value)| (*name, value))
}

/// Reports whether an input object sets the value at a path.
pub(super) fn sets_at(value: &Value, path: &str) -> bool {
    let Value::Object(fields) = value else { return true };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let name = first.split('[').next().unwrap_or_default();
    let is_last = rest.is_empty() && name == first;
    fields.iter().any(|(known, value)| *known == name && (is_last || sets_at(value, rest)))
}

/// Returns the key of the record whose fields an operation sets, if they include the date of the review. The operation
/// then states the review again, even if the date stays the same. `slugs` are the slugs of the record during the edit.
pub(super) fn stated_review(catalog: &Catalog, object: &ObjectType, slugs: &[String], fields: &Value) -> Option<RecordKey> {
    let is_stated = review_dates(catalog, object).any(|path| sets_at(fields, &path));
    slugs.last().filter(|_| is_stated).map(|slug| (object.ix, slug.as_str().into()))
}

/// Changes the slug.
fn rename<'v>(document: &mut Node<'v>, to: &'v str, nodes: &mut Nodes) {
    let NodeValue::Map(entries) = &mut document.value else { return };
    let at = nodes.position();
    let value = Node { at, value: NodeValue::Text(Cow::Borrowed(to)) };
    match entries.iter_mut().find(|entry| entry.key == SLUG) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry { at, key: Cow::Borrowed(SLUG), value }),
    }
}

/// Makes the slug in the database a former slug, if the document has another slug. By this slug, `Renames::find` finds the
/// record. If the record gets an earlier slug again, that slug is no longer a former one.
pub(super) fn add_former_slug(document: &mut Node<'_>, stored: &str) {
    let slug = document.entry(SLUG).map(|entry| entry.value.at).zip(document.text(SLUG).map(str::to_owned));
    let (Some((at, slug)), NodeValue::Map(entries)) = (slug, &mut document.value) else { return };
    if slug == stored {
        return;
    }
    let mut former = vec![Node { at, value: NodeValue::Text(Cow::Owned(stored.to_owned())) }];
    let known = entries.iter().position(|entry| entry.key == FORMERLY).map(|known| entries.remove(known));
    if let Some(Entry { value: Node { value: NodeValue::List(items), .. }, .. }) = known {
        let is_other =
            |item: &Node<'_>| !matches!(&item.value, NodeValue::Text(text) if **text == *slug || **text == *stored);
        former.extend(items.into_iter().filter(is_other));
    }
    entries.push(Entry { at, key: Cow::Borrowed(FORMERLY), value: Node { at, value: NodeValue::List(former) } });
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
            problems.push(Problem::of_argument(format!("{path}.{name}[{index}]").into(), flaw.0, flaw.1));
        }
    }
}
