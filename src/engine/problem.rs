//! Errors of the client, with stable codes, and failures of the engine.

use crate::{
    engine::search::block::Damaged,
    store::{OutOfMemory, StoreError},
};

/// An error of the client, or a failure of the engine: a stable code and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, in `extensions.code`.
    pub code: &'static str,
    /// The message, one sentence or two.
    pub message: String,
}

impl Problem {
    /// An argument has the wrong type or an impossible value.
    pub const BAD_ARGUMENT: &'static str = "BAD_ARGUMENT";
    /// The document does not match the schema, or its variables do not match the document.
    pub const VALIDATION: &'static str = "VALIDATION";
    /// `first` or `last` is negative or greater than the maximum, or both are used; or `nodes(ids:)` has too many ids.
    pub const BAD_PAGE: &'static str = "BAD_PAGE";
    /// The text is not a cursor of this service.
    pub const BAD_CURSOR: &'static str = "BAD_CURSOR";
    /// The cursor belongs to another list or another order.
    pub const CURSOR_OF_OTHER_ORDER: &'static str = "CURSOR_OF_OTHER_ORDER";
    /// The text is not an id of this service.
    pub const BAD_ID: &'static str = "BAD_ID";
    /// The id belongs to another type.
    pub const WRONG_ID_TYPE: &'static str = "WRONG_ID_TYPE";
    /// The service failed.
    pub const INTERNAL: &'static str = "INTERNAL";

    /// Creates an error in an argument; `at` is its path: `where.name.eq`.
    #[must_use]
    pub fn argument(at: &str, sentence: impl std::fmt::Display) -> Self {
        Self { code: Self::BAD_ARGUMENT, message: format!("{at}: {sentence}") }
    }

    /// Creates a failure of the engine: the schema has a field or a value that the planner does not support. The message is
    /// for the log.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// Creates an error with this code.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Why a root field failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The response is longer than [`MAX_RESPONSE`](super::run::MAX_RESPONSE).
    #[error("the response is too long")]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored content does not have its declared shape.
    #[error("stored content is corrupt: {0}")]
    Corrupt(String),
    /// The service failed for a reason that is not in the database.
    #[error("{0}")]
    Failed(String),
    /// A block of the search index is damaged.
    #[error(transparent)]
    Index(#[from] Damaged),
    /// A search needs more memory than its client may use. For facets, the error is [`StoreError::OutOfMemory`].
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// A mutation loads more records than this to check and compare its changes.
    #[error("the mutation concerns more than {0} records")]
    TooManyRecords(usize),
    /// The schema has a field or a value that the planner does not support.
    #[error("the plan is wrong: {0}")]
    Unplanned(String),
}
