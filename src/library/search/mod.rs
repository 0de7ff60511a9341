//! The search index: the terms of records, and the blocks of their postings.

pub(super) mod new_index;
mod numbered_terms;
pub(super) mod outdated;
pub(super) mod search_index;
mod terms;
pub(super) mod update;
