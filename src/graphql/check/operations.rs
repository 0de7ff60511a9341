//! Operations (<https://spec.graphql.org/draft/#sec-Validation.Operations>) and the variables that they declare
//! (<https://spec.graphql.org/draft/#sec-Validation.Variables>).

use super::{Checker, Scope};
use crate::graphql::{
    document::{Operation, Variable},
    error::{Position, prefixed, quoted},
    schema::Type,
    suggest::did_you_mean,
    tree::{self, OperationKind},
};

impl<'d> Checker<'d> {
    /// Checks that names of operations and fragments are unique, and that an anonymous operation is the only one.
    pub(super) fn unique_names(&mut self) {
        let tree = self.tree;
        let names = tree.operations.iter().filter_map(|operation| operation.name);
        self.unique(names, |name| format!("There can be only one operation named {}.", quoted(name)));
        let names = tree.fragments.iter().map(|fragment| fragment.name);
        self.unique(names, |name| format!("There can be only one fragment named {}.", quoted(name)));
        if tree.operations.len() > 1 {
            for operation in tree.operations.iter().filter(|operation| operation.name.is_none()) {
                self.error(operation.position, || "This anonymous operation must be the only defined operation.".to_owned());
            }
        }
        if tree.operations.is_empty() {
            self.error(Position::default(), || "The document has no operation.".to_owned());
        }
    }

    pub(super) fn operation(&mut self, operation: &'d tree::Operation<'d>) -> Option<(Operation, Scope)> {
        let (word, location) = match operation.kind {
            OperationKind::Query => ("query", "QUERY"),
            OperationKind::Mutation => ("mutation", "MUTATION"),
            OperationKind::Subscription => ("subscription", "SUBSCRIPTION"),
        };
        let names = operation.variables.iter().map(|variable| variable.name);
        self.unique(names, |name| format!("There can be only one variable named {}.", prefixed('$', name)));
        let variables = operation.variables.iter().filter_map(|variable| self.declaration(variable)).collect();
        self.directives(&operation.directives, location);
        let Some(root) = self.schema.root(operation.kind) else {
            self.error(operation.position, || format!("The schema has no {word} operations."));
            return None;
        };
        let selections = self.selections(root, &operation.selections);
        let name = operation.name.map(|name| name.text.into());
        let (kind, position) = (operation.kind, operation.position);
        let scope = std::mem::take(&mut self.scope);
        Some((Operation { name, kind, root, position, variables, selections }, scope))
    }

    fn declaration(&mut self, variable: &'d tree::Variable<'d>) -> Option<Variable> {
        self.directives(&variable.directives, "VARIABLE_DEFINITION");
        let ty = self.known_type(variable.ty.name(), variable.ty_position)?;
        let name = variable.name.text;
        if !ty.is_input() {
            self.error(variable.ty_position, || {
                format!("Variable {} cannot be non-input type \"{}\".", prefixed('$', name), variable.ty)
            });
            return None;
        }
        // The parser rejects variables in defaults.
        let default = variable.default.as_ref().and_then(|value| self.literal(&variable.ty, value, None)?.into_constant());
        let (index, position) = (self.variable(name), variable.position);
        Some(Variable { name: name.into(), index, position, ty: variable.ty.clone(), default })
    }

    /// Returns the type of a name in the document, or adds an error.
    pub(super) fn known_type(&mut self, name: &str, position: Position) -> Option<&'static Type> {
        let schema = self.schema;
        let found = schema.named(name);
        if found.is_none() {
            self.error(position, || {
                let near = did_you_mean("", name, schema.types().map(|ty| ty.name.as_str()));
                format!("Unknown type {}.{near}", quoted(name))
            });
        }
        found
    }
}
