//! What the outside may know of an error: a stable code and a sentence.
//!
//! A caller's mistake is told as it is. Anything else is `INTERNAL`, with an id that stands in the log beside what really
//! happened, and no inner text.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use async_graphql::{ErrorExtensionValues, PathSegment, Pos, ServerError};

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
/// A variable has no value and needs one.
pub const BAD_VARIABLE: &str = "BAD_VARIABLE";
/// Something went wrong on our side.
pub const INTERNAL: &str = "INTERNAL";

/// A caller's mistake in a field.
#[must_use]
pub fn of_field(mistake: FieldError) -> ServerError {
    let mut error = ServerError::new(mistake.problem.message, Some(mistake.position));
    error.path = mistake.path.into_iter().map(PathSegment::Field).collect();
    with_code(error, mistake.problem.code)
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

/// A variable that has no value and needs one.
#[must_use]
pub fn of_variable(name: &str, ty: &str, position: Pos) -> ServerError {
    with_code(ServerError::new(format!("The variable ${name} of type {ty} needs a value."), Some(position)), BAD_VARIABLE)
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
    let mut error = with_code(ServerError::new(message, Some(position)), code);
    error.path = path.into_iter().map(PathSegment::Field).collect();
    error
}

/// A failure on our side. What happened goes to the log; the caller gets an id to ask about it.
#[must_use]
pub fn internal(failure: &EngineError, position: Pos, path: Vec<String>) -> ServerError {
    let id = next_id();
    tracing::error!(id, path = path.join("."), error = failure as &dyn std::error::Error, "field failed");
    let message = format!("Something went wrong on our side. When you report it, quote {id}.");
    let mut error = with_code(ServerError::new(message, Some(position)), INTERNAL);
    error.path = path.into_iter().map(PathSegment::Field).collect();
    error
}

/// Gives a code to the errors that have none yet, which are those of async-graphql's own checks. Those find some mistakes
/// more than once; each is told once, and at most [`MAX_ERRORS`] are told.
pub fn finish(errors: &mut Vec<ServerError>, refused: bool) {
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
    for error in errors {
        let coded = error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
        if !coded {
            let code = if refused { Problem::VALIDATION } else { INTERNAL };
            error.extensions.get_or_insert_default().set("code", code);
        }
    }
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
