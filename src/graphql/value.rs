//! Coerced values, and values that contain variables.

use std::fmt;

/// A value of an input type, after coercion (<https://spec.graphql.org/draft/#sec-Scalars.Input-Coercion>). An `ID` is a
/// string, and a single value where a list is expected is a list of one.
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

/// The value of an argument in a document, which may contain variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without variables.
    Constant(Value),
    /// A variable.
    Variable {
        /// Index of the variable in [`Variables`].
        variable: usize,
        /// True if the variable must not be null here.
        required: bool,
        /// The default of the argument or input field. It replaces a variable without a value, but not a variable that is
        /// null.
        default: Option<&'static Value>,
    },
    /// A list that contains variables.
    List(Vec<Template>),
    /// An input object that contains variables.
    Object(Vec<(&'static str, Template)>),
}

/// The values of the variables of a document, by index; `None` for variables without a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables(pub Vec<Option<Value>>);

impl Value {
    /// Returns the field of an input object; `None` if it is missing or null, or if this is no input object.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(known, value)| *known == name && *value != Self::Null).map(|(_, value)| value)
    }

    /// Returns the value with the fields of its input objects in the order of their names. Their order in a document has no
    /// meaning.
    #[must_use]
    pub fn sorted(self) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(Self::sorted).collect()),
            Self::Object(mut fields) => {
                fields.sort_unstable_by_key(|(name, _)| *name);
                Self::Object(fields.into_iter().map(|(name, value)| (name, value.sorted())).collect())
            }
            scalar => scalar,
        }
    }

    /// Returns the size of the memory that it allocates, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) | Self::Int(_) | Self::Float(_) | Self::Enum(_) => 0,
            Self::Text(text) => text.len(),
            Self::List(values) => values.iter().map(|value| size_of::<Self>() + value.allocated_bytes()).sum(),
            Self::Object(fields) => fields.iter().map(|field| size_of_val(field) + field.1.allocated_bytes()).sum(),
        }
    }
}

impl Variables {
    /// Returns the size of the memory that the values allocate, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.0.iter().map(|value| size_of_val(value) + value.as_ref().map_or(0, Value::allocated_bytes)).sum()
    }
}

/// The error that a variable is null where the type does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullValue;

impl Template {
    /// Returns the value, with variables replaced by their values; `None` if it is a variable without a value and without a
    /// default here. In a list, such a variable becomes null. In an input object, its field is left out
    /// (<https://spec.graphql.org/draft/#sec-Input-Objects.Input-Coercion>).
    ///
    /// # Errors
    /// If a variable is null where that is not allowed.
    pub fn value(&self, variables: &Variables) -> Result<Option<Value>, NullValue> {
        Ok(Some(match self {
            Self::Constant(value) => value.clone(),
            Self::Variable { variable, required, default } => {
                let value = variables.0.get(*variable).and_then(Option::as_ref);
                if *required && value == Some(&Value::Null) {
                    return Err(NullValue);
                }
                return Ok(value.or(*default).cloned());
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

    /// Creates a list of these values, constant if all of them are.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        if !items.iter().all(Self::is_constant) {
            return Self::List(items);
        }
        Self::Constant(Value::List(items.into_iter().filter_map(Self::into_constant).collect()))
    }

    /// Creates an input object of these values, constant if all of them are.
    #[must_use]
    pub fn object(fields: Vec<(&'static str, Self)>) -> Self {
        if !fields.iter().all(|(_, field)| field.is_constant()) {
            return Self::Object(fields);
        }
        let values = fields.into_iter().filter_map(|(name, field)| Some((name, field.into_constant()?)));
        Self::Constant(Value::Object(values.collect()))
    }

    /// Returns the value if it contains no variable.
    pub(super) fn into_constant(self) -> Option<Value> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }

    fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }
}

impl fmt::Display for Value {
    /// Writes the value as in a document.
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
    /// Returns the kind of the value, for messages.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::Enum(_) => "a value of an enumeration",
            Self::List(_) => "a list",
            Self::Object(_) => "an input object",
        }
    }
}
