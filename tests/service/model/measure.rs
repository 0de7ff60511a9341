//! Measures of the rows of a list: their number, and functions of fields.

use std::fmt;

use super::{
    library::Row,
    shape::{CONTENTS, Field, Shape, Type},
    value::Value,
};

/// The functions of fields.
pub const FUNCTIONS: [&str; 5] = ["countDistinct", "min", "max", "sum", "avg"];

/// A measure of rows.
#[derive(Clone, Copy, Debug)]
pub enum Measure {
    Count,
    Of(&'static str, &'static Field),
}

impl Measure {
    /// Returns the measures of the scalars of a type.
    pub fn all(of: Type) -> Vec<Self> {
        let is_scalar = |field: &&Field| !matches!(field.shape, Shape::One(_) | Shape::Many(_));
        let functions = FUNCTIONS.iter().flat_map(|function| {
            let fields = of.fields().iter().filter(is_scalar).filter(|field| takes(function, field));
            fields.map(|field| Self::Of(function, field))
        });
        std::iter::once(Self::Count).chain(functions).collect()
    }

    /// Returns its name in GraphQL.
    pub fn function(&self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Of(function, _) => function,
        }
    }

    /// Returns its value for rows.
    pub fn value(&self, rows: &[&Row]) -> Value {
        match self {
            Self::Count => Value::Int(i64::try_from(rows.len()).unwrap()),
            Self::Of(function, field) => {
                let values = rows.iter().map(|row| row.values[field.name].clone());
                let value = computed(function, &values.filter(|value| *value != Value::Null).collect::<Vec<_>>());
                match value {
                    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
                    Value::Int(sum) if *function == "sum" => Value::Float(sum as f64),
                    value => value,
                }
            }
        }
    }
}

/// Writes the input object of a measure without its braces: `min: {year: ..}`.
pub fn nested(measure: Measure, inner: &impl fmt::Display) -> String {
    match measure {
        Measure::Count => format!("count: {inner}"),
        Measure::Of(function, field) => format!("{function}: {{{}: {inner}}}", field.name),
    }
}

/// Reports whether a function accepts the values of a field.
pub fn takes(function: &str, field: &Field) -> bool {
    match field.shape {
        Shape::Id | Shape::Texts | Shape::Choices(_) | Shape::Many(_) => false,
        Shape::One(target) if CONTENTS.contains(&target) => function == "countDistinct",
        Shape::One(target) => target.fields().iter().any(|field| takes(function, field)),
        _ if field.name == "revision" => ["countDistinct", "min", "max"].contains(&function),
        Shape::Int | Shape::Float => true,
        Shape::Boolean => function == "countDistinct",
        Shape::Text | Shape::Choice(_) => ["countDistinct", "min", "max"].contains(&function),
    }
}

/// Computes a function of values that are not null. Numbers with a fraction are added as whole millionths.
pub fn computed(function: &str, values: &[Value]) -> Value {
    let integers: Option<Vec<i64>> =
        values.iter().map(|value| if let Value::Int(number) = value { Some(*number) } else { None }).collect();
    let millionths: f64 =
        values.iter().map(|value| if let Value::Float(number) = value { (number * 1e6).round() } else { 0.0 }).sum();
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    match (function, integers) {
        ("countDistinct", _) => {
            let mut distinct: Vec<String> = values.iter().map(ToString::to_string).collect();
            distinct.sort();
            distinct.dedup();
            Value::Int(i64::try_from(distinct.len()).unwrap())
        }
        ("min", _) => values.iter().min_by(|one, other| one.compare(other)).cloned().unwrap_or(Value::Null),
        ("max", _) => values.iter().max_by(|one, other| one.compare(other)).cloned().unwrap_or(Value::Null),
        _ if values.is_empty() => Value::Null,
        ("sum", Some(integers)) => Value::Int(integers.iter().sum()),
        ("sum", None) => Value::Float(millionths / 1e6),
        (_, Some(integers)) => Value::Float(integers.iter().sum::<i64>() as f64 / integers.len() as f64),
        (_, None) => Value::Float(millionths / (values.len() as f64 * 1e6)),
    }
}

/// Returns the value as a response has it: means are rounded.
pub fn shown(function: &str, values: &[Value]) -> Value {
    match computed(function, values) {
        Value::Float(mean) if function == "avg" => Value::Float((mean * 1e6).round() / 1e6),
        value => value,
    }
}
