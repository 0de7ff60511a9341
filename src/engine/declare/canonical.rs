//! Canonical values: what documents say, in the one form that every reader of them shares.
//!
//! A library may have millions of them. So a value is three words long, its texts and lists are shared where it is cloned, and
//! the names in a record are those of the declarations, shared by all records that a file has of a type.

use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A canonical value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Datum {
    /// Nothing is said.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A number, finite.
    Float(f64),
    /// Text, also the slug of other content and the value of an enumeration.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Datum]>),
    /// An object.
    Record(Record),
}

/// The names of the values of a record. Records of one type share them.
pub type Keys = Arc<[&'static str]>;

/// A canonical object: every declared key, in the order of the declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Arc<Entries>);

#[derive(Debug, Default, PartialEq)]
struct Entries {
    keys: Keys,
    /// The value of each key.
    values: Box<[Datum]>,
}

impl Record {
    /// A record with as many values as keys.
    #[must_use]
    pub fn new(keys: Keys, values: Vec<Datum>) -> Self {
        debug_assert_eq!(keys.len(), values.len(), "a value for each key");
        Self(Arc::new(Entries { keys, values: values.into() }))
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, &Datum)> {
        self.0.keys.iter().copied().zip(&self.0.values)
    }

    /// The value of a key; `None` when it has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Datum> {
        let Entries { keys, values } = &*self.0;
        values.get(keys.iter().position(|known| *known == key)?)
    }

    /// The value of a key, null when it has no such key. Cloning shares it.
    #[must_use]
    pub fn value(&self, key: &str) -> Datum {
        self.get(key).cloned().unwrap_or_default()
    }

    /// The entries of the list of a key; none when there is no list.
    #[must_use]
    pub fn list(&self, key: &str) -> &[Datum] {
        self.get(key).map_or(&[], Datum::list)
    }

    /// The same with another value for a key that it has.
    #[must_use]
    pub fn with(&self, key: &str, value: &Datum) -> Self {
        let values = self.iter().map(|(known, old)| if known == key { value } else { old }.clone());
        Self::new(Arc::clone(&self.0.keys), values.collect())
    }
}

impl FromIterator<(&'static str, Datum)> for Record {
    fn from_iter<I: IntoIterator<Item = (&'static str, Datum)>>(entries: I) -> Self {
        let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Self::new(keys.into(), values)
    }
}

impl Datum {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text; `None` when it is something else.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text to be shared; `None` when it is something else.
    #[must_use]
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number; `None` when it is something else.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, whole or not; `None` when it is something else.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "numbers above 2^53 are compared with bounds only")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// True or false; `None` when it is something else.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The object; `None` when it is something else.
    #[must_use]
    pub fn as_record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The entries of the list; none when it is something else.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// The value of a key of the object; `None` when it is none or has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_record()?.get(key)
    }
}

impl FromIterator<Datum> for Datum {
    fn from_iter<I: IntoIterator<Item = Datum>>(values: I) -> Self {
        let mut values = values.into_iter().peekable();
        // Empty lists share one place.
        Self::List(if values.peek().is_none() { Arc::default() } else { values.collect() })
    }
}

impl From<&str> for Datum {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Datum {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Datum {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<Datum>> From<Option<T>> for Datum {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values.iter()),
            Self::Record(record) => serializer.collect_map(record.iter()),
        }
    }
}
