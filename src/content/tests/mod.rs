//! Checks the descriptions of the declarations, and the tables. That the starter library matches the declarations is a test
//! of the module `library`.

mod database;
mod descriptions;
