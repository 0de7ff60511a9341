//! Problems of documents, with what an editor needs to fix them.

use std::{fmt, sync::Arc};

/// A position in a text, counted from 1. The values of arguments have no position in a text: their
/// line is 0, and their column is a sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// What is wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemCode {
    /// A value breaks a rule of its field or of its record.
    Invalid,
    /// A record, an entry of a list, or the revision to restore was not found.
    NotFound,
    /// A record that would be deleted is still referred to.
    StillReferenced,
    /// A record has changed since the client read it.
    Conflict,
    /// An idempotency key belongs to another request.
    IdempotencyMismatch,
}

impl ProblemCode {
    /// All codes.
    pub const ALL: [Self; 5] =
        [Self::Invalid, Self::NotFound, Self::StillReferenced, Self::Conflict, Self::IdempotencyMismatch];

    /// Returns the name of the code in GraphQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::NotFound => "NOT_FOUND",
            Self::StillReferenced => "STILL_REFERENCED",
            Self::Conflict => "CONFLICT",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
        }
    }

    /// Returns its description.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Invalid => {
                "A value breaks a rule of its field or of its record. The same rules apply to content documents in files."
            }
            Self::NotFound => "A record, an entry of a list, or the revision to restore was not found.",
            Self::StillReferenced => {
                "Another record still refers to a record that would be deleted. Change the other record first."
            }
            Self::Conflict => {
                "Somebody else has changed the same values, or the document, after `expectedRevision`. Read the document again, and choose the values."
            }
            Self::IdempotencyMismatch => "You have sent another mutation with this `idempotencyKey`. Choose a new key.",
        }
    }
}

/// One problem and its position.
///
/// Problems are ordered by file, then by position. A problem is shown as `file:line:column: path: sentence`; unknown parts
/// are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The name of the file, as the caller gave it, or the path of the argument with the document. `None` for a record
    /// that is only in the database.
    pub file: Option<Arc<str>>,
    /// The position in the file. `None` if the problem concerns a whole file, a whole argument, or
    /// a stored record.
    pub position: Option<Position>,
    /// The path in the document, for example `outcomes[2].adjuncts[0].adjunct`, with list indexes from 0; empty for the
    /// root.
    pub path: String,
    /// What is wrong, in one sentence.
    pub sentence: String,
    /// What is wrong, for programs.
    pub code: ProblemCode,
    /// Data with which a program can solve the problem; `None` if the sentence is enough.
    pub details: Option<Box<ProblemDetails>>,
}

/// Data with which a program can solve a problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemDetails {
    /// A client and somebody else have changed one value differently.
    Conflict(ConflictValues),
    /// The types and slugs of the records that still refer to a removed record. If there are many, some are left out.
    Referrers(Vec<(&'static str, Arc<str>)>),
}

/// The values of a conflict, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictValues {
    /// The value in the revision that the client has read, from which both changes start.
    pub base: String,
    /// The current value, which somebody else has changed.
    pub theirs: String,
    /// The value that the client sends.
    pub yours: String,
}

impl Problem {
    /// Creates a problem that is reported at the argument with this path.
    pub(super) fn of_argument(argument: Arc<str>, code: ProblemCode, sentence: String) -> Self {
        ProblemLocation::of_argument(argument).problem(code, sentence)
    }
}

/// Something that an editor should know about a change. Unlike a problem, it does not prevent the publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file, or the argument with the document.
    pub file: Arc<str>,
    /// The position in the file; `None` for arguments.
    pub position: Option<Position>,
    /// The kind of the warning, for programs.
    pub code: WarningCode,
    /// The warning, in one sentence.
    pub sentence: String,
}

/// The kind of a warning, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCode {
    /// A review is older than a change of its record.
    ReviewOutdated,
    /// A former slug of a restored record leads to another record.
    FormerSlugTaken,
}

impl WarningCode {
    /// All codes.
    pub const ALL: [Self; 2] = [Self::ReviewOutdated, Self::FormerSlugTaken];

    /// Returns the name of the code in GraphQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReviewOutdated => "REVIEW_OUTDATED",
            Self::FormerSlugTaken => "FORMER_SLUG_TAKEN",
        }
    }

    /// Returns its description.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::ReviewOutdated => {
                "The record was reviewed before this change, so `review` becomes null. Set it when somebody has reviewed the change."
            }
            Self::FormerSlugTaken => {
                "A former slug of the restored record is the slug or a former slug of another record now. It stays with that record."
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.sentence)
    }
}

/// Where a problem is reported.
#[derive(Clone, Debug, Default)]
pub(super) struct ProblemLocation {
    pub file: Option<Arc<str>>,
    pub position: Option<Position>,
    pub path: String,
}

impl ProblemLocation {
    /// Returns the location of an argument.
    pub fn of_argument(argument: Arc<str>) -> Self {
        Self { file: Some(argument), ..Self::default() }
    }

    /// Returns a problem at this location.
    pub fn problem(&self, code: ProblemCode, sentence: String) -> Problem {
        let Self { file, position, path } = self.clone();
        Problem { file, position, path, sentence, code, details: None }
    }
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
            code: ProblemCode::Invalid,
            details: None,
        });
    }

    pub fn into_found(self) -> Vec<Problem> {
        self.found
    }
}

/// Returns a problem that concerns a whole file.
pub(super) fn of_file(file: &str, sentence: impl Into<String>) -> Problem {
    let (file, sentence, code) = (Some(file.into()), sentence.into(), ProblemCode::Invalid);
    Problem { file, position: None, path: String::new(), sentence, code, details: None }
}
