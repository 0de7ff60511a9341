//! What a caller did wrong, in words and with a stable code.

use crate::store::StoreError;

/// A mistake of the caller: a stable code and a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, in `extensions.code`.
    pub code: &'static str,
    /// One sentence for the reader.
    pub message: String,
}

impl Problem {
    /// An argument has the wrong type or an impossible value.
    pub const BAD_ARGUMENT: &'static str = "BAD_ARGUMENT";
    /// The document does not fit the schema, or its variables do not fit the document.
    pub const VALIDATION: &'static str = "VALIDATION";
    /// `first` or `last` asks for more than a page may hold, or for less than nothing, or for both ends at once.
    pub const BAD_PAGE: &'static str = "BAD_PAGE";
    /// A cursor that this service did not give.
    pub const BAD_CURSOR: &'static str = "BAD_CURSOR";
    /// A cursor of a list that was ordered otherwise.
    pub const CURSOR_OF_OTHER_ORDER: &'static str = "CURSOR_OF_OTHER_ORDER";
    /// An id that this service did not give.
    pub const BAD_ID: &'static str = "BAD_ID";
    /// An id of another type than the one asked for.
    pub const WRONG_ID_TYPE: &'static str = "WRONG_ID_TYPE";
    /// Something went wrong on our side.
    pub const INTERNAL: &'static str = "INTERNAL";

    /// A problem with an argument, `at` its path: `where.name.eq`.
    #[must_use]
    pub fn argument(at: &str, sentence: impl std::fmt::Display) -> Self {
        Self { code: Self::BAD_ARGUMENT, message: format!("{at}: {sentence}") }
    }

    /// No mistake of the caller: the schema allows what the engine does not know. The message is for the log.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// A problem of this code.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Why a root field could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The answer is longer than one request may have.
    #[error("the answer is too long")]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored content does not have the shape declared for it.
    #[error("stored content is broken: {0}")]
    Broken(String),
    /// A field or a value that the schema has cannot be planned.
    #[error("the plan is wrong: {0}")]
    Unplanned(String),
}
