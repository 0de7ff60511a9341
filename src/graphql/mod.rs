//! The GraphQL language: turns the text of a document into a validated document.
//!
//! ```text
//!  text ──lexer──▶ tokens ──parser──▶ tree ──check──▶ document
//! ```
//!
//! [`parser::parse`] reads a text into a [`tree`], which borrows from the text. [`check::check`] validates the tree
//! (<https://spec.graphql.org/draft/#sec-Validation>) and creates the [`document`] in the same walk: fields refer to their
//! definitions in the schema, and literals are coerced to the types of their arguments. So the planner uses exactly what was
//! validated (`engine/plan/selection.rs`). [`variables`] coerces the variables of a request. The [`schema`] is data, so this
//! module depends on no content type.

pub mod check;
pub mod document;
mod error;
pub mod lexer;
pub mod parser;
pub mod path;
pub mod schema;
mod strings;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod tree;
mod types;
pub mod value;
pub mod variables;

pub use error::{DocumentError, Position};
pub use types::TypeRef;
