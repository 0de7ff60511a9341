//! Reads argument values strictly: what the schema promises of an input is checked here once more, and what it cannot say as
//! well.

use async_graphql::{Name, Value, indexmap::IndexMap};

use super::{
    catalog::{Catalog, ObjectType, Scalar},
    id,
    problem::Problem,
};
use crate::store::statement::{Param, Read};

/// Fields of an input object.
pub type Fields = IndexMap<Name, Value>;

/// Most conditions of one filter. Both databases take more; what a person or a program asks for has a handful.
pub const MAX_CONDITIONS: usize = 256;

/// Most entries of a list of values in a filter.
pub const MAX_VALUES: usize = 1000;

/// How deep input objects of one filter may nest. Each relation within a relation multiplies what the database looks at.
const MAX_NESTING: usize = 16;

/// Refuses a filter that is larger than the databases take.
pub fn bounded(value: &Value, at: &str) -> Result<(), Problem> {
    fn count(value: &Value, nesting: usize, conditions: &mut usize) -> Result<(), String> {
        if nesting > MAX_NESTING {
            return Err(format!("more than {MAX_NESTING} input objects within each other"));
        }
        match value {
            Value::Object(fields) => {
                *conditions += fields.len();
                fields.values().try_for_each(|value| count(value, nesting + 1, conditions))?;
            }
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Object(_) | Value::List(_))) => {
                *conditions += items.len();
                items.iter().try_for_each(|item| count(item, nesting + 1, conditions))?;
            }
            Value::List(items) if items.len() > MAX_VALUES => {
                return Err(format!("more than {MAX_VALUES} values in one list"));
            }
            _ => {}
        }
        if *conditions > MAX_CONDITIONS { Err(format!("more than {MAX_CONDITIONS} conditions")) } else { Ok(()) }
    }
    count(value, 0, &mut 0).map_err(|much| Problem::argument(at, much))
}

/// How the column of a scalar is read.
#[must_use]
pub fn read_of(scalar: Scalar) -> Read {
    match scalar {
        Scalar::Int => Read::Int,
        Scalar::Float => Read::Float,
        Scalar::Boolean => Read::Boolean,
        Scalar::Text | Scalar::Choice(_) => Read::Text,
    }
}

/// A scalar as a parameter.
pub fn scalar(catalog: &Catalog, scalar: Scalar, value: &Value, at: &str) -> Result<Param, Problem> {
    let found = match (scalar, value) {
        (Scalar::Text, Value::String(_)) => Some(Param::Text(text(value, at)?.to_owned())),
        (Scalar::Int, Value::Number(number)) => number.as_i64().filter(|int| i32::try_from(*int).is_ok()).map(Param::Int),
        (Scalar::Float, Value::Number(number)) => number.as_f64().map(Param::Float),
        (Scalar::Boolean, Value::Boolean(value)) => Some(Param::Boolean(*value)),
        (Scalar::Choice(ix), Value::Enum(_) | Value::String(_)) => {
            let name = match value {
                Value::Enum(name) => name.as_str(),
                Value::String(text) => text,
                _ => "",
            };
            let known = catalog.choice(ix).values.iter().any(|(value, _)| *value == name);
            known.then(|| Param::Text(name.to_owned()))
        }
        _ => None,
    };
    found
        .ok_or_else(|| Problem::argument(at, format_args!("expected {}, found {}", expected(catalog, scalar), shown(value))))
}

/// A list of scalars; one value stands for a list of one.
pub fn scalars(catalog: &Catalog, kind: Scalar, value: &Value, at: &str) -> Result<Vec<Param>, Problem> {
    items(value).iter().map(|item| scalar(catalog, kind, item, at)).collect()
}

/// A typed id as the primary key.
pub fn key(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<i64, Problem> {
    id::parse_as(catalog, object, &id_text(value, at)?)
}

/// The text of an id, which may be given as a whole number too (<https://spec.graphql.org/draft/#sec-ID.Input-Coercion>).
pub fn id_text(value: &Value, at: &str) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(Problem::argument(at, format_args!("expected an id, found {}", shown(value)))),
    }
}

/// A text. The character U+0000 is refused: content never holds it, and PostgreSQL takes no parameter with it.
pub fn text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Problem> {
    match value {
        Value::String(text) if text.contains('\0') => Err(Problem::argument(at, "no text holds the character U+0000")),
        Value::String(text) => Ok(text),
        _ => Err(Problem::argument(at, format_args!("expected a text, found {}", shown(value)))),
    }
}

/// True or false.
pub fn boolean(value: &Value, at: &str) -> Result<bool, Problem> {
    match value {
        Value::Boolean(value) => Ok(*value),
        _ => Err(Problem::argument(at, format_args!("expected true or false, found {}", shown(value)))),
    }
}

/// An input object.
pub fn object<'v>(value: &'v Value, at: &str) -> Result<&'v Fields, Problem> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::argument(at, format_args!("expected an input object, found {}", shown(value)))),
    }
}

/// The one field of a `@oneOf` input object.
pub fn one_of<'v>(value: &'v Value, at: &str) -> Result<(&'v str, &'v Value), Problem> {
    let fields = object(value, at)?;
    match fields.iter().next() {
        Some((name, value)) if fields.len() == 1 && *value != Value::Null => Ok((name.as_str(), value)),
        _ => Err(Problem::argument(at, "give exactly one of its fields, and not null")),
    }
}

/// The entries of a list; one value stands for a list of one.
pub fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// A field that the input type does not have.
pub fn unknown(at: &str, name: &str) -> Problem {
    Problem::argument(at, format_args!("there is no field {name}"))
}

fn expected(catalog: &Catalog, scalar: Scalar) -> String {
    match scalar {
        Scalar::Text => "a text".to_owned(),
        Scalar::Int => "a whole number of 32 bits".to_owned(),
        Scalar::Float => "a number".to_owned(),
        Scalar::Boolean => "true or false".to_owned(),
        Scalar::Choice(ix) => format!("a value of {}", catalog.choice(ix).name),
    }
}

/// What a value is, in words.
pub fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a whole number",
        Value::String(_) => "a text",
        Value::Boolean(_) => "true or false",
        Value::Binary(_) => "bytes",
        Value::Enum(_) => "a name that is not a value of it",
        Value::List(_) => "a list",
        Value::Object(_) => "an input object",
    }
}
