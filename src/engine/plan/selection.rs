//! What an operation selects on a type: fields merged by response key, with fragments followed and arguments resolved.
//!
//! Specification: <https://spec.graphql.org/draft/#CollectFields()>. The document is valid: fields of one response key are the same field
//! with the same arguments.

use super::problem::Problem;
use crate::graphql::{
    Position,
    document::{Conditional, Document, Field, Selection},
    value::{NullValue, Value, Variables},
};

/// A document with the values of its variables.
#[derive(Clone, Copy)]
pub struct Scope<'q> {
    /// The document.
    pub document: &'q Document,
    /// Values of variables, defaults filled in.
    pub variables: &'q Variables,
}

/// One selected field: all fields of one response key, merged.
pub struct Selected<'q> {
    /// The alias, or else the name.
    pub key: &'q str,
    /// The field's name.
    pub name: &'static str,
    /// The first of the fields that were merged.
    pub field: &'q Field,
    /// Selection sets of all of them.
    pub sets: Vec<&'q [Selection]>,
}

/// The selections of fields that were merged.
pub type Sets<'s, 'q> = &'s [&'q [Selection]];

/// A mistake, and where the directive stands that has it.
pub type Misplaced = (Problem, Position);

impl<'q> Scope<'q> {
    /// The fields selected on an object of the type of this name, in the order in which the answer shows them.
    ///
    /// # Errors
    /// When the condition of a `@skip` or an `@include` is null.
    pub fn collect(&self, sets: Sets<'_, 'q>, object: &str) -> Result<Vec<Selected<'q>>, Misplaced> {
        let mut fields = Vec::new();
        let mut visited = Vec::new();
        for set in sets {
            self.collect_set(set, object, &mut fields, &mut visited)?;
        }
        Ok(fields)
    }

    fn collect_set(
        &self,
        set: &'q [Selection],
        object: &str,
        fields: &mut Vec<Selected<'q>>,
        visited: &mut Vec<usize>,
    ) -> Result<(), Misplaced> {
        for selection in set {
            if self.is_left_out(selection.conditions())? {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let (key, set) = (field.key(), field.selections.as_slice());
                    if let Some(selected) = fields.iter_mut().find(|selected| selected.key == key) {
                        selected.sets.push(set);
                    } else {
                        fields.push(Selected { key, name: &field.definition.name, field, sets: vec![set] });
                    }
                }
                Selection::Spread { fragment, .. } => {
                    let spread = &self.document.fragments[*fragment];
                    // A fragment adds the same fields however often it is spread, so once is enough.
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

    /// What `@skip` and `@include` say (<https://spec.graphql.org/draft/#sec--skip>).
    fn is_left_out(&self, conditions: &[Conditional]) -> Result<bool, Misplaced> {
        for condition in conditions {
            let when = condition
                .when
                .value(self.variables)
                .map_err(|NullValue| (null_argument("if", "Boolean!"), condition.position))?;
            if when == Some(Value::Boolean(condition.leaves_out)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An argument of a field, or its default; `None` when it is not given and has none.
    ///
    /// # Errors
    /// When a variable is null where that is not allowed.
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
    Problem::argument(name, format_args!("a value of type {ty} must not hold null where a variable gives it"))
}
