//! Indexes of enumeration columns, in the order in which the values are declared.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::table::order_tail;

/// An enumeration column to sort by.
#[derive(Clone, Copy)]
pub struct Ranked {
    /// Its table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The column of the default order of lists.
    pub order: &'static str,
    /// Whether the column may be null.
    pub nullable: bool,
    /// The values of the enumeration, in the order in which they are declared.
    pub values: &'static [&'static str],
}

impl Ranked {
    /// Creates the indexes to read a list in ascending and in descending order of the values.
    ///
    /// # Errors
    /// If the database reports an error.
    pub async fn add(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let (table, rank, tail) = (self.table, self.rank(), order_tail(self.order));
        let connection = manager.get_connection();
        let sql = format!("CREATE INDEX \"{}\" ON \"{table}\" (({rank}), \"{}\")", self.name(), tail.join("\", \""));
        connection.execute_unprepared(&sql).await?;
        if self.has_descending(manager) {
            let (name, tail) = (self.descending_name(), tail.join("\" DESC, \""));
            let sql = format!("CREATE INDEX \"{name}\" ON \"{table}\" (({rank}) DESC NULLS LAST, \"{tail}\" DESC)");
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Returns the SQL expression that lists are ordered by: the index of the value among the declared values, starting at
    /// 0.
    fn rank(&self) -> String {
        let ranks = self.values.iter().enumerate().map(|(rank, value)| format!(" WHEN '{value}' THEN {rank}"));
        format!("CASE \"{}\"{} END", self.column, ranks.collect::<String>())
    }

    fn has_descending(&self, manager: &SchemaManager<'_>) -> bool {
        self.nullable && manager.get_database_backend() == DatabaseBackend::Postgres
    }

    fn name(&self) -> String {
        format!("{}_{}_rank_idx", self.table, self.column)
    }

    fn descending_name(&self) -> String {
        format!("{}_{}_rank_desc_idx", self.table, self.column)
    }
}
