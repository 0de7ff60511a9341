//! Errors of documents, with their positions.

use serde::Serialize;

/// Maximum length of a name in a message, in characters. Messages repeat names, types and single characters of a
/// document, but no values.
const LONGEST_NAME: usize = 64;

/// A position in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line, starting at 1. Lines end with a line feed, a carriage return, or both.
    pub line: u32,
    /// Column in characters, starting at 1.
    pub column: u32,
}

impl Default for Position {
    /// The start of the text.
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

/// An error in a document. The messages are those of graphql-js, if graphql-js has the same error. But they state the kind
/// of a value instead of the value: `found Int`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// The message, a sentence.
    pub message: String,
    /// The positions of the error: one, or those of all fields that conflict.
    pub positions: Vec<Position>,
}

impl DocumentError {
    /// Creates an error at one position.
    pub fn at(position: Position, message: impl Into<String>) -> Self {
        Self { message: message.into(), positions: vec![position] }
    }
}

/// Returns a name of the document in quotation marks, shortened if it is long.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", cut(name))
}

/// Like [`quoted`], with the sign of a variable or a directive before the name.
pub fn prefixed(sign: char, name: &str) -> String {
    format!("\"{sign}{}\"", cut(name))
}

fn cut(name: &str) -> std::borrow::Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}
