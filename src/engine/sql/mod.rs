//! Writes the SQL statements of fetches.

#[cfg(feature = "stages")]
mod stages;
pub(in crate::engine) mod statement;
mod tables;
pub(in crate::engine) mod writer;
