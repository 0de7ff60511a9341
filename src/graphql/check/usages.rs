//! Uses of variables (<https://spec.graphql.org/draft/#sec-All-Variable-Uses-Defined> and the two sections after it).

use std::collections::HashMap;

use super::{Checker, Usage};
use crate::graphql::{
    document::{Operation, Variable},
    error::{prefixed, quoted},
    value::Value,
};

impl Checker<'_> {
    /// Checks the variables of an operation, given its own uses and those in the fragments that it reaches.
    pub(super) fn usages<'u>(&mut self, operation: &Operation, usages: impl Iterator<Item = &'u Usage>) {
        let mut declared: HashMap<usize, (&Variable, bool)> =
            operation.variables.iter().map(|variable| (variable.index, (variable, false))).collect();
        for usage in usages {
            let Some((variable, is_used)) = declared.get_mut(&usage.variable) else {
                let name = self.variable_name(usage.variable);
                let by = || operation.name.as_ref().map(|name| format!(" by operation {}", quoted(name)));
                self.error(usage.position, || {
                    format!("Variable {} is not defined{}.", prefixed('$', name), by().unwrap_or_default())
                });
                continue;
            };
            *is_used = true;
            let variable = *variable;
            if !is_allowed(variable, usage) {
                self.error(usage.position, || not_allowed(variable, usage));
            }
        }
        for variable in
            operation.variables.iter().filter(|variable| declared.get(&variable.index).is_some_and(|(_, used)| !used))
        {
            let of = operation.name.as_ref().map(|name| format!(" in operation {}", quoted(name)));
            let name = prefixed('$', &variable.name);
            self.error(variable.position, || format!("Variable {name} is never used{}.", of.unwrap_or_default()));
        }
    }
}

/// Checks <https://spec.graphql.org/draft/#IsVariableUsageAllowed()>.
fn is_allowed(variable: &Variable, usage: &Usage) -> bool {
    let must_have_value = usage.in_one_of || usage.ty.is_non_null();
    if !must_have_value || variable.ty.is_non_null() {
        return variable.ty.is_compatible_with(&usage.ty);
    }
    let has_default = variable.default.as_ref().is_some_and(|default| *default != Value::Null);
    (has_default || usage.has_default) && variable.ty.is_compatible_with(usage.ty.nullable())
}

fn not_allowed(variable: &Variable, usage: &Usage) -> String {
    let name = prefixed('$', &variable.name);
    if usage.in_one_of && variable.ty.is_compatible_with(&usage.ty) {
        return format!(
            "Variable {name} is of type \"{}\" but must be non-nullable to be used for a OneOf Input Object.",
            variable.ty
        );
    }
    format!("Variable {name} of type \"{}\" used in position expecting type \"{}\".", variable.ty, usage.ty)
}
