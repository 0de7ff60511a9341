//! Runs an operation.

use async_graphql::{
    Request, Response, ServerError, Value, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition},
};

use super::{Schema, guard, scope::RequestScope};
use crate::error;

/// What came of a request.
pub enum Outcome {
    /// The document could not be run at all: there are errors and no data.
    Refused(Vec<ServerError>),
    /// It was run, with data and perhaps errors of some fields.
    Executed {
        /// The response.
        response: Box<Response>,
        /// How many SQL statements it took.
        statements: usize,
    },
}

/// Runs a request.
///
/// The document is parsed here, because async-graphql applies `@skip` and `@include` without the defaults of variables; they
/// are filled in first.
pub async fn execute(schema: &Schema, mut request: Request) -> Outcome {
    if let Err(refused) = guard::check_text(&request.query) {
        return Outcome::Refused(vec![refused]);
    }
    let document = match async_graphql::parser::parse_query(&request.query) {
        Ok(document) => document,
        Err(failure) => return Outcome::Refused(vec![error::of_syntax(&failure)]),
    };
    if let Err(refused) = guard::check(&document) {
        return Outcome::Refused(vec![refused]);
    }
    if let Some(operation) = operation(&document, request.operation_name.as_deref()) {
        let missing = coerce(operation, &mut request.variables);
        if !missing.is_empty() {
            return Outcome::Refused(missing);
        }
    }
    let scope = std::sync::Arc::new(RequestScope::default());
    request.set_parsed_query(document);
    request = request.data(std::sync::Arc::clone(&scope));
    let mut response = schema.execute(request).await;
    let statements = scope.statements().await;
    let refused = response.data == async_graphql::Value::Null && !scope.is_executed();
    error::finish(&mut response.errors, refused);
    if refused {
        return Outcome::Refused(response.errors);
    }
    Outcome::Executed { response: Box::new(response), statements }
}

fn operation<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name).map(|operation| &operation.node),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().map(|operation| &operation.node)
        }
        _ => None,
    }
}

/// Gives variables their defaults; tells which have no value and need one
/// (<https://spec.graphql.org/draft/#CoerceVariableValues()>).
fn coerce(operation: &OperationDefinition, variables: &mut Variables) -> Vec<ServerError> {
    let mut missing = Vec::new();
    for definition in &operation.variable_definitions {
        let position = definition.pos;
        let definition = &definition.node;
        let name = &definition.name.node;
        match (variables.get(name), &definition.default_value) {
            (None, Some(default)) => _ = variables.insert(name.clone(), default.node.clone()),
            (None | Some(Value::Null), _) if !definition.var_type.node.nullable => {
                missing.push(error::of_variable(name, &definition.var_type.node.to_string(), position));
            }
            _ => {}
        }
    }
    missing
}
