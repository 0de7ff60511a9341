//! Checks the descriptions of the declarations, and the tables. A test of the module `library` checks that the starter
//! library matches the declarations.

mod database;
mod descriptions;
mod search;
