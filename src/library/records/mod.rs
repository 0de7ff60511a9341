//! Records: loading them from the database, as rows and as canonical documents.

pub(super) mod content_table;
pub(super) mod dependents;
pub(super) mod documents;
pub(super) mod ids;
pub(super) mod load;
pub(super) mod record_map;
pub(super) mod row_reader;
pub(super) mod stored_documents;
pub(super) mod stored_record;
