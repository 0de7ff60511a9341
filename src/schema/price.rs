//! What it costs to prepare a request, in points: a millisecond of processor time at the most for each.
//!
//! Parsing, validating and planning take time by the size of what a client sent, before it is known what the operation costs. They
//! are paid first. What is small is free here: the point that every request costs at least pays for it.

use super::guard::{Arguments, Size};

/// Tokens of a document that one point pays for, when it has to be parsed and validated.
const TOKENS_A_POINT: usize = 100;

/// Bytes of a document that one point pays for beside its tokens: comments and strings.
const BYTES_A_POINT: usize = 4 * 1024;

/// Selections that one point pays for, when an operation has to be planned: fragments count wherever they are spread.
const SELECTIONS_A_POINT: u64 = 500;

/// Values written in arguments that one point pays for, when an operation has to be planned.
const VALUES_A_POINT: u64 = 1000;

/// Values of variables that one point pays for, when an operation has to be planned. Each use of a variable counts as if it used all.
const SENT_VALUES_A_POINT: u64 = 8000;

/// Bytes of a body or a query string that one point pays for: they are decompressed and read as JSON, and the document in them is hashed.
const SENT_BYTES_A_POINT: usize = 64 * 1024;

/// Points from which planning takes a turn, so that it does not hold up the requests of others.
pub const TURN: u64 = 4;

/// The price of reading a request, which is also the least that a request costs.
#[must_use]
pub fn of_request(bytes: usize) -> u64 {
    1 + (bytes / SENT_BYTES_A_POINT) as u64
}

/// The price of a document that is not known yet, for its length.
#[must_use]
pub fn of_text(bytes: usize) -> u64 {
    (bytes / BYTES_A_POINT) as u64
}

/// The price of a document that is not known yet, for its tokens.
#[must_use]
pub fn of_tokens(tokens: usize) -> u64 {
    (tokens / TOKENS_A_POINT) as u64
}

/// The price of planning an operation, whose variables have so many bytes and hold so many values.
#[must_use]
pub fn of_plan(size: Size, bytes: usize, values: u64) -> u64 {
    let Arguments { values: written, variables: uses } = size.arguments;
    (bytes / BYTES_A_POINT) as u64
        + size.selections / SELECTIONS_A_POINT
        + written / VALUES_A_POINT
        + uses.saturating_mul(values) / SENT_VALUES_A_POINT
}
