//! Filling empty tables: without their indexes and foreign keys, which are made again at the end, all in the transaction of
//! the caller.
//!
//! An index that is made of rows that are there is sorted once. One that is kept up row by row is searched and written in many
//! places for each, and with a million rows that is most of the time.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

/// Memory for pages while SQLite fills tables, in KiB: 256 MiB, so that few are written twice.
const CACHE: i32 = 262_144;

/// What SQLite has otherwise: <https://www.sqlite.org/pragma.html#pragma_cache_size>.
const USUAL_CACHE: i32 = 2_000;

/// What tables have lost: one statement for each, which makes it again.
#[must_use = "the tables are without their indexes until they are made again"]
pub struct Dropped(Vec<String>);

/// Something of a table, with the statements that drop it and make it again.
#[derive(FromQueryResult)]
struct Part {
    table: String,
    drop: String,
    make: String,
}

/// Drops the indexes and foreign keys of tables, but for those that keys and unique columns have.
///
/// # Errors
/// When the database refuses.
pub async fn drop_indexes(db: &impl ConnectionTrait, tables: &BTreeSet<&str>) -> Result<Dropped, DbErr> {
    let listings: &[&str] = match db.get_database_backend() {
        DbBackend::Sqlite => {
            db.execute_unprepared(&format!("PRAGMA cache_size = -{CACHE}")).await?;
            &[SQLITE_INDEXES]
        }
        _ => &[POSTGRES_FOREIGN_KEYS, POSTGRES_INDEXES],
    };
    let mut dropped = Vec::new();
    for listing in listings {
        let parts = Part::find_by_statement(Statement::from_string(db.get_database_backend(), *listing)).all(db).await?;
        for Part { drop, make, .. } in parts.into_iter().filter(|part| tables.contains(part.table.as_str())) {
            db.execute_unprepared(&drop).await?;
            dropped.push(make);
        }
    }
    Ok(Dropped(dropped))
}

impl Dropped {
    /// Makes it all again.
    ///
    /// # Errors
    /// When the database refuses, also because a row refers to nothing.
    pub async fn make_again(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        // Foreign keys were dropped first and come last: they are checked by the indexes.
        for make in self.0.iter().rev() {
            db.execute_unprepared(make).await?;
        }
        if db.get_database_backend() == DbBackend::Sqlite {
            db.execute_unprepared(&format!("PRAGMA cache_size = -{USUAL_CACHE}")).await?;
        }
        Ok(())
    }
}

/// The indexes of SQLite that somebody made: their table, and the statements that `drop` and `make` each. Foreign keys stay: SQLite
/// cannot drop them, and checks each by the key of the row that it refers to.
pub(super) const SQLITE_INDEXES: &str = r#"
SELECT tbl_name AS "table", printf('DROP INDEX "%w"', name) AS "drop", sql AS "make"
FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"#;

/// The same for the foreign keys of PostgreSQL.
pub(super) const POSTGRES_FOREIGN_KEYS: &str = r#"
SELECT c.relname::text AS "table",
    format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, k.conname) AS "drop",
    format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS "make"
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND n.nspname = current_schema() ORDER BY k.conname"#;

/// The same for the indexes of PostgreSQL that are no constraints.
pub(super) const POSTGRES_INDEXES: &str = r#"
SELECT c.relname::text AS "table", format('DROP INDEX %I', i.relname) AS "drop", pg_get_indexdef(i.oid) AS "make"
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid)
ORDER BY i.relname"#;
