//! Paths in a response (<https://spec.graphql.org/draft/#sec-Path>).

use serde::Serialize;

/// One step from the root of a response to a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// The response key of a field: its alias, or its name.
    Key(String),
    /// The index of an entry of a list, starting at 0.
    Index(usize),
}

/// Returns the response keys of a path, joined by dots, without the indexes of lists.
#[must_use]
pub fn dotted(path: &[PathSegment]) -> String {
    let keys = path.iter().filter_map(|segment| if let PathSegment::Key(key) = segment { Some(&**key) } else { None });
    keys.collect::<Vec<&str>>().join(".")
}
