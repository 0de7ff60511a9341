//! What is asked of the schema itself: `__schema` and `__type`, answered by async-graphql.

use async_graphql::{Name, Request, ServerError, Value, Variables, parser::types::SelectionSet};

use super::{Schema, documents::Prepared};
use crate::engine::selection::Operation;

/// What one point of cost buys of a schema's description.
const FIELDS_A_POINT: u64 = 100;

/// Most points that introspection may cost: four times the introspection of graphql-js with everything that can be asked.
pub const MAX_POINTS: u64 = 4 * 1300;

/// True for the fields that are answered here.
#[must_use]
pub fn is_introspection(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

/// What a field of the schema costs, in points: the fields that may stand in its answer, with lists as long as the longest
/// of them usually are.
#[must_use]
pub fn points(operation: Operation<'_>, sets: &[&SelectionSet]) -> u64 {
    fields(operation, sets).div_ceil(FIELDS_A_POINT)
}

fn fields(operation: Operation<'_>, sets: &[&SelectionSet]) -> u64 {
    let selected = operation.collect(sets, |_| true);
    selected.iter().fold(0_u64, |sum, selected| {
        let times = match selected.name {
            "types" => 300,
            "fields" | "inputFields" | "enumValues" | "possibleTypes" => 8,
            "args" | "directives" => 4,
            _ => 1,
        };
        sum.saturating_add(1).saturating_add(fields(operation, &selected.sets).saturating_mul(times))
    })
}

/// Answers the fields of an operation that ask for the schema: JSON by response key.
///
/// # Errors
/// When async-graphql finds a mistake in them, of which there should be none left.
pub async fn answer(
    schema: &Schema,
    prepared: &Prepared,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<Vec<(Name, String)>, Vec<ServerError>> {
    let mut request = Request::new(String::new()).variables(variables.clone());
    request.set_parsed_query(prepared.document.clone());
    request.operation_name = operation.map(str::to_owned);
    let response = schema.execute(request).await;
    match response.data {
        Value::Object(fields) => {
            let json = |value: &Value| serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
            Ok(fields.iter().map(|(key, value)| (key.clone(), json(value))).collect())
        }
        _ => Err(response.errors),
    }
}
