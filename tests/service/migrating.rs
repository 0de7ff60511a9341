//! Migrations of a database with content.

use dermagraph_migration::{Migrator, MigratorTrait as _};
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn migrations_can_be_reverted_and_applied_again(app: &TestApp) {
        let database = &**app.store.writer();
        Migrator::down(database, None).await.unwrap();
        Migrator::up(database, None).await.unwrap();
        let data = app.data("{ procedures { totalCount } treatmentOutcomes { totalCount } }").await;
        assert_eq!(data, json!({"procedures": {"totalCount": 0}, "treatmentOutcomes": {"totalCount": 0}}));
    }
}
