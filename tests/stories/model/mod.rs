//! Lists against a model: paging, filtering and ordering of generated libraries must be what plain Rust over vectors says.
//!
//! Every property is held on SQLite and on PostgreSQL. `PROPTEST_CASES` sets the number of libraries for each, which is small
//! otherwise. A failure prints the query, what the model says and the library, shrunk; its seed goes to a file beside these,
//! and is tried first from then on.

mod filter;
mod found;
mod generate;
mod hostile;
mod insert;
mod library;
mod lists;
mod nested;
mod order;
mod page;
mod runner;
mod shape;
mod text;
mod trees;
mod value;
