//! What is wrong with a document, and where.

use serde::Serialize;

/// Longest name that a message repeats. Nothing else of a document is repeated.
const LONGEST_NAME: usize = 64;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// From 1. Lines end with a line feed, a carriage return, or both.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl Default for Position {
    /// The start of the text.
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

/// What is wrong, in a sentence in the wording of graphql-js where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The sentence.
    pub message: String,
    /// The places that it is about: one, or all those that do not agree.
    pub positions: Vec<Position>,
}

impl Mistake {
    /// A mistake at one place.
    pub fn at(position: Position, message: impl Into<String>) -> Self {
        Self { message: message.into(), positions: vec![position] }
    }
}

/// A name of the document in quotation marks, cut when it is long.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", cut(name))
}

/// The same with the sign of a variable or a directive before the name.
pub fn prefixed(sign: char, name: &str) -> String {
    format!("\"{sign}{}\"", cut(name))
}

fn cut(name: &str) -> std::borrow::Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}
