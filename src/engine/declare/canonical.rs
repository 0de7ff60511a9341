//! Canonical values: the values of content documents, in the form that the content document reader, the importer and
//! the exporter share.
//!
//! A library may have millions of them. So a value is three machine words long, and clones share its texts and lists. The
//! objects of one type in one file share the names of their fields.

use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A canonical value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CanonicalValue {
    /// Null, or a field that the content document leaves out.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Text. The slug of a related record and the name of an enumeration value are texts too.
    Text(Arc<str>),
    /// A list.
    List(Arc<[CanonicalValue]>),
    /// An object.
    Object(CanonicalObject),
}

/// The names of the fields of an object. Objects of one type share them.
pub type FieldNames = Arc<[&'static str]>;

/// A canonical object: every declared field, in the order of the declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CanonicalObject(Arc<Entries>);

#[derive(Debug, Default, PartialEq)]
struct Entries {
    names: FieldNames,
    /// The value of each field.
    values: Box<[CanonicalValue]>,
}

impl CanonicalObject {
    /// Creates an object; there must be as many values as names.
    #[must_use]
    pub fn new(names: FieldNames, values: Vec<CanonicalValue>) -> Self {
        debug_assert_eq!(names.len(), values.len(), "each field needs a value");
        Self(Arc::new(Entries { names, values: values.into() }))
    }

    /// Returns the fields with their values, in the order of the declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &CanonicalValue)> {
        self.0.names.iter().copied().zip(&self.0.values)
    }

    /// Returns the value of a field; `None` if the object has no such field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CanonicalValue> {
        let Entries { names, values } = &*self.0;
        values.get(names.iter().position(|candidate| *candidate == name)?)
    }

    /// Returns a shared clone of the value of a field; null if the object has no such field.
    #[must_use]
    pub fn value(&self, name: &str) -> CanonicalValue {
        self.get(name).cloned().unwrap_or_default()
    }

    /// Returns the entries of the list in a field; none if the field is missing or not a list.
    #[must_use]
    pub fn list(&self, name: &str) -> &[CanonicalValue] {
        self.get(name).map_or(&[], CanonicalValue::list)
    }

    /// Returns a copy with the values that `change` returns. A field for which it returns `None` has its old value. If no
    /// field changes, the copy shares all values.
    #[must_use]
    pub fn changed(&self, mut change: impl FnMut(&'static str, &CanonicalValue) -> Option<CanonicalValue>) -> Self {
        let new: Vec<_> = self.iter().map(|(name, value)| change(name, value)).collect();
        if new.iter().all(Option::is_none) {
            return self.clone();
        }
        let values = new.into_iter().zip(&self.0.values).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
        Self::new(Arc::clone(&self.0.names), values.collect())
    }

    /// Returns a copy in which an existing field has another value.
    #[must_use]
    pub fn with(&self, name: &str, value: &CanonicalValue) -> Self {
        let values = self.iter().map(|(candidate, old)| if candidate == name { value } else { old }.clone());
        Self::new(Arc::clone(&self.0.names), values.collect())
    }
}

impl FromIterator<(&'static str, CanonicalValue)> for CanonicalObject {
    fn from_iter<I: IntoIterator<Item = (&'static str, CanonicalValue)>>(entries: I) -> Self {
        let (names, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Self::new(names.into(), values)
    }
}

impl CanonicalValue {
    /// Reports whether the value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text; `None` for other values.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(|text| &**text)
    }

    /// Returns the shared text, which is cheap to clone; `None` for other values.
    #[must_use]
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the whole number; `None` for other values.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the number, whole or not; `None` for other values.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the result is only compared with bounds, where the rounding of numbers above 2^53 does not matter"
            )]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the boolean; `None` for other values.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the object; `None` for other values.
    #[must_use]
    pub fn as_object(&self) -> Option<&CanonicalObject> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the entries of the list; none for other values.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// Returns the value of a field of the object; `None` for other values, or if the object has no such field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

impl FromIterator<CanonicalValue> for CanonicalValue {
    fn from_iter<I: IntoIterator<Item = CanonicalValue>>(values: I) -> Self {
        let mut values = values.into_iter().peekable();
        // Empty lists share one allocation.
        Self::List(if values.peek().is_none() { Arc::default() } else { values.collect() })
    }
}

impl From<&str> for CanonicalValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for CanonicalValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for CanonicalValue {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<CanonicalValue>> From<Option<T>> for CanonicalValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for CanonicalValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values.iter()),
            Self::Object(object) => serializer.collect_map(object.iter()),
        }
    }
}
