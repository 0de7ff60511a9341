//! Edits: what one publication is to change, from files, from arguments, or from stored documents.

pub(super) mod amend;
pub(super) mod current_slugs;
pub(super) mod deletion;
pub(super) mod edit;
pub(super) mod expectation;
pub(super) mod former_slugs;
pub(super) mod idempotency;
mod merge;
mod own_fields;
mod past;
mod patch;
mod patch_entries;
mod rebase;
pub(super) mod record_amendments;
pub(super) mod record_name;
pub(super) mod rename;
