//! Checks a document against the schema.
//!
//! async-graphql's own checks let through what the specification refuses: variables where their type does not fit, and
//! fields that want the same place in the answer. The validator of `apollo-compiler` has every rule
//! (<https://spec.graphql.org/draft/#sec-Validation>); see `docs/decisions/0011-validation.md`.

use std::sync::LazyLock;

use apollo_compiler::{
    ExecutableDocument, Schema,
    parser::Parser,
    response::GraphQLError,
    validation::{DiagnosticList, Valid},
};
use async_graphql::{Pos, ServerError, Variables, parser::types::OperationDefinition};
use serde_json::{Map, Value as Json};

use super::{
    guard::text::{MAX_BRACKETS, MAX_TOKENS},
    variables,
};
use crate::error;

/// The schema in GraphQL's definition language. As a file, so that async-graphql need not make its own schema before somebody
/// introspects it, which takes time at every start and a quarter of the memory.
const SDL: &str = include_str!("../../schema.graphql");

/// The schema as the validator knows it.
static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    // Whoever changes a declaration sees it at once; a build for others has passed the test that compares the two.
    debug_assert!(SDL == super::sdl(), "schema.graphql is stale. Refresh it with: cargo run -- schema > schema.graphql");
    let schema = Schema::parse_and_validate(SDL, "schema.graphql");
    schema.unwrap_or_else(|failure| panic!("the schema of the service is not valid: {failure}"))
});

/// A document that fits the schema.
pub type ValidDocument = Valid<ExecutableDocument>;

/// Makes the validator ready, so that the first request does not wait for it.
pub fn prepare() {
    LazyLock::force(&SCHEMA);
}

/// Checks a document that has been measured and parsed before.
pub fn check(text: &str) -> Result<ValidDocument, Vec<ServerError>> {
    // The guard has counted; these only have to let through what passed it.
    let mut parser = Parser::new().token_limit(MAX_TOKENS * 4).recursion_limit(MAX_BRACKETS * 4);
    let document = parser.parse_executable(&SCHEMA, text, "document");
    document.map_err(|failed| told(&failed.errors))?.validate(&SCHEMA).map_err(|failed| told(&failed.errors))
}

/// Names of the operations of a document whose introspection nests lists within lists, which multiplies the answer with every level.
pub fn too_deep(document: &ValidDocument) -> Vec<Option<String>> {
    let operations = document.operations.iter();
    let deep = operations
        .filter(|operation| apollo_compiler::introspection::check_max_depth(document, operation).is_err())
        .map(|operation| operation.name.as_ref().map(ToString::to_string));
    deep.collect()
}

/// Gives variables the types and defaults that the operation says.
pub fn coerce(operation: &OperationDefinition, values: Map<String, Json>) -> Result<Variables, ServerError> {
    variables::coerce(&SCHEMA, operation, values).map_err(error::of_variable)
}

fn told(errors: &DiagnosticList) -> Vec<ServerError> {
    errors.iter().map(|diagnostic| one(&diagnostic.to_json())).collect()
}

fn one(told: &GraphQLError) -> ServerError {
    let position = told.locations.first().map(|place| Pos { line: place.line, column: place.column });
    error::of_validation(&told.message, position)
}
