//! Writing rows: assigning ids, building the rows of changed records, and writing them to tables.

pub(super) mod assign_ids;
pub(in crate::library) mod batch_writer;
pub(in crate::library) mod row_stream;
pub(in crate::library) mod sink;
pub(in crate::library) mod write_rows;
