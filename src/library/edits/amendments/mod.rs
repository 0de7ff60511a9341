//! Amendments: changes of a stored document, by a patch, a rename or a restore.

pub(in crate::library) mod amend;
mod past;
pub(super) mod patch;
mod patch_entries;
pub(in crate::library) mod record_amendments;
