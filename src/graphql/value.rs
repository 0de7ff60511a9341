//! Values as their types have them, and values that variables stand in.

use std::fmt;

/// A value of an input type. What it may be is known from its type: it was coerced
/// (<https://spec.graphql.org/draft/#sec-Scalars.Input-Coercion>), so an `ID` is a text and one value for a list is a list of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// `Boolean`.
    Boolean(bool),
    /// `Int`.
    Int(i32),
    /// `Float`, finite.
    Float(f64),
    /// `String` and `ID`.
    Text(String),
    /// A value of an enumeration.
    Enum(&'static str),
    /// A list.
    List(Vec<Value>),
    /// An input object: the fields that have a value, by name.
    Object(Vec<(&'static str, Value)>),
}

/// A value of an argument as a document gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// It is the same in every request.
    Constant(Value),
    /// The value of a variable.
    Variable {
        /// The place of the variable in [`Variables`].
        variable: usize,
        /// Null is a mistake here.
        required: bool,
    },
    /// A list that variables stand in.
    List(Vec<Template>),
    /// An input object that variables stand in.
    Object(Vec<(&'static str, Template)>),
}

/// The values of a document's variables, by their place; `None` for those without one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables(pub Vec<Option<Value>>);

/// A value is null where its type does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullValue;

impl Template {
    /// The value with those of variables put in; `None` when it is a variable without one. Entries of a list without a value are null, and
    /// fields of an input object without one are left out (<https://spec.graphql.org/draft/#sec-Input-Objects.Input-Coercion>).
    ///
    /// # Errors
    /// When a variable is null where that is not allowed.
    pub fn value(&self, variables: &Variables) -> Result<Option<Value>, NullValue> {
        Ok(Some(match self {
            Self::Constant(value) => value.clone(),
            Self::Variable { variable, required } => {
                let value = variables.0.get(*variable).and_then(Option::as_ref);
                if *required && value == Some(&Value::Null) {
                    return Err(NullValue);
                }
                return Ok(value.cloned());
            }
            Self::List(items) => {
                let items = items.iter().map(|item| Ok(item.value(variables)?.unwrap_or(Value::Null)));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Self::Object(fields) => {
                let mut values = Vec::with_capacity(fields.len());
                for (name, field) in fields {
                    values.extend(field.value(variables)?.map(|value| (*name, value)));
                }
                Value::Object(values)
            }
        }))
    }

    /// A list of these, constant when all of them are.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        if items.iter().any(|item| item.constant().is_none()) {
            return Self::List(items);
        }
        Self::Constant(Value::List(items.into_iter().filter_map(Self::into_constant).collect()))
    }

    /// An input object of these, constant when all of them are.
    #[must_use]
    pub fn object(fields: Vec<(&'static str, Self)>) -> Self {
        if fields.iter().any(|(_, field)| field.constant().is_none()) {
            return Self::Object(fields);
        }
        let values = fields.into_iter().filter_map(|(name, field)| Some((name, field.into_constant()?)));
        Self::Constant(Value::Object(values.collect()))
    }

    fn into_constant(self) -> Option<Value> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }

    /// The value when no variable stands in it.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }
}

impl fmt::Display for Value {
    /// As a document has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Enum(name) => f.write_str(name),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {value}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

impl Value {
    /// What sort of value it is, for messages.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Enum(_) => "a value of an enumeration",
            Self::List(_) => "a list",
            Self::Object(_) => "an input object",
        }
    }
}
