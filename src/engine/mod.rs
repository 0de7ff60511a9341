//! The engine: declarations become GraphQL types, selections become plans, plans become SQL, rows become JSON.
//!
//! It names no content type. Content types are declared with [`declare`], and [`register`] declares their GraphQL
//! types. [`plan`] turns the selection of a root field into a plan. [`run`] reads the rows of a plan level by level, with
//! the statements of [`sql`], and writes them as JSON. [`search`] makes the words of texts and computes the points of
//! matches.

pub mod declare;
pub(crate) mod plan;
pub(crate) mod problem;
pub(crate) mod register;
pub mod run;
pub mod search;
mod sql;
pub(crate) mod typed_id;

pub use declare::{canonical, catalog, field_rules};
