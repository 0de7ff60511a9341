//! One statement per level on PostgreSQL, through SQLx.

use sqlx::{AssertSqlSafe, PgPool, types::Json};

use super::{
    RivalError,
    levels::Levels,
    rows::{ConditionRow, OutcomeRow, PROCEDURE, ProcedureRow, SourceRow},
};

/// The rival's pool.
#[derive(Clone)]
pub struct Sqlx(pub PgPool);

type ProcedureTuple = (i64, String, String, String, String);
type OutcomeTuple = (i64, i64, i32, i64, String, String, String, Option<i32>, String, Json<Vec<i64>>);

impl Levels for Sqlx {
    async fn procedures(&self, limit: i64) -> Result<Vec<ProcedureRow>, RivalError> {
        let sql = format!("SELECT {PROCEDURE} FROM procedure ORDER BY name, id LIMIT $1");
        let rows = sqlx::query_as::<_, ProcedureTuple>(AssertSqlSafe(sql)).bind(limit).fetch_all(&self.0).await?;
        Ok(rows.into_iter().map(procedure).collect())
    }

    async fn procedure(&self, slug: &str) -> Result<Option<ProcedureRow>, RivalError> {
        let sql = format!("SELECT {PROCEDURE} FROM procedure WHERE slug = $1");
        let row = sqlx::query_as::<_, ProcedureTuple>(AssertSqlSafe(sql)).bind(slug).fetch_optional(&self.0).await?;
        Ok(row.map(procedure))
    }

    async fn outcomes(&self, procedures: &[i64], limit: i64) -> Result<Vec<OutcomeRow>, RivalError> {
        let sql =
            "SELECT o.id, o.procedure_id, o.position, o.condition_id, o.expected_effect, o.grade, o.certainty, o.evidence_level,
                o.response_variability, o.sources
            FROM unnest($1) AS p(id) CROSS JOIN LATERAL
                (SELECT * FROM treatment_outcome WHERE procedure_id = p.id ORDER BY position, id LIMIT $2) AS o";
        let rows = sqlx::query_as::<_, OutcomeTuple>(sql).bind(procedures).bind(limit).fetch_all(&self.0).await?;
        let rows = rows.into_iter().map(|row| OutcomeRow {
            id: row.0,
            procedure_id: row.1,
            position: row.2,
            condition_id: row.3,
            expected_effect: row.4,
            grade: row.5,
            certainty: row.6,
            evidence_level: row.7,
            response_variability: row.8,
            sources: row.9.0,
        });
        Ok(rows.collect())
    }

    async fn conditions(&self, ids: &[i64]) -> Result<Vec<ConditionRow>, RivalError> {
        let sql = "SELECT id, name FROM condition WHERE id = ANY($1)";
        let rows = sqlx::query_as::<_, (i64, String)>(sql).bind(ids).fetch_all(&self.0).await?;
        Ok(rows.into_iter().map(|(id, name)| ConditionRow { id, name }).collect())
    }

    async fn sources(&self, ids: &[i64]) -> Result<Vec<SourceRow>, RivalError> {
        let sql = "SELECT id, title, year FROM source WHERE id = ANY($1)";
        let rows = sqlx::query_as::<_, (i64, String, Option<i32>)>(sql).bind(ids).fetch_all(&self.0).await?;
        Ok(rows.into_iter().map(|(id, title, year)| SourceRow { id, title, year }).collect())
    }
}

fn procedure((id, slug, name, category, description): ProcedureTuple) -> ProcedureRow {
    ProcedureRow { id, slug, name, category, description }
}
