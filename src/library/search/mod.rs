//! The search index: the terms of records, and their rows.

pub(super) mod search_index;
mod terms;
