//! What must be true of the declarations: of their words, of the tables, and of the starter library.

mod database;
mod documents;
mod words;
