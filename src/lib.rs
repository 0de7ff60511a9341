//! Dermagraph.
pub mod content;
pub mod engine;
pub mod library;
pub use dermagraph_entity as entity;
