//! Checks that need several documents, or the stored records before a change. Two of them also change the documents of
//! an edit: `entry_keys` assigns keys to entries, and `reviews` removes reviews that are older than a change. `verify`
//! checks a whole database.

pub(super) mod check;
pub(super) mod dangling;
pub(super) mod entry_keys;
pub(super) mod integrity;
pub(super) mod reviews;
pub(super) mod verify;
mod violations;
