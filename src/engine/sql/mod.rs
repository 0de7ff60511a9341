//! Writes the SQL statements of fetches.

mod groups;
mod shared_facets;
pub(in crate::engine) mod statement;
mod tables;
pub(in crate::engine) mod template;
pub(in crate::engine) mod writer;
