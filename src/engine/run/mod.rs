//! Runs plans: reads the rows level by level, and writes them as JSON.

mod attribution;
mod connection;
pub(crate) mod count;
mod escapes;
mod found;
mod groups;
mod highlights;
mod id_lists;
pub(crate) mod json;
mod level;
pub(crate) mod root;
mod search;
mod shared_facets;
pub(crate) mod used_records;

pub use json::MAX_RESPONSE;
