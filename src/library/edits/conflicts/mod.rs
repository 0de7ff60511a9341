//! Edits of clients that have read an earlier revision: an edit is merged with the later changes of others, or refused.

pub(in crate::library) mod expectation;
mod merge;
pub(super) mod rebase;
