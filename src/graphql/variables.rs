//! Coerces the variables of a request to the types that its operation declares, and adds defaults
//! (<https://spec.graphql.org/draft/#CoerceVariableValues()>).
//!
//! An error message names the path of the invalid value, for example `$where.year.eq`, and never repeats the value itself.

use serde_json::{Map, Number, Value as Json};

use super::{
    document::{Document, Operation},
    error::quoted,
    schema::{ByName, EnumValue, Input, Schema, Type, TypeKind},
    suggest::did_you_mean,
    types::TypeRef,
    value::{Value, Variables},
};

/// Maximum number of fields of all objects in all variables together. The longest content documents have about a
/// thousand fields, and a filter has far fewer conditions.
const MAX_FIELDS: usize = 10_000;

/// The expected value for an `Int`, in messages.
const INT: &str = "a whole number of 32 bits";

/// Returns the values of the variables of an operation. Values for other variables are ignored.
///
/// # Errors
/// If a value is missing or invalid: a sentence about the first such value.
pub fn coerce(document: &Document, operation: &Operation, given: &Map<String, Json>) -> Result<Variables, String> {
    if given.values().map(fields).sum::<usize>() > MAX_FIELDS {
        return Err(format!("The variables have more than {MAX_FIELDS} fields in objects."));
    }
    let mut values = Vec::new();
    for variable in &operation.variables {
        let name = &variable.name;
        let value = match (given.get(&**name), &variable.default) {
            (Some(value), _) => Some(typed(document.schema, &variable.ty, value, &|| format!("${name}"))?),
            (None, Some(default)) => Some(default.clone()),
            (None, None) if variable.ty.is_non_null() => {
                return Err(format!("${name}: a value of type {} is required.", variable.ty));
            }
            (None, None) => None,
        };
        if values.len() <= variable.index {
            values.resize(variable.index + 1, None);
        }
        values[variable.index] = value;
    }
    Ok(Variables(values))
}

/// Counts the fields of all objects in a value.
fn fields(value: &Json) -> usize {
    match value {
        Json::Object(of) => of.len() + of.values().map(fields).sum::<usize>(),
        Json::Array(items) => items.iter().map(fields).sum(),
        _ => 0,
    }
}

/// Coerces a value to a type. `at` is its path, for messages.
fn typed(schema: &'static Schema, ty: &TypeRef, value: &Json, at: &dyn Fn() -> String) -> Result<Value, String> {
    match (ty, value) {
        (TypeRef::NonNull(_), Json::Null) => Err(format!("{}: expected a value of type {ty}, found null.", at())),
        (TypeRef::NonNull(inner), value) => typed(schema, inner, value, at),
        (_, Json::Null) => Ok(Value::Null),
        (TypeRef::List(each), Json::Array(items)) => {
            let items = items.iter().enumerate();
            let items = items.map(|(index, item)| typed(schema, each, item, &|| format!("{}.{index}", at())));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        // A single value is coerced to a list of one.
        (TypeRef::List(each), value) => Ok(Value::List(vec![typed(schema, each, value, at)?])),
        (TypeRef::Named(name), value) => match schema.named(name) {
            Some(Type { kind: TypeKind::Input { fields, one_of }, .. }) => match value {
                Json::Object(given) => input_object(schema, name, fields, *one_of, given, at),
                value => Err(format!("{}: expected an input object of type {name}, found {}.", at(), described(value))),
            },
            Some(Type { kind: TypeKind::Enum(values), .. }) => enum_value(name, values, value, at),
            _ => scalar(name, value).map_err(|expected| {
                let found = match described(value) {
                    "a whole number" if expected == INT => "a number out of that range",
                    found => found,
                };
                format!("{}: expected {expected}, found {found}.", at())
            }),
        },
    }
}

fn enum_value(
    name: &str,
    values: &'static ByName<EnumValue>,
    value: &Json,
    at: &dyn Fn() -> String,
) -> Result<Value, String> {
    let Json::String(text) = value else {
        return Err(format!("{}: expected a value of {name}, found {}.", at(), described(value)));
    };
    if let Some((known, _)) = values.get_key_value(text.as_str()) {
        return Ok(Value::Enum(known));
    }
    let near = did_you_mean("", text, values.keys().map(String::as_str));
    Err(format!("{}: expected a value of {name}, found another string.{near}", at()))
}

fn input_object(
    schema: &'static Schema,
    name: &str,
    definitions: &'static ByName<Input>,
    one_of: bool,
    given: &Map<String, Json>,
    at: &dyn Fn() -> String,
) -> Result<Value, String> {
    if one_of && (given.len() != 1 || given.values().any(Json::is_null)) {
        return Err(format!("{}: exactly one of its fields is required, and it must not be null.", at()));
    }
    let mut values = Vec::with_capacity(given.len());
    for (field, value) in given {
        let Some((field, definition)) = definitions.get_key_value(field) else {
            let near = did_you_mean("", field, definitions.keys().map(String::as_str));
            return Err(format!("{}: there is no field {} in {name}.{near}", at(), quoted(field)));
        };
        values.push((field.as_str(), typed(schema, &definition.ty, value, &|| format!("{}.{field}", at()))?));
    }
    for (field, definition) in definitions.iter().filter(|(field, _)| !given.contains_key(field.as_str())) {
        if definition.is_required() {
            return Err(format!("{}.{field}: a value of type {} is required.", at(), definition.ty));
        }
        values.extend(definition.default.clone().map(|default| (field.as_str(), default)));
    }
    Ok(Value::Object(values))
}

/// Coerces a value to a scalar (<https://spec.graphql.org/draft/#sec-Scalars>). Custom scalars are strings.
///
/// # Errors
/// The kind of value that was expected.
fn scalar(name: &str, value: &Json) -> Result<Value, &'static str> {
    match (name, value) {
        ("Int", Json::Number(number)) => whole(number).map(Value::Int).ok_or(INT),
        ("Int", _) => Err("a whole number"),
        ("Float", Json::Number(number)) => number.as_f64().filter(|it| it.is_finite()).map(Value::Float).ok_or("a number"),
        ("Float", _) => Err("a number"),
        ("Boolean", Json::Bool(value)) => Ok(Value::Boolean(*value)),
        ("Boolean", _) => Err("true or false"),
        ("ID", Json::String(text)) => Ok(Value::Text(text.clone())),
        ("ID", Json::Number(number)) => digits(number).map(Value::Text).ok_or("an id"),
        ("ID", _) => Err("an id"),
        (_, Json::String(text)) => Ok(Value::Text(text.clone())),
        _ => Err("a string"),
    }
}

/// Returns a JSON number as a 32-bit integer. JSON has only one kind of number, so 2.0 is 2.
fn whole(number: &Number) -> Option<i32> {
    if let Some(number) = number.as_i64() {
        return i32::try_from(number).ok();
    }
    let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the range")]
    fits.then_some(number as i32)
}

/// Returns the digits of a JSON integer. A number whose fraction is zero counts as an integer, up to the size at which
/// floating point numbers are exact.
fn digits(number: &Number) -> Option<String> {
    /// 2 to the power of 53: above it, floating point numbers skip integers.
    const MOST: f64 = 9_007_199_254_740_992.0;
    match number.as_f64().filter(|_| number.is_f64()) {
        None => Some(number.to_string()),
        Some(number) => (number.fract() == 0.0 && number.abs() < MOST).then(|| format!("{number:.0}")),
    }
}

/// Returns the kind of a JSON value, for messages.
fn described(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => "a number with a fraction",
        Json::Number(_) => "a whole number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an input object",
    }
}
