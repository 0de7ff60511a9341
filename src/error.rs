//! Errors as clients see them: a stable code and a message.
//!
//! The message of an expected error is written for the client: the request is invalid, a limit is reached, or the
//! database is not available. Any other error becomes `INTERNAL`, with an id and no details. The log has the id and the
//! cause.

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
        plan::{FieldError, cost::MAX_PLAN},
        problem::{EngineError, Problem},
        run::MAX_RESPONSE,
    },
    graphql::{
        DocumentError, Position,
        path::{PathSegment, dotted},
    },
    log_throttle::{FAILURE_INTERVAL, LogThrottle},
    plural,
    store::{StoreError, TIME_LIMIT},
};

/// Maximum number of errors in one response. A developer fixes these first, and then sees the remaining ones.
const MAX_ERRORS: usize = 20;

const UNAVAILABLE_MESSAGE: &str = "The database does not respond at the moment. Try again shortly.";

/// The message that the client's share of the memory is used up.
pub const MEMORY_MESSAGE: &str =
    "Your running requests and unread responses use too much memory. Try again when they have ended.";

/// The message that a request has no document.
pub const NO_DOCUMENT_MESSAGE: &str =
    "The request has no document. Send \"query\", or the id of a persisted or trusted document.";

const READ_MEMORY_MESSAGE: &str = "The search or the facets need more memory than you may use now. Search for rarer or \
                                   longer words, select fewer facets, or try again when your other requests have ended.";

const LOCKED_MESSAGE: &str =
    "Another publication is being written, for example an import. Nothing was changed; try again when it has finished.";

const COMMIT_UNKNOWN_MESSAGE: &str = "The connection to the database broke during the commit, so the mutation may have been \
                                      published. If it had an `idempotencyKey`, send it again with the same one; otherwise \
                                      read `revisions` first, or `keys` if it changes a key.";

/// The document is not GraphQL.
pub const SYNTAX: &str = "SYNTAX";
/// The document is larger than the service accepts.
pub const TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";
/// The response is longer than the service sends.
pub const RESPONSE_TOO_LARGE: &str = "RESPONSE_TOO_LARGE";
/// The operation takes longer than the service allows.
pub const TIMEOUT: &str = "TIMEOUT";
/// The request is not a GraphQL request.
pub const BAD_REQUEST: &str = "BAD_REQUEST";
/// No persisted document has the requested hash.
pub const UNKNOWN_DOCUMENT: &str = "PERSISTED_QUERY_NOT_FOUND";
/// The hash that the client sent is not the hash of the document.
pub const HASH_MISMATCH: &str = "PERSISTED_QUERY_MISMATCH";
/// The document is not trusted, and the service runs only trusted documents.
pub const NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
/// The operation costs more than the limit.
pub const TOO_EXPENSIVE: &str = "TOO_EXPENSIVE";
/// Too many expensive requests are running or waiting, or the client's share of the memory is used up.
pub const OVERLOADED: &str = "OVERLOADED";
/// A required variable has no value, or a variable has a value of another type.
pub const BAD_VARIABLE: &str = "BAD_VARIABLE";
/// The database does not respond.
pub const UNAVAILABLE: &str = AccessProblem::UNAVAILABLE;
/// An internal error.
pub const INTERNAL: &str = Problem::INTERNAL;
/// The text is not a cursor of this service.
pub const BAD_CURSOR: &str = Problem::BAD_CURSOR;
/// An argument has a wrong value.
pub const BAD_ARGUMENT: &str = Problem::BAD_ARGUMENT;
/// The cursor belongs to another list or another order.
pub const CURSOR_OF_OTHER_ORDER: &str = Problem::CURSOR_OF_OTHER_ORDER;

/// An error of a response (<https://spec.graphql.org/draft/#sec-Errors>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlError {
    /// A message for people, in one or two sentences.
    pub message: String,
    /// Positions in the document; empty if the error has none.
    pub positions: Vec<Position>,
    /// Path of the field that failed, in the response; empty if the whole request failed.
    pub path: Vec<PathSegment>,
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

/// Creates the error of an invalid field.
#[must_use]
pub fn of_field(error: FieldError) -> GraphqlError {
    let FieldError { problem, path, position } = error;
    if problem.code == INTERNAL {
        return internal(&EngineError::Unplanned(problem.message), position, path);
    }
    in_field(problem.code, problem.message, position, path)
}

