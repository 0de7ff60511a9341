//! Checks the descriptions, the tables and the searched fields of the declarations. `tests/library/checking.rs` checks
//! that the starter library matches the declarations.

mod database;
mod descriptions;
mod search;
