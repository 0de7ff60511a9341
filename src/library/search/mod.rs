//! The search index: the terms of records, and the blocks of their postings.

pub(super) mod new_index;
pub(super) mod outdated;
pub(super) mod search_index;
mod term_numbers;
mod terms;
pub(super) mod update;