/// Creates the error of a document that cannot be parsed.
#[must_use]
pub fn of_syntax(error: DocumentError) -> GraphqlError {
    of_document(SYNTAX, error)
}

/// Creates the error of a document that does not match the schema.
#[must_use]
pub fn of_validation(error: DocumentError) -> GraphqlError {
    of_document(Problem::VALIDATION, error)
}

/// Creates the error of a document that is larger than the service accepts.
#[must_use]
pub fn of_size(error: DocumentError) -> GraphqlError {
    of_document(TOO_LARGE, error)
}

fn of_document(code: &'static str, DocumentError { message, positions }: DocumentError) -> GraphqlError {
    GraphqlError { positions, ..GraphqlError::new(code, message) }
}

/// Creates the error that the document does not have the requested operation.
#[must_use]
pub fn of_operation(message: &str) -> GraphqlError {
    GraphqlError::new(Problem::VALIDATION, message)
}

/// Creates the error of a variable whose value is missing or has another type.
#[must_use]
pub fn of_variable(message: String) -> GraphqlError {
    GraphqlError::new(BAD_VARIABLE, message)
}

/// Creates the error of a request that is refused for a reason outside its document.
#[must_use]
pub fn of_request(code: &'static str, message: impl Into<String>) -> GraphqlError {
    GraphqlError::new(code, message)
}

/// Creates the error of a request without a document.
#[must_use]
pub fn no_document() -> GraphqlError {
    of_request(BAD_REQUEST, NO_DOCUMENT_MESSAGE)
}

/// Creates the error that no persisted document has the requested id. The message is the one that client libraries expect.
#[must_use]
pub fn unknown_document() -> GraphqlError {
    of_request(UNKNOWN_DOCUMENT, "PersistedQueryNotFound")
}

/// Creates the error that the id is not the hash of the document that was sent with it.
#[must_use]
pub fn hash_of_other_document() -> GraphqlError {
    of_request(
        HASH_MISMATCH,
        "The id does not match the document that was sent with it. The id of a document is the SHA-256 of its text.",
    )
}

/// Creates the error of a document that is not trusted.
#[must_use]
pub fn not_trusted() -> GraphqlError {
    of_request(NOT_TRUSTED, "This service runs only trusted documents. Send the id of one of them.")
}

/// Creates the error that too many expensive requests are running or waiting.
#[must_use]
pub fn overloaded() -> GraphqlError {
    of_request(OVERLOADED, "Too many expensive requests are running. Retry shortly, or request less data.")
}

/// Creates the error that the client's share of the memory is used up.
#[must_use]
pub fn out_of_memory() -> GraphqlError {
    of_request(OVERLOADED, MEMORY_MESSAGE)
}

/// Creates the error that a search or facets need more memory than the client may use.
#[must_use]
pub fn read_out_of_memory() -> GraphqlError {
    of_request(OVERLOADED, READ_MEMORY_MESSAGE)
}

/// Creates the error that there is no memory for the response to mutations, which were run.
#[must_use]
pub fn unsent_mutation_response() -> GraphqlError {
    let message = "The mutations were run, but your unread responses use too much memory for their response. `revisions` \
                   and `keys` show what they have changed, if anything.";
    of_request(OVERLOADED, message)
}

/// Creates the error that the database does not respond.
#[must_use]
pub fn unavailable() -> GraphqlError {
    of_request(UNAVAILABLE, UNAVAILABLE_MESSAGE)
}

/// Creates the error that an operation costs more than the limit.
#[must_use]
pub fn of_cost(cost: u64, limit: u64) -> GraphqlError {
    let most = plural::count(cost, "point");
    let message = format!("This operation may cost up to {most}; the limit is {limit}. Request smaller pages.");
    of_request(TOO_EXPENSIVE, message)
}

/// Creates the error of an operation whose plan is too large.
#[must_use]
pub fn of_plan_size() -> GraphqlError {
    let message = format!(
        "The plan of this operation needs more than {} MiB of memory. Send several operations, or use long filters in fewer \
         fields.",
        MAX_PLAN >> 20
    );
    of_request(TOO_EXPENSIVE, message)
}

/// Creates the error of an operation whose mutations make too many changes.
#[must_use]
pub fn of_changes(changes: usize, limit: usize) -> GraphqlError {
    let message = format!("This operation makes {changes} changes; the limit is {limit}. Send several operations.");
    of_request(TOO_EXPENSIVE, message)
}

