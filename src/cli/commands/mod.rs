//! The commands of the program: the arguments of each, and what it does.

pub(super) mod check;
pub(super) mod copy;
pub(super) mod export;
pub(super) mod generate;
pub(super) mod import;
pub(super) mod key;
pub(super) mod migrate;
pub(super) mod reindex;
pub(super) mod schema;
pub(super) mod serve;
pub(super) mod verify;
