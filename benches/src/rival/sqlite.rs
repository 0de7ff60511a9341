//! One statement per level on SQLite, through rusqlite on the serving thread.

use std::rc::Rc;

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};

use super::{
    RivalError,
    levels::Levels,
    rows::{ConditionRow, OutcomeRow, PROCEDURE, ProcedureRow, SourceRow},
};

/// Opens a database for reading, with the same pragmas as Dermagraph. Each serving thread has a connection of its own.
///
/// # Errors
/// When the file cannot be opened.
pub fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 1073741824;
         PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The rival's connection.
pub struct Rusqlite(pub Rc<Connection>);

impl Rusqlite {
    fn rows<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, RivalError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, row)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

impl Levels for Rusqlite {
    async fn procedures(&self, limit: i64) -> Result<Vec<ProcedureRow>, RivalError> {
        self.rows(&format!("SELECT {PROCEDURE} FROM procedure ORDER BY name, id LIMIT ?1"), &[&limit], procedure)
    }

    async fn procedure(&self, slug: &str) -> Result<Option<ProcedureRow>, RivalError> {
        let mut statement = self.0.prepare_cached(&format!("SELECT {PROCEDURE} FROM procedure WHERE slug = ?1"))?;
        Ok(statement.query_row([slug], procedure).optional()?)
    }

    async fn outcomes(&self, procedures: &[i64], limit: i64) -> Result<Vec<OutcomeRow>, RivalError> {
        let sql =
            "SELECT o.id, o.procedure_id, o.position, o.condition_id, o.expected_effect, o.grade, o.certainty, o.evidence_level,
                o.response_variability, o.sources
            FROM json_each(?1) AS p CROSS JOIN treatment_outcome AS o ON o.id IN
                (SELECT id FROM treatment_outcome WHERE procedure_id = p.value ORDER BY position, id LIMIT ?2)
            ORDER BY p.key, o.position, o.id";
        self.rows(sql, &[&keys(procedures)?, &limit], |row| {
            let sources = serde_json::from_str(row.get_ref(9)?.as_str()?)
                .map_err(|failure| rusqlite::Error::UserFunctionError(failure.into()))?;
            Ok(OutcomeRow {
                id: row.get(0)?,
                procedure_id: row.get(1)?,
                position: row.get(2)?,
                condition_id: row.get(3)?,
                expected_effect: row.get(4)?,
                grade: row.get(5)?,
                certainty: row.get(6)?,
                evidence_level: row.get(7)?,
                response_variability: row.get(8)?,
                sources,
            })
        })
    }

    async fn conditions(&self, ids: &[i64]) -> Result<Vec<ConditionRow>, RivalError> {
        let sql = "SELECT id, name FROM condition WHERE id IN (SELECT value FROM json_each(?1))";
        self.rows(sql, &[&keys(ids)?], |row| Ok(ConditionRow { id: row.get(0)?, name: row.get(1)? }))
    }

    async fn sources(&self, ids: &[i64]) -> Result<Vec<SourceRow>, RivalError> {
        let sql = "SELECT id, title, year FROM source WHERE id IN (SELECT value FROM json_each(?1))";
        self.rows(sql, &[&keys(ids)?], |row| Ok(SourceRow { id: row.get(0)?, title: row.get(1)?, year: row.get(2)? }))
    }
}

fn procedure(row: &Row<'_>) -> rusqlite::Result<ProcedureRow> {
    Ok(ProcedureRow {
        id: row.get(0)?,
        slug: row.get(1)?,
        name: row.get(2)?,
        category: row.get(3)?,
        description: row.get(4)?,
    })
}

fn keys(ids: &[i64]) -> serde_json::Result<String> {
    serde_json::to_string(ids)
}
