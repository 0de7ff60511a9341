//! Reading: statements on one revision, from SQLite or PostgreSQL, or on what a dry run has written; the memory that reading
//! reserves; and API keys.

pub(super) mod api_key;
pub mod facet_counts;
pub mod fold;
pub(super) mod latest;
pub(crate) mod memory;
pub(super) mod postgres;
pub(super) mod preview;
pub(super) mod read;
pub(super) mod received_rows;
pub(super) mod revision;
pub(super) mod sqlite;
pub(super) mod sqlite_connection;
pub mod statement;
