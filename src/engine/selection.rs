//! What an operation selects on a type: fields merged by response key, with fragments followed and arguments resolved.
//!
//! Specification: <https://spec.graphql.org/draft/#CollectFields()>. The document is valid when this runs: fragments exist and are
//! not circular, and fields of one response key are the same field with the same arguments.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value as ConstValue, Variables,
    parser::types::{Directive, Field, FragmentDefinition, Selection, SelectionSet},
};

/// What an operation brings along for all of its fields.
#[derive(Clone, Copy)]
pub struct Operation<'q> {
    /// Fragments of the document.
    pub fragments: &'q HashMap<Name, Positioned<FragmentDefinition>>,
    /// Values of variables, defaults filled in.
    pub variables: &'q Variables,
}

/// One selected field: all fields of one response key, merged.
pub struct Selected<'q> {
    /// The alias, or else the name.
    pub key: &'q str,
    /// The field's name.
    pub name: &'q str,
    /// The first of the fields that were merged.
    pub field: &'q Field,
    /// Selection sets of all of them.
    pub sets: Vec<&'q SelectionSet>,
}

impl<'q> Operation<'q> {
    /// The fields selected on a type, in the order in which the answer shows them. `holds` tells whether a type condition
    /// takes the type.
    pub fn collect(&self, sets: &[&'q SelectionSet], holds: impl Fn(&str) -> bool) -> Vec<Selected<'q>> {
        let mut fields = Vec::new();
        let mut visited = Vec::new();
        for set in sets {
            self.collect_set(set, &holds, &mut fields, &mut visited);
        }
        fields
    }

    fn collect_set(
        &self,
        set: &'q SelectionSet,
        holds: &impl Fn(&str) -> bool,
        fields: &mut Vec<Selected<'q>>,
        visited: &mut Vec<&'q str>,
    ) {
        for item in &set.items {
            if self.is_left_out(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let key = field.response_key().node.as_str();
                    let set = &field.selection_set.node;
                    if let Some(selected) = fields.iter_mut().find(|selected| selected.key == key) {
                        selected.sets.push(set);
                    } else {
                        let name = field.name.node.as_str();
                        fields.push(Selected { key, name, field, sets: vec![set] });
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // A fragment adds the same fields however often it is spread, so once is enough.
                    if let Some(fragment) = self.fragments.get(name)
                        && !visited.contains(&name.as_str())
                        && holds(fragment.node.type_condition.node.on.node.as_str())
                    {
                        visited.push(name.as_str());
                        self.collect_set(&fragment.node.selection_set.node, holds, fields, visited);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| holds(condition.node.on.node.as_str())) {
                        self.collect_set(&fragment.node.selection_set.node, holds, fields, visited);
                    }
                }
            }
        }
    }

    /// What `@skip` and `@include` say (<https://spec.graphql.org/draft/#sec--skip>).
    fn is_left_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let condition = directive.node.get_argument("if").and_then(|value| resolve(&value.node, self.variables));
            let leaves_out = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            condition == Some(ConstValue::Boolean(leaves_out))
        })
    }

    /// An argument of a field: `None` when it is not given, or given by a variable that is not.
    pub fn argument(&self, field: &Field, name: &str) -> Option<ConstValue> {
        let value = field.get_argument(name)?;
        resolve(&value.node, self.variables)
    }
}

/// A value with its variables put in; `None` when it is a variable without a value. List entries without a value are null and
/// object fields without one are left out (<https://spec.graphql.org/draft/#sec-Input-Objects.Input-Coercion>).
fn resolve(value: &async_graphql_value::Value, variables: &Variables) -> Option<ConstValue> {
    use async_graphql_value::Value;
    Some(match value {
        Value::Variable(name) => return variables.get(name).cloned(),
        Value::Null => ConstValue::Null,
        Value::Number(number) => ConstValue::Number(number.clone()),
        Value::String(text) => ConstValue::String(text.clone()),
        Value::Boolean(value) => ConstValue::Boolean(*value),
        Value::Binary(bytes) => ConstValue::Binary(bytes.clone()),
        Value::Enum(name) => ConstValue::Enum(name.clone()),
        Value::List(items) => {
            ConstValue::List(items.iter().map(|item| resolve(item, variables).unwrap_or(ConstValue::Null)).collect())
        }
        Value::Object(fields) => ConstValue::Object(
            fields.iter().filter_map(|(name, value)| Some((name.clone(), resolve(value, variables)?))).collect(),
        ),
    })
}
