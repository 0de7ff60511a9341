//! What the outside may know of an error: a stable code and a sentence.
//!
//! A caller's mistake is told as it is. Anything else is `INTERNAL`, with an id that stands in the log beside what really
//! happened, and no inner text.

use std::{
    any::Any,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::json;

use crate::{
    access::AccessProblem,
    engine::{
        plan::FieldError,
        problem::{EngineError, Problem},
        write::MAX_ANSWER,
    },
    graphql::{Mistake, Position},
    store::{StoreError, TIME_LIMIT},
};

/// Most errors that one response tells. Who made more mistakes mends these first.
const MAX_ERRORS: usize = 20;

const AWAY: &str = "The database does not answer at the moment. Try again shortly.";

/// The document is not GraphQL.
pub const SYNTAX: &str = "SYNTAX";
/// The document is larger than the service runs.
pub const TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";
/// The answer is longer than the service gives.
pub const ANSWER_TOO_LARGE: &str = "ANSWER_TOO_LARGE";
/// The answer takes longer than the service works on one request.
pub const TIMEOUT: &str = "TIMEOUT";
/// The request cannot be read as a GraphQL request.
pub const BAD_REQUEST: &str = "BAD_REQUEST";
/// The document asked for by its hash is not known.
pub const UNKNOWN_DOCUMENT: &str = "PERSISTED_QUERY_NOT_FOUND";
/// The hash belongs to another document.
pub const HASH_MISMATCH: &str = "PERSISTED_QUERY_MISMATCH";
/// Only trusted documents are run.
pub const NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
/// The operation costs more than one may.
pub const TOO_EXPENSIVE: &str = "TOO_EXPENSIVE";
/// Too much is under way.
pub const OVERLOADED: &str = "OVERLOADED";
/// A variable has no value and needs one, or one of another type.
pub const BAD_VARIABLE: &str = "BAD_VARIABLE";
/// The database does not answer.
pub const UNAVAILABLE: &str = AccessProblem::UNAVAILABLE;
/// Something went wrong on our side.
pub const INTERNAL: &str = Problem::INTERNAL;

/// An error of a response (<https://spec.graphql.org/draft/#sec-Errors>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlError {
    /// A sentence for the reader.
    pub message: String,
    /// Where in the document; empty when that says nothing.
    pub positions: Vec<Position>,
    /// Response keys down to the field that failed; empty when the whole request did.
    pub path: Vec<String>,
    /// The stable code.
    pub code: &'static str,
}

impl GraphqlError {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), positions: Vec::new(), path: Vec::new(), code }
    }

    fn at(self, position: Position) -> Self {
        Self { positions: vec![position], ..self }
    }
}

impl Serialize for GraphqlError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("message", &self.message)?;
        if !self.positions.is_empty() {
            members.serialize_entry("locations", &self.positions)?;
        }
        if !self.path.is_empty() {
            members.serialize_entry("path", &self.path)?;
        }
        members.serialize_entry("extensions", &json!({"code": self.code}))?;
        members.end()
    }
}

/// A caller's mistake in a field.
#[must_use]
pub fn of_field(mistake: FieldError) -> GraphqlError {
    let FieldError { problem, path, position } = mistake;
    if problem.code == INTERNAL {
        return internal(&EngineError::Unplanned(problem.message), position, path);
    }
    in_field(problem.code, problem.message, position, path)
}

/// A document that cannot be parsed.
#[must_use]
pub fn of_syntax(mistake: Mistake) -> GraphqlError {
    of_mistake(SYNTAX, mistake)
}

/// A document that does not fit the schema.
#[must_use]
pub fn of_validation(mistake: Mistake) -> GraphqlError {
    of_mistake(Problem::VALIDATION, mistake)
}

/// A document that is larger than the service runs.
#[must_use]
pub fn of_size(mistake: Mistake) -> GraphqlError {
    of_mistake(TOO_LARGE, mistake)
}

fn of_mistake(code: &'static str, Mistake { message, positions }: Mistake) -> GraphqlError {
    GraphqlError { positions, ..GraphqlError::new(code, message) }
}

/// The operation that a request asks for is not one of its document.
#[must_use]
pub fn of_operation(sentence: &str) -> GraphqlError {
    GraphqlError::new(Problem::VALIDATION, sentence)
}

/// A variable whose value does not fit, or is missing.
#[must_use]
pub fn of_variable(sentence: String) -> GraphqlError {
    GraphqlError::new(BAD_VARIABLE, sentence)
}

