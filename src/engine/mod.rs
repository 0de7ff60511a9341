//! The engine: declarations become GraphQL types, selections become plans, plans become SQL, rows become JSON.
//!
//! It is generic: it names no content type.

pub mod catalog;
pub mod declare;