/// Creates the error of a root field that failed: the client requested too much, or has no memory left for a search or
/// facets, a mutation concerns too many records, the database is not available, the connection to it broke during the
/// commit of a mutation, another publication has locked it, or an internal error occurred.
#[must_use]
pub fn of_failure(failure: &EngineError, position: Position, path: Vec<PathSegment>) -> GraphqlError {
    let (code, message) = match failure {
        EngineError::TooLong => (
            RESPONSE_TOO_LARGE,
            format!("The response is longer than {} MiB. Request less data at once.", MAX_RESPONSE >> 20),
        ),
        EngineError::OutOfMemory(_) | EngineError::Store(StoreError::OutOfMemory(_)) => {
            (OVERLOADED, READ_MEMORY_MESSAGE.to_owned())
        }
        EngineError::TooManyRecords(max) => {
            let message = format!(
                "This mutation concerns more than {max} records, with those that depend on the changed records and those \
                 that are embedded in any of these. Nothing was changed. Make fewer changes at once, or import the \
                 documents."
            );
            (TOO_EXPENSIVE, message)
        }
        EngineError::Store(StoreError::TimedOut) => {
            (TIMEOUT, format!("The operation took longer than {} seconds. Request less data at once.", TIME_LIMIT.as_secs()))
        }
        EngineError::Store(StoreError::Unavailable(reason)) => {
            log_unavailable(reason);
            (UNAVAILABLE, UNAVAILABLE_MESSAGE.to_owned())
        }
        EngineError::Store(StoreError::CommitUnknown(reason)) => {
            tracing::warn!(reason, "a mutation may have been published");
            (UNAVAILABLE, COMMIT_UNKNOWN_MESSAGE.to_owned())
        }
        EngineError::Store(failure) if failure.is_locked() => (UNAVAILABLE, LOCKED_MESSAGE.to_owned()),
        failure => return internal(failure, position, path),
    };
    in_field(code, message, position, path)
}

/// Logs that the database is not available, at most once per [`FAILURE_INTERVAL`].
pub fn log_unavailable(reason: &str) {
    static THROTTLE: LazyLock<LogThrottle> = LazyLock::new(|| LogThrottle::new(FAILURE_INTERVAL));
    if let Some(suppressed) = THROTTLE.permit() {
        tracing::warn!(reason, suppressed, "the database is not available");
    }
}

/// Creates the error of a record in the payload of a mutation. The mutation was run, so the client must not repeat it.
#[must_use]
pub fn of_unread_record(failure: &EngineError, position: Position, path: Vec<PathSegment>) -> GraphqlError {
    let error = of_failure(failure, position, path);
    if error.code == INTERNAL {
        return error;
    }
    let message = "The mutation was run, but this record could not be read. Read it by a query.";
    GraphqlError { message: message.to_owned(), ..error }
}

/// Creates an internal error. The log has the cause with an id; the client receives only the id.
#[must_use]
pub fn internal(failure: &EngineError, position: Position, path: Vec<PathSegment>) -> GraphqlError {
    let id = next_id();
    tracing::error!(id, path = dotted(&path), error = failure as &dyn std::error::Error, "field failed");
    in_field(INTERNAL, internal_message(&id), position, path)
}

/// Creates the internal error of an operation that panicked.
#[must_use]
pub fn of_panic(panic: &(dyn Any + Send)) -> GraphqlError {
    let id = next_id();
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(id, panic = text, "operation failed");
    of_request(INTERNAL, internal_message(&id))
}

/// Removes duplicate errors, and all after the first [`MAX_ERRORS`].
pub fn dedup_and_truncate(errors: &mut Vec<GraphqlError>) {
    let mut unique: Vec<GraphqlError> = Vec::new();
    for error in errors.drain(..) {
        let same = |known: &GraphqlError| {
            known.message == error.message && known.positions == error.positions && known.path == error.path
        };
        if unique.len() < MAX_ERRORS && !unique.iter().any(same) {
            unique.push(error);
        }
    }
    *errors = unique;
}

fn internal_message(id: &str) -> String {
    format!("An internal error occurred. When you report it, quote {id}.")
}

fn in_field(code: &'static str, message: String, position: Position, path: Vec<PathSegment>) -> GraphqlError {
    GraphqlError { path, ..GraphqlError::new(code, message).at(position) }
}

/// Creates an id that is unique in the process, and almost certainly among processes.
fn next_id() -> String {
    static STARTED: LazyLock<u128> = LazyLock::new(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis())
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", *STARTED, NEXT.fetch_add(1, Ordering::Relaxed))
}
