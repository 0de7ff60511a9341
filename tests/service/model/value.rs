//! Values of fields: compared as the service documents it, and written as GraphQL.

use std::{cmp::Ordering, fmt};

use super::shape::{CHOICES, Type};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Id(Type, i64),
    Text(String),
    Int(i64),
    Float(f64),
    Boolean(bool),
    Choice(&'static str),
    List(Vec<Value>),
}

impl Value {
    /// Compares two values of one field, neither of which is null. Texts are in the order of their code points, which
    /// is the order of their bytes in UTF-8. Enumeration values are in the order of the schema.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Id(_, one), Self::Id(_, other)) | (Self::Int(one), Self::Int(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Choice(one), Self::Choice(other)) => {
                let positions = |values: &&[&str]| {
                    let position = |name: &str| values.iter().position(|value| *value == name);
                    position(one).zip(position(other))
                };
                let (one, other) = CHOICES.iter().find_map(positions).unwrap();
                one.cmp(&other)
            }
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(other),
            _ => panic!("{self} and {other} are not of one field"),
        }
    }
}

impl<V: Into<Self>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&Vec<String>> for Value {
    fn from(texts: &Vec<String>) -> Self {
        Self::List(texts.iter().map(|text| text.as_str().into()).collect())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Id(of, id) => write!(f, "\"{}:{id}\"", of.name()),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Choice(name) => f.write_str(name),
            Self::List(values) => write!(f, "[{}]", values.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Writes a text as a GraphQL string, which has the same syntax as in JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
