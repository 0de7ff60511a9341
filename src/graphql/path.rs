//! Paths into a response: <https://spec.graphql.org/draft/#sec-Path>.

use serde::Serialize;

/// One step from the root of a response to a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// The response key of a field: its alias, or its name.
    Key(String),
    /// An entry of a list, counted from 0.
    Index(usize),
}

/// The response keys of a path, joined by dots; the entries of lists are left out.
#[must_use]
pub fn dotted(path: &[PathSegment]) -> String {
    let keys: Vec<&str> = path.iter().filter_map(PathSegment::key).collect();
    keys.join(".")
}

impl PathSegment {
    /// The response key; `None` for an entry of a list.
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}
