//! The GraphQL language: documents from their text to a tree whose every part is known to the schema.
//!
//! ```text
//!  text ──lexer──▶ tokens ──parser──▶ tree ──check──▶ document ──select──▶ fields with their values
//! ```
//!
//! [`parser::parse`] reads a text into a [`tree`], which borrows from it. [`check::check`] is validation
//! (<https://spec.graphql.org/draft/#sec-Validation>) and makes the [`document`] in the same walk: each field has its definition, literals
//! have the values that their types give them, names are those of the schema. So what was validated is what is planned. [`variables`]
//! gives the values that come with a request their types. The room knows the [`schema`] as data, and no content type.

pub mod check;
pub mod document;
pub mod lexer;
mod mistake;
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

pub use mistake::{Mistake, Position};
pub use types::TypeRef;
