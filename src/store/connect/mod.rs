//! Opening databases, and connections to them; migrations; transactions and the lock for publications.

pub(super) mod connections;
pub(super) mod file;
pub(super) mod migrate;
pub(super) mod open;
pub(super) mod options;
pub(super) mod read_permits;
pub mod transaction;
pub(super) mod url;
pub(super) mod writer;