/// A request that is refused for a reason outside its document.
#[must_use]
pub fn of_request(code: &'static str, message: impl Into<String>) -> GraphqlError {
    GraphqlError::new(code, message)
}

/// The request names no document.
#[must_use]
pub fn no_document() -> GraphqlError {
    of_request(BAD_REQUEST, "There is no document: send \"query\", or the id of a document that is known.")
}

/// The document asked for by its id is not known. The message is the one that clients of persisted queries look for.
#[must_use]
pub fn unknown_document() -> GraphqlError {
    of_request(UNKNOWN_DOCUMENT, "PersistedQueryNotFound")
}

/// The id is the hash of another document than the one sent with it.
#[must_use]
pub fn hash_of_other_document() -> GraphqlError {
    of_request(
        HASH_MISMATCH,
        "The id names another document than the one that was sent with it. The id of a text is its SHA-256.",
    )
}

/// Only trusted documents are run.
#[must_use]
pub fn not_trusted() -> GraphqlError {
    of_request(NOT_TRUSTED, "This service runs only documents that it knows. Ask for one of them by its id.")
}

/// Too many expensive operations are under way.
#[must_use]
pub fn overloaded() -> GraphqlError {
    of_request(OVERLOADED, "Too many expensive questions are asked at once. Ask again in a moment, or for less.")
}

/// The database does not answer.
#[must_use]
pub fn unavailable() -> GraphqlError {
    of_request(UNAVAILABLE, AWAY)
}

/// The operation costs more than one may.
#[must_use]
pub fn of_cost(cost: u64, limit: u64) -> GraphqlError {
    let message = format!("This may cost up to {cost} points, and one operation may cost {limit}. Ask for smaller pages.");
    of_request(TOO_EXPENSIVE, message)
}

/// A root field that could not be answered: for a reason that the caller can mend, or by a failure on our side.
#[must_use]
pub fn of_failure(failure: &EngineError, position: Position, path: Vec<String>) -> GraphqlError {
    let (code, message) = match failure {
        EngineError::TooLong => {
            (ANSWER_TOO_LARGE, format!("The answer is longer than {} MiB. Ask for less at once.", MAX_ANSWER >> 20))
        }
        EngineError::Store(StoreError::TimedOut) => {
            (TIMEOUT, format!("The answer took longer than {} seconds. Ask for less at once.", TIME_LIMIT.as_secs()))
        }
        EngineError::Store(StoreError::Unavailable(reason)) => {
            tracing::warn!(reason, "the database is not available");
            (UNAVAILABLE, AWAY.to_owned())
        }
        failure => return internal(failure, position, path),
    };
    in_field(code, message, position, path)
}

/// A failure on our side. What happened goes to the log; the caller gets an id to ask about it.
#[must_use]
pub fn internal(failure: &EngineError, position: Position, path: Vec<String>) -> GraphqlError {
    let id = next_id();
    tracing::error!(id, path = path.join("."), error = failure as &dyn std::error::Error, "field failed");
    in_field(INTERNAL, on_our_side(&id), position, path)
}

/// Work that panicked.
#[must_use]
pub fn of_panic(panic: &(dyn Any + Send)) -> GraphqlError {
    let id = next_id();
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(id, panic = text, "operation failed");
    of_request(INTERNAL, on_our_side(&id))
}

/// Tells each mistake once, and at most [`MAX_ERRORS`] of them.
pub fn finish(errors: &mut Vec<GraphqlError>) {
    let mut told: Vec<GraphqlError> = Vec::new();
    for error in errors.drain(..) {
        let same = |known: &GraphqlError| {
            known.message == error.message && known.positions == error.positions && known.path == error.path
        };
        if told.len() < MAX_ERRORS && !told.iter().any(same) {
            told.push(error);
        }
    }
    *errors = told;
}

fn on_our_side(id: &str) -> String {
    format!("Something went wrong on our side. When you report it, quote {id}.")
}

/// An error of the field at a path of response keys.
fn in_field(code: &'static str, message: String, position: Position, path: Vec<String>) -> GraphqlError {
    GraphqlError { path, ..GraphqlError::new(code, message).at(position) }
}

/// An id that is not given twice by a process, and hardly by two.
fn next_id() -> String {
    static STARTED: LazyLock<u128> = LazyLock::new(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis())
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", *STARTED, NEXT.fetch_add(1, Ordering::Relaxed))
}
