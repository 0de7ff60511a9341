//! Indexes from which a list is read in any order of one column, and in both directions: what the column does not tell apart is in the
//! order that the list has by default. The indexes that went on with the id alone go: lists are no longer ordered like that.
//!
//! Null comes last in both directions. SQLite reads one index for that; on PostgreSQL a column that may be null needs a second.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::{
    m20261124_000001_choices::CHOICES,
    table::{WHOLE, add_index, drop_index},
};

/// Tables with the column that orders their lists, and the other columns to sort by that are no choices.
const OTHERS: [(&str, &[&str], &str); 10] = [
    ("procedure", &["locale", "revision"], "name"),
    ("treatment_outcome", &["position", "revision", "variant"], "slug"),
    ("evidence", &["participants", "revision"], "slug"),
    ("source", &["doi", "pmcid", "pmid", "revision", "title", "year"], "slug"),
    ("condition", &["revision"], "name"),
    ("adjunct", &["revision"], "name"),
    ("biological_target", &["revision"], "name"),
    ("outcome_measure", &["abbreviation", "revision"], "name"),
    ("device", &["revision"], "name"),
    ("body_area", &["revision"], "name"),
];

/// Those of them and of the choices that may be null.
const NULLABLE: [(&str, &[&str], &str); 5] = [
    ("procedure", &["invasiveness"], "name"),
    ("treatment_outcome", &["common_use", "evidence_level", "responders", "variant"], "slug"),
    ("evidence", &["participants"], "slug"),
    ("source", &["doi", "level", "pmcid", "pmid", "year"], "slug"),
    ("outcome_measure", &["abbreviation"], "name"),
];

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE
    }

    /// Makes all indexes before it drops any: dropping keeps readers away until the end.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, order) in each(&OTHERS) {
            add_index(manager, table, &[column, order, "id"]).await?;
        }
        for (table, column, order) in descending(manager) {
            let name = name_of_descending(table, column);
            let sql = format!(
                "CREATE INDEX \"{name}\" ON \"{table}\" (\"{column}\" DESC NULLS LAST, \"{order}\" DESC, \"id\" DESC)"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        for (table, column, _) in each(&CHOICES).chain(each(&OTHERS)) {
            drop_index(manager, table, &[column, "id"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in each(&CHOICES).chain(each(&OTHERS)) {
            add_index(manager, table, &[column, "id"]).await?;
        }
        for (table, column, _) in descending(manager) {
            let index = Index::drop().name(name_of_descending(table, column)).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        for (table, column, order) in each(&OTHERS) {
            drop_index(manager, table, &[column, order, "id"]).await?;
        }
        Ok(())
    }
}

type Columns = (&'static str, &'static [&'static str], &'static str);

fn each(tables: &[Columns]) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    tables.iter().flat_map(|(table, columns, order)| columns.iter().map(|column| (*table, *column, *order)))
}

/// What has a second index, for its greatest first.
fn descending(manager: &SchemaManager<'_>) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let tables: &[Columns] = if manager.get_database_backend() == DatabaseBackend::Postgres { &NULLABLE } else { &[] };
    each(tables)
}

fn name_of_descending(table: &str, column: &str) -> String {
    format!("{table}_{column}_desc_idx")
}
