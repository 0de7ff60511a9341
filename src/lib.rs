//! Dermagraph.
pub mod content;
pub mod engine;
pub mod store;
pub use dermagraph_entity as entity;
async fn migrate(_: &sea_orm::DatabaseConnection) -> Result<(), sea_orm::DbErr> { Ok(()) }
