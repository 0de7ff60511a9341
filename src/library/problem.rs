//! Problems of documents, with what an editor needs to fix them.

use std::{fmt, sync::Arc};

/// A position in a text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// One problem and its position.
///
/// Problems are ordered by file, then by position. A problem is shown as `file:line:column: path: sentence`; unknown parts
/// are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, by the name that the caller used; `None` for a record that is only in the database.
    pub file: Option<Arc<str>>,
    /// The position in the file; `None` if the problem is the file itself.
    pub position: Option<Position>,
    /// The path in the document, for example `outcomes[2].adjuncts[0].adjunct`, with list indexes from 0; empty for the
    /// root.
    pub path: String,
    /// What is wrong, in one sentence.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(Position { line, column }) = self.position {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.sentence)
    }
}

/// A path in a document, as a linked list of borrowed steps. It is formatted only for a problem.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Path<'p> {
    #[default]
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// Returns the path of a member.
    pub fn key(&'p self, key: &'p str) -> Self {
        Self::Key(self, key)
    }

    /// Returns the path of a list entry.
    pub fn index(&'p self, index: usize) -> Self {
        Self::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(above, key) => write!(f, "{above}.{key}"),
            Self::Index(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(super) struct Problems {
    file: Arc<str>,
    found: Vec<Problem>,
}

impl Problems {
    pub fn of(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), found: Vec::new() }
    }

    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Adds a problem at a position of this file.
    pub fn add(&mut self, at: Position, path: &Path<'_>, sentence: impl Into<String>) {
        self.found.push(Problem {
            file: Some(Arc::clone(&self.file)),
            position: Some(at),
            path: path.to_string(),
            sentence: sentence.into(),
        });
    }

    pub fn into_found(self) -> Vec<Problem> {
        self.found
    }
}

/// Returns a problem of a whole file.
pub(super) fn of_file(file: &str, sentence: impl Into<String>) -> Problem {
    Problem { file: Some(file.into()), position: None, path: String::new(), sentence: sentence.into() }
}
