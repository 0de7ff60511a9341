//! Revisions: the row of each revision with its checksum, and the history of the records that it changes.

pub(in crate::library) mod checksum;
pub(in crate::library) mod history;
pub(in crate::library) mod revision;
