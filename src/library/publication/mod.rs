//! Publications: preparing an edit, and writing what it changes as one revision.

mod assign_ids;
pub(super) mod batch_writer;
pub(super) mod changed_record;
pub(super) mod checksum;
pub(super) mod differences;
pub(super) mod history;
pub(super) mod import;
mod later_changes;
mod prepare;
pub(super) mod publish;
pub(super) mod report;
pub(super) mod revision;
pub(super) mod row_stream;
pub(super) mod sink;
pub(super) mod write_rows;
