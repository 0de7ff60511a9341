//! Reads values of arguments. They have the types that the schema says; what it cannot say is checked here.

use super::{
    catalog::{Catalog, ObjectType, Scalar},
    id,
    problem::Problem,
};
use crate::{
    graphql::value::Value,
    store::statement::{Param, Read},
};

/// Fields of an input object.
pub type Fields = [(&'static str, Value)];

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
                fields.iter().try_for_each(|(_, value)| count(value, nesting + 1, conditions))?;
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
pub fn scalar(value: &Value, at: &str) -> Result<Param, Problem> {
    Ok(match value {
        Value::Text(_) => Param::Text(text(value, at)?.to_owned()),
        Value::Enum(name) => Param::Text((*name).to_owned()),
        Value::Int(number) => Param::Int(i64::from(*number)),
        Value::Float(number) => Param::Float(*number),
        Value::Boolean(value) => Param::Boolean(*value),
        other => return Err(unexpected("a scalar", other, at)),
    })
}

/// A typed id as the primary key.
pub fn key(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<i64, Problem> {
    id::parse_as(catalog, object, id_text(value, at)?)
}

/// The text of an id.
pub fn id_text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Problem> {
    if let Value::Text(text) = value { Ok(text) } else { Err(unexpected("an id", value, at)) }
}

/// A text. The character U+0000 is refused: content never holds it, and PostgreSQL takes no parameter with it.
pub fn text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Problem> {
    match value {
        Value::Text(text) if text.contains('\0') => Err(Problem::argument(at, "no text holds the character U+0000")),
        Value::Text(text) => Ok(text),
        other => Err(unexpected("a text", other, at)),
    }
}

/// True or false.
pub fn boolean(value: &Value, at: &str) -> Result<bool, Problem> {
    if let Value::Boolean(value) = value { Ok(*value) } else { Err(unexpected("true or false", value, at)) }
}

/// An input object.
pub fn object<'v>(value: &'v Value, at: &str) -> Result<&'v Fields, Problem> {
    if let Value::Object(fields) = value { Ok(fields) } else { Err(unexpected("an input object", value, at)) }
}

/// The entries of an input object that are not null.
pub fn given<'v>(value: &'v Value, at: &str) -> Result<impl Iterator<Item = (&'static str, &'v Value)>, Problem> {
    let entries = object(value, at)?.iter().map(|(name, value)| (*name, value));
    Ok(entries.filter(|(_, value)| **value != Value::Null))
}

/// The one field of a `@oneOf` input object.
pub fn one_of<'v>(value: &'v Value, at: &str) -> Result<(&'static str, &'v Value), Problem> {
    match object(value, at)? {
        [(name, value)] if *value != Value::Null => Ok((name, value)),
        _ => Err(Problem::argument(at, "give exactly one of its fields, and not null")),
    }
}

/// The entries of a list.
pub fn items<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], Problem> {
    if let Value::List(items) = value { Ok(items) } else { Err(unexpected("a list", value, at)) }
}

/// A field that the schema has and the engine does not know.
pub fn unknown(at: &str) -> Problem {
    Problem::internal(format!("{at} is part of the schema and unknown to the engine"))
}

/// A value of another type than the schema says. Null may stand nearly everywhere, and not everything can be done with it.
fn unexpected(expected: &str, found: &Value, at: &str) -> Problem {
    let sentence = format!("expected {expected}, found {}", found.described());
    if *found == Value::Null { Problem::argument(at, sentence) } else { Problem::internal(format!("{at}: {sentence}")) }
}
