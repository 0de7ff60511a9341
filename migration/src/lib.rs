//! The migrations of the database, one concern per file, for both SQLite and PostgreSQL.
//!
//! They never import the entities, so that a migration stays the same when the entities change.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod m20261122_000001_revision;
mod m20261122_000002_vocabulary;
mod m20261122_000003_condition;
mod m20261122_000004_procedure;
mod m20261122_000005_outcome;
mod m20261122_000006_part;
mod m20261122_000007_link;
mod m20261123_000001_api_key;
mod m20261128_000001_identity;
mod m20261128_000003_idempotency_key;
mod m20261128_000004_history;
mod m20261128_000005_synonym;
mod m20261129_000003_search;
pub mod rank;
pub mod sort_index;
pub mod table;

/// All migrations, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_revision::Migration),
            Box::new(m20261122_000002_vocabulary::Migration),
            Box::new(m20261122_000003_condition::Migration),
            Box::new(m20261122_000004_procedure::Migration),
            Box::new(m20261122_000005_outcome::Migration),
            Box::new(m20261122_000006_part::Migration),
            Box::new(m20261122_000007_link::Migration),
            Box::new(m20261123_000001_api_key::Migration),
            Box::new(m20261128_000001_identity::Migration),
            Box::new(m20261128_000003_idempotency_key::Migration),
            Box::new(m20261128_000004_history::Migration),
            Box::new(m20261128_000005_synonym::Migration),
            Box::new(m20261129_000003_search::Migration),
        ]
    }
}
