//! The changes of a publication: the records that differ from those of the database, and the report for the client.

pub(in crate::library) mod changed_record;
pub(in crate::library) mod differences;
pub(in crate::library) mod report;
