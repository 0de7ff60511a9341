//! Publications: preparing an edit, and writing what it changes as one revision, with its history. A large import into
//! an empty database is a bulk load instead (`import`).

mod changes;
pub(super) mod import;
mod later_changes;
mod prepare;
pub(super) mod publish;
mod revisions;
mod rows;

pub(super) use changes::{changed_record, differences, report};
pub(super) use revisions::{checksum, history, revision};
pub(super) use rows::{batch_writer, row_stream, sink, write_rows};
