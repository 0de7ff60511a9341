//! The price of preparing a request, in points. A point is at most a millisecond of processor time.
//!
//! The time of parsing, validating and planning grows with the size of the request, and is spent before the cost of the
//! operation is known. So the client is charged for these steps separately, before each of them. Preparing a small
//! request has no price of its own: the minimum cost of a request, one point, covers it.

use crate::schema::guard::{Arguments, Size};

/// Tokens of a document that are parsed and validated for one point.
const TOKENS_PER_POINT: usize = 100;

/// Bytes of a document or of variables that are read for one point. For a document this is charged in addition to its
/// tokens, because comments and strings have many bytes for each token.
const BYTES_PER_POINT: usize = 4 * 1024;

/// Selections that are planned for one point, with all fragments expanded.
const SELECTIONS_PER_POINT: u64 = 500;

/// Values in arguments that are planned for one point.
const VALUES_PER_POINT: u64 = 1000;

/// Values of variables that are planned for one point. Each use of a variable counts the values of all variables
/// together, not only those of the used variable.
const SENT_VALUES_PER_POINT: u64 = 8000;

/// Bytes of a body or a query string for one point. They are decompressed and parsed as JSON, and the document in them is
/// hashed.
const SENT_BYTES_PER_POINT: usize = 64 * 1024;

/// Points of a change that a mutation publishes, or would publish: checking a document and writing it takes a few
/// milliseconds, and other publications wait meanwhile.
pub const POINTS_PER_CHANGE: u64 = 50;

/// The price from which planning requires a permit and runs in the pool, so that it does not delay other requests.
pub const PERMIT_THRESHOLD: u64 = 1;

/// Returns the price of reading a request, which is also the minimum cost of a request.
#[must_use]
pub fn of_request(bytes: usize) -> u64 {
    1 + (bytes / SENT_BYTES_PER_POINT) as u64
}

/// Returns the price of the length of a new document.
#[must_use]
pub fn of_text(bytes: usize) -> u64 {
    (bytes / BYTES_PER_POINT) as u64
}

/// Returns the price of the tokens of a new document.
#[must_use]
pub fn of_tokens(tokens: usize) -> u64 {
    (tokens / TOKENS_PER_POINT) as u64
}

/// Returns the price of planning an operation. `bytes` is the length of its variables as JSON, `values` the number of values
/// in them.
#[must_use]
pub fn of_plan(size: Size, bytes: usize, values: u64) -> u64 {
    let Arguments { values: written, variables: uses } = size.arguments;
    (bytes / BYTES_PER_POINT) as u64
        + size.selections / SELECTIONS_PER_POINT
        + written / VALUES_PER_POINT
        + uses.saturating_mul(values) / SENT_VALUES_PER_POINT
}
