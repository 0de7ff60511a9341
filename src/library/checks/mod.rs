//! Checks that need several documents, or the stored records before a change.

pub(super) mod check;
pub(super) mod dangling;
pub(super) mod entry_keys;
pub(super) mod integrity;
pub(super) mod reviews;
pub(super) mod verify;
mod violations;
