//! Records: loading them from the database, as rows and as canonical documents, and finding those that depend on others.
//! `LoadedLibrary` has the loaded records with the changes of an edit.

pub(super) mod content_table;
pub(super) mod dependents;
pub(super) mod documents;
pub(super) mod ids;
pub(super) mod load;
pub(super) mod record_map;
pub(super) mod row_reader;
pub(super) mod stored_documents;
pub(super) mod stored_record;
