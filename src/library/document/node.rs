//! The tree of a document as it was written, with the position of every key and value. Most texts are slices of the file.

use std::borrow::Cow;

use crate::library::problem::Position;

#[derive(Clone, Debug)]
pub(in crate::library) struct Node<'t> {
    pub at: Position,
    pub value: Value<'t>,
}

#[derive(Clone, Debug)]
pub(in crate::library) enum Value<'t> {
    Null,
    Boolean(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Map(Vec<Entry<'t>>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug)]
pub(in crate::library) struct Entry<'t> {
    pub at: Position,
    pub key: Cow<'t, str>,
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Returns the entries of a mapping; `None` for other values.
    pub fn entries(&self) -> Option<&[Entry<'t>]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the entry of a key of a mapping; `None` if the key is missing or its value is null, which means the same.
    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries()?.iter().find(|entry| entry.key == key && !entry.value.is_null())
    }

    /// Returns the text of a key of a mapping.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.entry(key)?.value.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Describes the value for a message such as "expected text, found a list".
    pub fn found(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Boolean(value) => format!("the value {value}"),
            Value::Int(value) => format!("the number {value}"),
            Value::Float(value) => format!("the number {value}"),
            Value::Text(text) => format!("the text {}", quote(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// Maximum number of characters of a text that a message repeats.
const QUOTE_LIMIT: usize = 60;

/// Returns a text in quotes, cut to [`QUOTE_LIMIT`] characters and with control characters escaped.
pub(in crate::library) fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTE_LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(QUOTE_LIMIT).is_some() {
        quoted.push('…');
    }
    format!("\"{quoted}\"")
}
