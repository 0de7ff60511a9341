//! Reads the values of arguments. Validation has checked their types; the rules that the schema cannot express are checked
//! here.

use crate::{
    engine::{
        catalog::{Catalog, ObjectType, Scalar},
        problem::Problem,
        typed_id,
    },
    graphql::value::Value,
    store::reading::statement::{Param, Read},
    strict,
};

/// Fields of an input object.
pub type Fields = [(&'static str, Value)];

/// Maximum number of conditions of one filter. Both databases accept more; most filters have a few.
pub const MAX_CONDITIONS: usize = 256;

/// Maximum length of a list of values in a filter.
pub const MAX_VALUES: usize = 1000;

/// Maximum nesting of input objects in one filter. Each relation within a relation multiplies the rows that the database
/// reads. Lists of input objects do not count.
pub const MAX_NESTING: usize = 16;

/// Checks the size of a filter.
///
/// # Errors
/// If it has too many conditions or values, or nests too deeply.
pub fn bounded(value: &Value, at: &str) -> Result<(), Problem> {
    fn count(value: &Value, outer_objects: usize, conditions: &mut usize) -> Result<(), String> {
        let entries = match value {
            Value::Object(_) if outer_objects == MAX_NESTING => {
                return Err(format!("input objects nest more than {MAX_NESTING} levels"));
            }
            Value::Object(fields) => fields.len(),
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Object(_) | Value::List(_))) => items.len(),
            Value::List(items) if items.len() > MAX_VALUES => {
                return Err(format!("more than {MAX_VALUES} values in one list"));
            }
            _ => return Ok(()),
        };
        *conditions += entries;
        // Each object and each list that is not empty counts here. So this limits the recursion, also for nested lists.
        if *conditions > MAX_CONDITIONS {
            return Err(format!("more than {MAX_CONDITIONS} conditions"));
        }
        match value {
            Value::Object(fields) => fields.iter().try_for_each(|(_, value)| count(value, outer_objects + 1, conditions)),
            Value::List(items) => items.iter().try_for_each(|item| count(item, outer_objects, conditions)),
            _ => Ok(()),
        }
    }
    count(value, 0, &mut 0).map_err(|sentence| Problem::argument(at, sentence))
}

/// Returns how the column of a scalar is read.
#[must_use]
pub fn read_of(scalar: Scalar) -> Read {
    match scalar {
        Scalar::Int => Read::Int,
        Scalar::Float => Read::Float,
        Scalar::Boolean => Read::Boolean,
        Scalar::Text | Scalar::Choice(_) => Read::Text,
    }
}

/// Reads a scalar as a parameter.
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

/// Reads a date as a parameter. Dates are compared as texts, so a date in another format would be compared incorrectly.
pub fn date(value: &Value, at: &str) -> Result<Param, Problem> {
    let text = text(value, at)?;
    match strict::date(text) {
        Some(_) => Ok(Param::Text(text.to_owned())),
        None => Err(Problem::argument(at, "the text is not a date such as 2026-11-22")),
    }
}

/// Reads a typed id as a primary key.
pub fn primary_key(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<i64, Problem> {
    typed_id::parse_as(catalog, object, id_text(value, at)?)
}

/// Reads the text of an id.
pub fn id_text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Problem> {
    if let Value::Text(text) = value { Ok(text) } else { Err(unexpected("an id", value, at)) }
}

/// Reads a text. The character U+0000 is refused: no record contains it, and PostgreSQL accepts no parameter with it.
pub fn text<'v>(value: &'v Value, at: &str) -> Result<&'v str, Problem> {
    match value {
        Value::Text(text) if text.contains('\0') => Err(Problem::argument(at, "no text contains the character U+0000")),
        Value::Text(text) => Ok(text),
        other => Err(unexpected("a string", other, at)),
    }
}

/// Reads a boolean.
pub fn boolean(value: &Value, at: &str) -> Result<bool, Problem> {
    if let Value::Boolean(value) = value { Ok(*value) } else { Err(unexpected("true or false", value, at)) }
}

/// Reads an input object.
pub fn object<'v>(value: &'v Value, at: &str) -> Result<&'v Fields, Problem> {
    if let Value::Object(fields) = value { Ok(fields) } else { Err(unexpected("an input object", value, at)) }
}

/// Iterates over the fields of an input object that are not null.
pub fn given<'v>(value: &'v Value, at: &str) -> Result<impl Iterator<Item = (&'static str, &'v Value)>, Problem> {
    let entries = object(value, at)?.iter().map(|(name, value)| (*name, value));
    Ok(entries.filter(|(_, value)| **value != Value::Null))
}

/// Reads the only field of a `@oneOf` input object.
pub fn one_of<'v>(value: &'v Value, at: &str) -> Result<(&'static str, &'v Value), Problem> {
    match object(value, at)? {
        [(name, value)] if *value != Value::Null => Ok((name, value)),
        _ => Err(Problem::argument(at, "exactly one field is required, and it must not be null")),
    }
}

/// Reads a list.
pub fn items<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], Problem> {
    if let Value::List(items) = value { Ok(items) } else { Err(unexpected("a list", value, at)) }
}

/// Returns the problem of a field that is in the schema but not in the engine.
pub fn unknown(at: &str) -> Problem {
    Problem::internal(format!("{at} is in the schema but not in the engine"))
}

/// Returns the problem of a value that does not have the expected type. For null, it is an error of the client, because the
/// schema allows null nearly everywhere. Validation refuses all other such values, so for them it is an internal error.
fn unexpected(expected: &str, found: &Value, at: &str) -> Problem {
    let sentence = format!("expected {expected}, found {}", found.described());
    if *found == Value::Null { Problem::argument(at, sentence) } else { Problem::internal(format!("{at}: {sentence}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(count: usize, around: fn(Value) -> Value) -> Value {
        (0..count).fold(Value::Boolean(true), |inner, _| around(inner))
    }

    #[test]
    fn only_input_objects_count_as_levels_but_nested_lists_are_limited_too() {
        let objects: [fn(Value) -> Value; 2] =
            [|inner| Value::Object(vec![("not", inner)]), |inner| Value::Object(vec![("and", Value::List(vec![inner]))])];
        for object in objects {
            assert_eq!(bounded(&nested(MAX_NESTING, object), "where"), Ok(()));
            let problem = Problem::argument("where", "input objects nest more than 16 levels");
            assert_eq!(bounded(&nested(MAX_NESTING + 1, object), "where"), Err(problem));
        }
        let lists = nested(2 * MAX_CONDITIONS, |inner| Value::List(vec![inner]));
        let problem = Problem::argument("where", "more than 256 conditions");
        assert_eq!(bounded(&lists, "where"), Err(problem));
    }
}
