//! Checks that fields with the same response key can be merged
//! (<https://spec.graphql.org/draft/#sec-Field-Selection-Merging>).
//!
//! Fields are compared level by level, in groups of fields with the same response key. Being mergeable is an equivalence
//! relation, so each field is compared only with the first field of its group. Each occurrence of a field in the expanded
//! document is compared twice: first its name and arguments, and then its shape. A group can have fields of several object
//! types. Then the name and arguments of a field that is selected on an interface are compared once for each of these
//! types. If such groups are nested, the numbers of types are multiplied: two types on each of three levels are eight
//! comparisons.

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::Errors;
use crate::graphql::{
    document::{Document, Field, Selection},
    error::{DocumentError, quoted},
    schema::{Type, TypeKind},
    types::TypeRef,
};

/// A field and the type that it is selected on.
#[derive(Clone, Copy)]
struct Entry<'d> {
    parent: &'static Type,
    field: &'d Field,
}

type Groups<'d> = IndexMap<&'d str, Vec<Entry<'d>>, RandomState>;

struct Merging<'d, 'm> {
    document: &'d Document,
    errors: &'m mut Errors,
}

/// Checks every operation of a document.
pub(super) fn check(document: &Document, errors: &mut Errors) {
    let mut merging = Merging { document, errors };
    for operation in &document.operations {
        let groups = merging.grouped([(operation.root, operation.selections.as_slice())]);
        merging.same_fields(&groups);
        merging.same_shapes(&groups);
    }
}

impl<'d> Merging<'d, '_> {
    /// Returns the fields of all these selection sets by response key.
    fn grouped(&self, sets: impl IntoIterator<Item = (&'static Type, &'d [Selection])>) -> Groups<'d> {
        let mut groups = Groups::default();
        let mut visited = Vec::new();
        for (parent, selections) in sets {
            self.collect(parent, selections, &mut visited, &mut groups);
        }
        groups
    }

    fn collect(
        &self,
        parent: &'static Type,
        selections: &'d [Selection],
        visited: &mut Vec<usize>,
        groups: &mut Groups<'d>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => groups.entry(field.key()).or_default().push(Entry { parent, field }),
                Selection::Inline { on, selections, .. } => self.collect(on.unwrap_or(parent), selections, visited, groups),
                Selection::Spread { fragment, .. } => {
                    if !visited.contains(fragment) {
                        visited.push(*fragment);
                        let fragment = &self.document.fragments[*fragment];
                        self.collect(fragment.on, &fragment.selections, visited, groups);
                    }
                }
            }
        }
    }

    /// Returns the fields that the fields of a group select.
    fn below(&self, group: &[Entry<'d>]) -> Groups<'d> {
        let schema = self.document.schema;
        let selecting = group.iter().filter(|entry| !entry.field.selections.is_empty());
        self.grouped(selecting.map(|entry| (schema.of(&entry.field.definition.ty), entry.field.selections.as_slice())))
    }

    /// Checks <https://spec.graphql.org/draft/#SameResponseShape()>.
    fn same_shapes(&mut self, groups: &Groups<'d>) {
        for (key, group) in groups {
            let Some((first, rest)) = group.split_first() else { continue };
            let ty = &first.field.definition.ty;
            let other = rest.iter().find(|entry| !self.same_shape(ty, &entry.field.definition.ty));
            if let Some(other) = other {
                let other_ty = &other.field.definition.ty;
                self.conflict(key, *first, *other, &format!("they return conflicting types \"{ty}\" and \"{other_ty}\""));
            } else {
                let below = self.below(group);
                self.same_shapes(&below);
            }
            if self.errors.is_full() {
                return;
            }
        }
    }

    fn same_shape(&self, ty: &TypeRef, other: &TypeRef) -> bool {
        match (ty, other) {
            (TypeRef::NonNull(ty), TypeRef::NonNull(other)) | (TypeRef::List(ty), TypeRef::List(other)) => {
                self.same_shape(ty, other)
            }
            (TypeRef::Named(name), TypeRef::Named(other)) => {
                let is_composite = |name| self.document.schema.named(name).is_some_and(|ty| ty.fields().is_some());
                name == other || (is_composite(name) && is_composite(other))
            }
            _ => false,
        }
    }

    /// Checks the rule of <https://spec.graphql.org/draft/#FieldsInSetCanMerge()> for fields that the same object can have.
    fn same_fields(&mut self, groups: &Groups<'d>) {
        for (key, group) in groups {
            for group in by_parent(group) {
                self.same_field(key, &group);
                let below = self.below(&group);
                self.same_fields(&below);
                if self.errors.is_full() {
                    return;
                }
            }
        }
    }

    fn same_field(&mut self, key: &str, group: &[Entry<'d>]) {
        let Some((first, rest)) = group.split_first() else { return };
        let name = |entry: &Entry<'_>| entry.field.definition.name.as_str();
        if let Some(other) = rest.iter().find(|entry| name(entry) != name(first)) {
            let because = format!("\"{}\" and \"{}\" are different fields", name(first), name(other));
            self.conflict(key, *first, *other, &because);
        } else if let Some(other) = rest.iter().find(|entry| !same_arguments(first.field, entry.field)) {
            self.conflict(key, *first, *other, "they have differing arguments");
        }
    }

    fn conflict(&mut self, key: &str, one: Entry<'_>, other: Entry<'_>, because: &str) {
        let key = quoted(key);
        let message = format!(
            "Fields {key} conflict because {because}. Use different aliases on the fields to fetch both if this was intentional."
        );
        let error = DocumentError { message, positions: vec![one.field.position, other.field.position] };
        // Two fields that differ in both name and shape cause only one error.
        if self.errors.0.iter().all(|known| known.positions != error.positions) {
            self.errors.add(error);
        }
    }
}

/// Splits a group into fields that the same object can have: for each object type, its fields and those of interfaces.
fn by_parent<'d>(group: &[Entry<'d>]) -> Vec<Vec<Entry<'d>>> {
    let is_object = |entry: &&Entry<'_>| matches!(entry.parent.kind, TypeKind::Object { .. });
    let mut parents: Vec<&str> = Vec::new();
    for entry in group.iter().filter(is_object) {
        if !parents.contains(&entry.parent.name.as_str()) {
            parents.push(&entry.parent.name);
        }
    }
    if parents.len() <= 1 {
        return vec![group.to_vec()];
    }
    let of = |parent: &str| {
        let entries = group.iter().filter(|entry| entry.parent.name == parent || !is_object(entry));
        entries.copied().collect()
    };
    parents.into_iter().map(of).collect()
}

/// Reports whether two fields have the same arguments with the same coerced values, in any order.
fn same_arguments(one: &Field, other: &Field) -> bool {
    one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| other.argument(name) == Some(value))
}
