//! Writing YAML that is easy to edit: in blocks, with short lists and small mappings on one line.

use serde::{Serialize, Serializer};
use serde_saphyr::{FlowMap, FlowSeq, SingleQuoted};

use crate::{engine::canonical::CanonicalValue, library::error::LibraryError};

/// Maximum width of a list or mapping on one line, in characters.
const FLOW_WIDTH: usize = 100;
/// Width at which folded text is broken, in characters.
const TEXT_WIDTH: usize = 110;

#[derive(Clone, Debug)]
pub(in crate::library) enum Yaml {
    /// Null, true, false, a number or text.
    Scalar(CanonicalValue),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

pub(super) fn emit(root: &Yaml) -> Result<String, LibraryError> {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: TEXT_WIDTH,
    };
    serde_saphyr::to_string_with_options(&Block(root), options)
        .map_err(|_| LibraryError::Failed("a document has a value that YAML cannot express.".to_owned()))
}

/// Writes a value over several lines. Each value in it is on one line if it is short.
struct Block<'y>(&'y Yaml);

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Yaml::Scalar(value) => value.serialize(serializer),
            Yaml::List(values) => serializer.collect_seq(values.iter().map(LineOrBlock)),
            Yaml::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, LineOrBlock(value)))),
        }
    }
}

/// Writes a value inside a list or mapping that is on one line.
struct WithinLine<'y>(&'y Yaml);

impl Serialize for WithinLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // YAML 1.2 allows a question mark in a plain scalar here, but YAML 1.1 parsers read it as the start of a key.
            Yaml::Scalar(CanonicalValue::Text(text)) if text.contains('?') => SingleQuoted(&**text).serialize(serializer),
            Yaml::Scalar(value) => value.serialize(serializer),
            Yaml::List(values) => serializer.collect_seq(values.iter().map(WithinLine)),
            Yaml::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, WithinLine(value)))),
        }
    }
}

/// Writes a value on one line if it is short, otherwise over several lines.
struct LineOrBlock<'y>(&'y Yaml);

impl Serialize for LineOrBlock<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_short = || width(self.0).is_some_and(|width| width <= FLOW_WIDTH);
        match self.0 {
            Yaml::List(_) if is_short() => FlowSeq(WithinLine(self.0)).serialize(serializer),
            Yaml::Map(_) if is_short() => FlowMap(WithinLine(self.0)).serialize(serializer),
            value => Block(value).serialize(serializer),
        }
    }
}

/// Returns the width on one line; `None` for lists of mappings and text with line breaks, which are hard to read on one
/// line.
fn width(value: &Yaml) -> Option<usize> {
    match value {
        Yaml::Scalar(CanonicalValue::Text(text)) => (!text.contains('\n')).then(|| text.chars().count()),
        Yaml::Scalar(value) => serde_json::to_string(value).ok().map(|text| text.len()),
        Yaml::List(values) if values.iter().any(|value| matches!(value, Yaml::Map(_))) => None,
        Yaml::List(values) => values.iter().map(|value| Some(width(value)? + 2)).sum(),
        Yaml::Map(entries) => entries.iter().map(|(key, value)| Some(key.len() + width(value)? + 4)).sum(),
    }
}

/// Returns the number of values in a value, as the parser counts them, and the approximate number of bytes of its YAML.
pub(super) fn size(value: &Yaml) -> (usize, usize) {
    /// Indentation, quotes and the line break.
    const AROUND: usize = 16;
    let sum = |(nodes, bytes): (usize, usize), (more_nodes, more_bytes)| (nodes + more_nodes, bytes + more_bytes);
    match value {
        // An escaped character takes up to six bytes, but few characters are escaped.
        Yaml::Scalar(CanonicalValue::Text(text)) => (1, AROUND + text.len()),
        Yaml::Scalar(_) => (1, AROUND),
        Yaml::List(values) => values.iter().map(size).fold((1, AROUND), sum),
        Yaml::Map(entries) => {
            entries.iter().map(|(key, value)| sum((1, AROUND + key.len()), size(value))).fold((1, AROUND), sum)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CanonicalValue, Yaml, emit};

    #[test]
    fn a_question_mark_is_quoted_where_older_parsers_take_it_for_a_key() {
        let entry = Yaml::Map(vec![("title".to_owned(), Yaml::Scalar(CanonicalValue::from("What is it?")))]);
        let root = Yaml::Map(vec![("sources".to_owned(), Yaml::List(vec![entry]))]);
        assert_eq!(emit(&root).unwrap(), "sources:\n  - {title: 'What is it?'}\n");
    }
}
