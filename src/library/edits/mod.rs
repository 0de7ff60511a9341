//! Edits: what one publication is to change, from files, from arguments, or from stored documents.

mod amendments;
mod conflicts;
pub(super) mod deletion;
pub(super) mod edit;
pub(super) mod idempotency;
mod names;
mod own_fields;

pub(super) use amendments::{amend, record_amendments};
pub(super) use conflicts::expectation;
pub(super) use names::{current_slugs, former_slugs, record_name, rename};
