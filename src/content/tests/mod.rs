//! What must be true of the declarations: of their words, and of the tables. That the starter library fits them is a test of
//! the library.

mod database;
mod words;
