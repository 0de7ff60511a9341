//! Writes the SQL statements of fetches.

pub(in crate::engine) mod statement;
mod tables;
pub(in crate::engine) mod writer;
