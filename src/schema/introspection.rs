//! What is asked of the schema itself: `__schema` and `__type`, answered by async-graphql.

use async_graphql::{Name, Request, ServerError, Value, Variables, parser::types::SelectionSet};

use super::{SCHEMA, documents::Prepared};
use crate::engine::selection::{Operation, Selected};

/// What one point of cost buys of a schema's description.
const FIELDS_A_POINT: u64 = 1000;

/// What the list of all types costs for itself, in fields: it is made anew wherever it is asked for, so hundreds of aliases of it
/// took a thread for a tenth of a second and more.
const LIST_OF_TYPES: u64 = 30_000;

/// Most points that introspection may cost: four times the introspection of graphql-js with everything that can be asked.
pub const MAX_POINTS: u64 = 2400;

/// True for the fields that are answered here.
#[must_use]
pub fn is_introspection(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

/// What a field of the schema costs, in points: the fields that may stand in its answer, with lists as long as the longest
/// of them usually are.
#[must_use]
pub fn points(operation: Operation<'_>, sets: &[&SelectionSet]) -> u64 {
    fields(operation, sets).div_ceil(FIELDS_A_POINT).max(1)
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
        let itself = if selected.name == "types" { LIST_OF_TYPES } else { 1 };
        sum.saturating_add(itself).saturating_add(fields(operation, &selected.sets).saturating_mul(times))
    })
}

/// Answers the fields of an operation that ask for the schema: JSON by response key. `described` are the keys of `__schema` fields
/// with the keys of their descriptions: async-graphql has a text of its own there.
///
/// # Errors
/// When async-graphql finds a mistake in them, of which there should be none left.
pub async fn answer(
    prepared: &Prepared,
    operation: Option<&str>,
    variables: &Variables,
    described: &[(String, String)],
) -> Result<Vec<(Name, String)>, Vec<ServerError>> {
    let mut request = Request::new(String::new()).variables(variables.clone());
    request.set_parsed_query(prepared.document.clone());
    request.operation_name = operation.map(str::to_owned);
    let response = SCHEMA.execute(request).await;
    let Value::Object(mut fields) = response.data else { return Err(response.errors) };
    for (key, description) in described {
        if let Some(Value::Object(fields)) = fields.get_mut(key.as_str()) {
            fields.insert(Name::new(description), Value::from(super::ABOUT));
        }
    }
    let json = |value: &Value| serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    Ok(fields.iter().map(|(key, value)| (key.clone(), json(value))).collect())
}

/// The keys of the descriptions that a `__schema` field asks for.
pub fn descriptions(operation: Operation<'_>, selected: &Selected<'_>) -> Vec<(String, String)> {
    if selected.name != "__schema" {
        return Vec::new();
    }
    let fields = operation.collect(&selected.sets, |name| name == "__Schema");
    let described = fields.iter().filter(|field| field.name == "description");
    described.map(|field| (selected.key.to_owned(), field.key.to_owned())).collect()
}
