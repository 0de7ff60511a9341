//! Gives variables the types that an operation says, with their defaults
//! (<https://spec.graphql.org/draft/#CoerceVariableValues()>).
//!
//! What does not fit is told with its place in the value, `$where.year.eq`, and never with the value itself.

use apollo_compiler::{Schema, schema::ExtendedType, schema::InputObjectType};
use async_graphql::{
    Name, Value, Variables,
    indexmap::IndexMap,
    parser::types::{BaseType, OperationDefinition, Type},
};
use serde_json::{Map, Value as Json};

use crate::engine::input::shown;

/// Most fields of all objects in the values together. A filter may have far fewer conditions.
const MAX_FIELDS: usize = 2_000;

/// Values for the variables of an operation. Values for others are left aside.
///
/// # Errors
/// A sentence about the first that does not fit, or is missing.
pub fn coerce(schema: &Schema, operation: &OperationDefinition, mut given: Map<String, Json>) -> Result<Variables, String> {
    if given.values().map(fields).sum::<usize>() > MAX_FIELDS {
        return Err(format!("The variables have more than {MAX_FIELDS} fields within objects."));
    }
    let mut values = Variables::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let (name, ty) = (&definition.name.node, &definition.var_type.node);
        let given = given.remove(name.as_str()).map(|value| Value::from_json(value).unwrap_or_default());
        match (given, &definition.default_value) {
            (Some(value), _) => _ = values.insert(name.clone(), typed(schema, ty, value, &format!("${name}"))?),
            (None, Some(default)) => _ = values.insert(name.clone(), default.node.clone()),
            (None, None) if ty.nullable => {}
            (None, None) => return Err(format!("${name}: a value of type {ty} is needed.")),
        }
    }
    Ok(values)
}

/// How many fields the objects of a value have.
fn fields(value: &Json) -> usize {
    match value {
        Json::Object(of) => of.len() + of.values().map(fields).sum::<usize>(),
        Json::Array(items) => items.iter().map(fields).sum(),
        _ => 0,
    }
}

fn typed(schema: &Schema, ty: &Type, value: Value, at: &str) -> Result<Value, String> {
    match (&ty.base, value) {
        (_, Value::Null) if ty.nullable => Ok(Value::Null),
        (_, Value::Null) => Err(format!("{at}: expected a value of type {ty}, found null.")),
        (BaseType::List(each), Value::List(items)) => {
            let items = items.into_iter().enumerate();
            let items = items.map(|(place, item)| typed(schema, each, item, &format!("{at}.{place}")));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        // One value stands for a list of one.
        (BaseType::List(each), value) => Ok(Value::List(vec![typed(schema, each, value, at)?])),
        (BaseType::Named(name), value) => named(schema, name, value, at),
    }
}

fn named(schema: &Schema, name: &str, value: Value, at: &str) -> Result<Value, String> {
    match schema.types.get(name) {
        Some(ExtendedType::InputObject(object)) => match value {
            Value::Object(fields) => input_object(schema, object, fields, at),
            value => Err(format!("{at}: expected an input object of type {name}, found {}.", shown(&value))),
        },
        Some(ExtendedType::Enum(choice)) => match &value {
            Value::String(text) if choice.values.contains_key(text.as_str()) => Ok(value),
            Value::String(_) => Err(format!("{at}: expected a value of {name}, found another text.")),
            value => Err(format!("{at}: expected a value of {name}, found {}.", shown(value))),
        },
        _ => scalar(name, value, at),
    }
}

fn input_object(
    schema: &Schema,
    object: &InputObjectType,
    mut fields: IndexMap<Name, Value>,
    at: &str,
) -> Result<Value, String> {
    if let Some(unknown) = fields.keys().find(|name| !object.fields.contains_key(name.as_str())) {
        // Short enough to be a name, and then worth repeating.
        let name = if unknown.len() <= 64 { unknown.as_str() } else { "of this name" };
        return Err(format!("{at}: there is no field {name} in {}.", object.name));
    }
    let is_one_of = object.directives.has("oneOf");
    if is_one_of && (fields.len() != 1 || fields.values().any(|value| *value == Value::Null)) {
        return Err(format!("{at}: give exactly one of its fields, and not null."));
    }
    let missing = object.fields.values().find(|field| field.is_required() && !fields.contains_key(field.name.as_str()));
    if let Some(field) = missing {
        return Err(format!("{at}.{}: a value of type {} is needed.", field.name, field.ty));
    }
    for (name, value) in &mut fields {
        let at = format!("{at}.{name}");
        let ty = object.fields.get(name.as_str()).and_then(|field| Type::new(&field.ty.to_string()));
        let ty = ty.ok_or_else(|| format!("{at}: the schema is broken."))?;
        *value = typed(schema, &ty, std::mem::take(value), &at)?;
    }
    Ok(Value::Object(fields))
}

/// Scalars as <https://spec.graphql.org/draft/#sec-Scalars> has them; those of our own are texts.
fn scalar(name: &str, value: Value, at: &str) -> Result<Value, String> {
    let (fits, expected) = match (name, &value) {
        ("Int", Value::Number(number)) => {
            (number.as_i64().is_some_and(|int| i32::try_from(int).is_ok()), "a whole number of 32 bits")
        }
        ("Int", _) => (false, "a whole number"),
        ("Float", value) => (matches!(value, Value::Number(_)), "a number"),
        ("Boolean", value) => (matches!(value, Value::Boolean(_)), "true or false"),
        ("ID", value) => (matches!(value, Value::String(_)) || is_whole(value), "an id"),
        (_, value) => (matches!(value, Value::String(_)), "a text"),
    };
    if fits { Ok(value) } else { Err(format!("{at}: expected {expected}, found {}.", shown(&value))) }
}

fn is_whole(value: &Value) -> bool {
    matches!(value, Value::Number(number) if !number.is_f64())
}
