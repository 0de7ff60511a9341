//! What the outside may know of an error: a stable code and a sentence.
//!
//! A caller's mistake is told as it is. Anything else is `INTERNAL`, with an id that stands in the log beside what really
//! happened, and no inner text.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use async_graphql::{ErrorExtensionValues, PathSegment, Pos, ServerError, Value};

use crate::engine::{
    plan::FieldError,
    problem::{EngineError, Problem},
    write::MAX_ANSWER,
};
use crate::store::{StoreError, TIME_LIMIT};

/// Most errors that one response tells. Who made more mistakes mends these first.
const MAX_ERRORS: usize = 20;

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
/// Something went wrong on our side.
pub const INTERNAL: &str = "INTERNAL";

/// A caller's mistake in a field.
#[must_use]
pub fn of_field(mistake: FieldError) -> ServerError {
    in_field(mistake.problem.code, mistake.problem.message, mistake.position, mistake.path)
}

/// A document that cannot be parsed. The parser's own text repeats whole lines of the document, so only the place is told.
#[must_use]
pub fn of_syntax(failure: &async_graphql::parser::Error) -> ServerError {
    let position = failure.positions().next();
    let place = position.map(|at| format!(" at line {}, column {}", at.line, at.column)).unwrap_or_default();
    with_code(ServerError::new(format!("This is not a GraphQL document: it cannot be read{place}."), position), SYNTAX)
}

/// A document that is larger than the service runs.
#[must_use]
pub fn of_size(message: String, position: Pos) -> ServerError {
    with_code(ServerError::new(message, Some(position)), TOO_LARGE)
}

/// A variable whose value does not fit, or is missing.
#[must_use]
pub fn of_variable(sentence: String) -> ServerError {
    with_code(ServerError::new(sentence, None), BAD_VARIABLE)
}

/// A mistake that a validator found, in its sentence.
#[must_use]
pub fn of_validation(sentence: &str, position: Option<Pos>) -> ServerError {
    with_code(ServerError::new(sentence_of(sentence), position), Problem::VALIDATION)
}

/// A request that is refused for a reason outside its document.
#[must_use]
pub fn of_request(code: &str, message: impl Into<String>) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

/// The request names no document.
#[must_use]
pub fn no_document() -> ServerError {
    of_request(BAD_REQUEST, "There is no document: send \"query\", or the id of a document that is known.")
}

/// The document asked for by its id is not known. The message is the one that clients of persisted queries look for.
#[must_use]
pub fn unknown_document() -> ServerError {
    of_request(UNKNOWN_DOCUMENT, "PersistedQueryNotFound")
}

/// The id is the hash of another document than the one sent with it.
#[must_use]
pub fn hash_of_other_document() -> ServerError {
    of_request(
        HASH_MISMATCH,
        "The id names another document than the one that was sent with it. The id of a text is its SHA-256.",
    )
}

/// Only trusted documents are run.
#[must_use]
pub fn not_trusted() -> ServerError {
    of_request(NOT_TRUSTED, "This service runs only documents that it knows. Ask for one of them by its id.")
}

/// Too many expensive operations are under way.
#[must_use]
pub fn overloaded() -> ServerError {
    of_request(OVERLOADED, "Too many expensive questions are asked at once. Ask again in a moment, or for less.")
}

/// The operation costs more than one may.
#[must_use]
pub fn of_cost(cost: u64, limit: u64) -> ServerError {
    let message = format!("This may cost up to {cost} points, and one operation may cost {limit}. Ask for smaller pages.");
    of_request(TOO_EXPENSIVE, message)
}

/// A sentence of a library as ours are: with a capital at the start, a full stop at the end, and not without end.
fn sentence_of(text: &str) -> String {
    const LONGEST: usize = 500;
    let mut letters = text.chars();
    let mut sentence: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).take(LONGEST).collect();
    if !sentence.ends_with(['.', '…']) {
        sentence.push(if sentence.chars().count() == LONGEST { '…' } else { '.' });
    }
    sentence
}

/// A root field that could not be answered: for a reason that the caller can mend, or by a failure on our side.
#[must_use]
pub fn of_failure(failure: &EngineError, position: Pos, path: Vec<String>) -> ServerError {
    let (code, message) = match failure {
        EngineError::TooLong => {
            (ANSWER_TOO_LARGE, format!("The answer is longer than {} MiB. Ask for less at once.", MAX_ANSWER >> 20))
        }
        EngineError::Store(StoreError::TimedOut) => {
            (TIMEOUT, format!("The answer took longer than {} seconds. Ask for less at once.", TIME_LIMIT.as_secs()))
        }
        failure => return internal(failure, position, path),
    };
    in_field(code, message, position, path)
}

/// A failure on our side. What happened goes to the log; the caller gets an id to ask about it.
#[must_use]
pub fn internal(failure: &EngineError, position: Pos, path: Vec<String>) -> ServerError {
    let id = next_id();
    tracing::error!(id, path = path.join("."), error = failure as &dyn std::error::Error, "field failed");
    in_field(INTERNAL, on_our_side(&id), position, path)
}

/// A task that ended without an answer.
#[must_use]
pub fn of_crash(failure: &tokio::task::JoinError) -> ServerError {
    let id = next_id();
    tracing::error!(id, error = failure as &dyn std::error::Error, "operation failed");
    of_request(INTERNAL, on_our_side(&id))
}

/// The code of an error.
#[must_use]
pub fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Tells each mistake once, and at most [`MAX_ERRORS`] of them.
pub fn finish(errors: &mut Vec<ServerError>) {
    let mut told: Vec<ServerError> = Vec::new();
    for error in errors.drain(..) {
        let same = |known: &ServerError| {
            known.message == error.message && known.locations == error.locations && known.path == error.path
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
fn in_field(code: &str, message: String, position: Pos, path: Vec<String>) -> ServerError {
    let mut error = with_code(ServerError::new(message, Some(position)), code);
    error.path = path.into_iter().map(PathSegment::Field).collect();
    error
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    error
}

/// An id that is not given twice by a process, and hardly by two.
fn next_id() -> String {
    static STARTED: LazyLock<u128> = LazyLock::new(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis())
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", *STARTED, NEXT.fetch_add(1, Ordering::Relaxed))
}
