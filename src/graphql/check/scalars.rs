//! Literals of scalars (<https://spec.graphql.org/draft/#sec-Scalars>).

use crate::graphql::{tree::Literal, value::Value};

/// Coerces a literal to the scalar of this name. Custom scalars are strings.
///
/// # Errors
/// A message that says why the literal is invalid.
pub fn literal(name: &str, literal: &Literal<'_>) -> Result<Value, String> {
    let refused = |why: &str| Err(format!("{name} cannot represent {why}: {}.", literal.described()));
    match (name, literal) {
        ("Int", Literal::Int(digits)) => match digits.parse() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => Err("Int cannot represent non 32-bit signed integer value.".to_owned()),
        },
        ("Int", _) => refused("non-integer value"),
        ("Float", Literal::Int(digits) | Literal::Float(digits)) => match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err("Float cannot represent a number of this size.".to_owned()),
        },
        ("Float", _) => refused("non numeric value"),
        ("Boolean", Literal::Boolean(value)) => Ok(Value::Boolean(*value)),
        ("Boolean", _) => refused("a non boolean value"),
        ("ID", Literal::Text(text)) => Ok(Value::Text(text.clone())),
        ("ID", Literal::Int(digits)) => Ok(Value::Text((*digits).to_owned())),
        ("ID", _) => refused("a non-string and non-integer value"),
        (_, Literal::Text(text)) => Ok(Value::Text(text.clone())),
        _ => refused("a non string value"),
    }
}
