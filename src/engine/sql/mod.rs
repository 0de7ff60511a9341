//! Writes the SQL statements of fetches.

pub(in crate::engine) mod statement;
pub(in crate::engine) mod writer;
