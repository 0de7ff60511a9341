//! Dermagraph.
pub mod content;
pub mod engine;
pub use dermagraph_entity as entity;
