//! Collects the fields that an operation selects on a type: fields with the same response key are merged, fragments are
//! expanded, and arguments are resolved.
//!
//! Specification: <https://spec.graphql.org/draft/#CollectFields()>. The document is valid, so fields with the same response
//! key are the same field with the same arguments.

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::{
    engine::problem::Problem,
    graphql::{
        Position,
        document::{Conditional, Document, Field, Selection},
        value::{NullValue, Value, Variables},
    },
};

/// A document with the values of its variables.
#[derive(Clone, Copy)]
pub struct Scope<'q> {
    /// The document.
    pub document: &'q Document,
    /// Values of its variables, with defaults.
    pub variables: &'q Variables,
}

/// One selected field: all fields with the same response key, merged.
pub struct Selected<'q> {
    /// The alias, or else the name.
    pub key: &'q str,
    /// The field's name.
    pub name: &'static str,
    /// The first of the merged fields.
    pub field: &'q Field,
    /// The selection sets of all merged fields.
    pub sets: Vec<&'q [Selection]>,
}

/// The selection sets of merged fields.
pub type Sets<'s, 'q> = &'s [&'q [Selection]];

/// An error in a directive, and the position of the directive.
pub type DirectiveError = (Problem, Position);

/// Selected fields by response key. A hash table, because a client can select hundreds of fields.
type Fields<'q> = IndexMap<&'q str, Selected<'q>, RandomState>;

impl<'q> Scope<'q> {
    /// Collects the fields selected on an object of the type of this name, in the order of the response.
    ///
    /// # Errors
    /// If the condition of a `@skip` or an `@include` is null.
    pub fn collect(&self, sets: Sets<'_, 'q>, object: &str) -> Result<Vec<Selected<'q>>, DirectiveError> {
        let mut fields = Fields::default();
        let mut visited = Vec::new();
        for set in sets {
            self.collect_set(set, object, &mut fields, &mut visited)?;
        }
        Ok(fields.into_values().collect())
    }

    fn collect_set(
        &self,
        set: &'q [Selection],
        object: &str,
        fields: &mut Fields<'q>,
        visited: &mut Vec<usize>,
    ) -> Result<(), DirectiveError> {
        for selection in set {
            if self.is_skipped(selection.conditions())? {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let (key, set) = (field.key(), field.selections.as_slice());
                    let new = || Selected { key, name: &field.definition.name, field, sets: Vec::new() };
                    fields.entry(key).or_insert_with(new).sets.push(set);
                }
                Selection::Spread { fragment, .. } => {
                    let spread = &self.document.fragments[*fragment];
                    // A second spread of the same fragment would add no fields.
                    if !visited.contains(fragment) && spread.on.includes(object) {
                        visited.push(*fragment);
                        self.collect_set(&spread.selections, object, fields, visited)?;
                    }
                }
                Selection::Inline { on, selections, .. } => {
                    if on.is_none_or(|on| on.includes(object)) {
                        self.collect_set(selections, object, fields, visited)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reports whether `@skip` or `@include` excludes a selection (<https://spec.graphql.org/draft/#sec--skip>).
    fn is_skipped(&self, conditions: &[Conditional]) -> Result<bool, DirectiveError> {
        for condition in conditions {
            let when = condition
                .when
                .value(self.variables)
                .map_err(|NullValue| (null_argument("if", "Boolean!"), condition.position))?;
            if when == Some(Value::Boolean(condition.skips_if)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the value of an argument, or its default; `None` if the client does not set it and there is no default.
    ///
    /// # Errors
    /// If a variable is null, and the argument must not be null.
    pub fn argument(&self, field: &Field, name: &str) -> Result<Option<Value>, Problem> {
        let definition = field.definition.arguments.get(name);
        let given = match field.argument(name) {
            Some(argument) => argument.value(self.variables).map_err(|NullValue| {
                null_argument(name, &definition.map_or_else(String::new, |definition| definition.ty.to_string()))
            })?,
            None => None,
        };
        Ok(given.or_else(|| definition?.default.clone()))
    }
}

fn null_argument(name: &str, ty: &str) -> Problem {
    Problem::argument(name, format_args!("the variable is null, but the type is {ty}"))
}
