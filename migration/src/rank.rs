//! Indexes of columns that hold a value of an enumeration, in the order in which its values are declared.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::table::order_tail;

/// A column that holds a value of an enumeration, to sort by.
#[derive(Clone, Copy)]
pub struct Ranked {
    /// Its table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The column that orders the lists of the table.
    pub order: &'static str,
    /// It may be null.
    pub nullable: bool,
    /// The values of the enumeration, in the order in which they are declared.
    pub values: &'static [&'static str],
}

impl Ranked {
    /// Makes the indexes from which a list is read in the order of the values, up and down.
    ///
    /// # Errors
    /// When the database refuses.
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

    /// The place of the value among those declared, from 0: the expression that orders are written with.
    fn rank(&self) -> String {
        let places = self.values.iter().enumerate().map(|(place, value)| format!(" WHEN '{value}' THEN {place}"));
        format!("CASE \"{}\"{} END", self.column, places.collect::<String>())
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
