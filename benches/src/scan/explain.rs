//! Query plans of statements.

use std::{collections::BTreeSet, path::Path};

use dermagraph::store::{
    DatabaseUrl,
    reading::facet_counts::{self, CountsMemory},
};
use rusqlite::{Connection, functions::FunctionFlags};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::Found;
use crate::Failure;

/// Maximum rows of a table that a statement may read as a whole.
const MANY: f32 = 5_000.0;

/// Most parameters of a statement: <https://www.postgresql.org/docs/current/limits.html>.
const MAX_PARAMETERS: u32 = 65_535;

/// Explains statements.
pub async fn explain(database: &DatabaseUrl, statements: &BTreeSet<String>) -> Result<Vec<Found>, Failure> {
    match database {
        DatabaseUrl::Sqlite(path) => on_sqlite(path, statements).map_err(|failure| failure.to_string()),
        DatabaseUrl::Postgres(url) => on_postgres(url, statements).await.map_err(|failure| failure.to_string()),
    }
}

/// Explains statements on SQLite. `EXPLAIN QUERY PLAN` returns `SCAN t` if a whole table is read, and `SCAN t USING
/// INDEX ..` if the rows are read in the order of an index (<https://www.sqlite.org/eqp.html>).
fn on_sqlite(path: &Path, statements: &BTreeSet<String>) -> rusqlite::Result<Vec<Found>> {
    let connection = Connection::open(path)?;
    connection.create_scalar_function("fold", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
        context.get::<Option<String>>(0)
    })?;
    facet_counts::register(&connection, CountsMemory::default())?;
    let large = |name: &str| -> rusqlite::Result<bool> {
        let is_table = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1)";
        let is_table: bool = connection.query_row(is_table, [name], |row| row.get(0))?;
        let rows = || connection.query_row(&format!("SELECT COUNT(*) FROM \"{name}\""), (), |row| row.get::<_, f32>(0));
        Ok(!is_table || rows()? > MANY)
    };
    let explained = statements.iter().map(|sql| {
        let mut scans = Vec::new();
        for step in texts(&connection, &format!("EXPLAIN QUERY PLAN {sql}"), 3)? {
            let words: Vec<&str> = step.split(' ').collect();
            let whole = match words[..] {
                // A subquery in brackets has steps of its own.
                ["SCAN", name] => !name.starts_with('(') && !sql.contains(&format!(") AS {name}")) && large(name)?,
                _ => step.contains("AUTOMATIC"),
            };
            scans.extend(whole.then_some(step));
        }
        Ok(Found { sql: sql.clone(), scans })
    });
    explained.collect()
}

fn texts(connection: &Connection, sql: &str, column: usize) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.raw_query().mapped(|row| row.get(column)).collect()
}

/// Explains statements on PostgreSQL, as generic plans, which do not depend on the parameters.
async fn on_postgres(url: &str, statements: &BTreeSet<String>) -> sqlx::Result<Vec<Found>> {
    let mut connection = PgConnection::connect(url).await?;
    let large = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples > $1";
    let large: Vec<String> = sqlx::query_scalar(large).bind(MANY).fetch_all(&mut connection).await?;
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut connection).await?;
    let mut found = Vec::new();
    for sql in statements {
        let parameters = (1..=MAX_PARAMETERS).take_while(|number| sql.contains(&format!("${number}"))).count();
        let values = vec!["NULL"; parameters].join(", ");
        let call = if parameters == 0 { String::new() } else { format!("({values})") };
        let text = format!("PREPARE explained AS {sql}");
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
        let rows =
            sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN EXECUTE explained{call}"))).fetch_all(&mut connection).await?;
        sqlx::raw_sql("DEALLOCATE explained").execute(&mut connection).await?;
        let steps: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
        let is_scan = |step: &String| {
            let table = step.split_once("Seq Scan on ").and_then(|(_, rest)| rest.split(' ').next());
            table.is_some_and(|table| large.iter().any(|name| name == table.trim_matches('"')))
        };
        found.push(Found { sql: sql.clone(), scans: steps.into_iter().filter(is_scan).collect() });
    }
    connection.close().await?;
    Ok(found)
}
