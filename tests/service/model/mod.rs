//! Lists compared with a model: paging, filtering and ordering of generated libraries must match plain Rust over vectors.
//!
//! Every property is tested on SQLite and on PostgreSQL, and the responses of both are compared (`both`). The
//! assumptions of the model about a search are documented in `search`. `PROPTEST_CASES` sets the number of libraries
//! for each; the default is small. A failure prints the query, the result of the model and the library, shrunk. Its
//! seed is written to a file in `tests/proptest-regressions` and is tried first in later runs.

mod aggregates;
mod both;
mod dimension;
mod filter;
mod found;
mod generate;
mod hostile;
mod insert;
mod library;
mod lists;
mod measure;
mod nested;
mod order;
mod page;
mod runner;
mod search;
mod shape;
mod text;
mod through;
mod trees;
mod value;
