//! Dermagraph: a GraphQL content service for aesthetic dermatology.
//!
//! Content types are *declared* in [`content`]. The generic [`engine`] makes GraphQL types, plans, SQL and JSON from the
//! declarations. [`store`] reads and writes the database, and [`schema`] prepares and runs operations. `ARCHITECTURE.md`
//! describes the other modules.

pub mod access;
pub mod app;
pub mod cli;
pub mod content;
pub mod engine;
mod error;
pub mod generate;
pub mod graphql;
pub mod http;
pub mod library;
mod log_throttle;
pub mod pages;
mod plural;
pub mod resources;
pub mod schema;
pub mod store;
mod strict;

pub use dermagraph_entity as entity;
