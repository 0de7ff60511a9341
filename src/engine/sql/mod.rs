//! Writes the SQL statements of fetches.

#[cfg(feature = "stages")]
mod stages;
pub(in crate::engine) mod statement;
pub(in crate::engine) mod writer;
