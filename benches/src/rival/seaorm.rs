//! One statement per level through SeaORM and its models, on both databases.
//!
//! SeaORM cannot read a page for each parent, so the outcomes are read by a statement in SQL. Their rows become models, too.

use dermagraph_entity::{condition, procedure, source, treatment_outcome};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Statement,
};

use super::{
    RivalError,
    levels::Levels,
    rows::{ConditionRow, OutcomeRow, ProcedureRow, SourceRow},
};

const OUTCOMES_SQLITE: &str = "SELECT o.* FROM json_each(?1) AS p CROSS JOIN treatment_outcome AS o ON o.id IN
        (SELECT id FROM treatment_outcome WHERE procedure_id = p.value ORDER BY position, id LIMIT ?2)
    ORDER BY p.key, o.position, o.id";

const OUTCOMES_POSTGRES: &str = "SELECT o.* FROM json_array_elements_text($1::json) AS p(id) CROSS JOIN LATERAL
        (SELECT * FROM treatment_outcome WHERE procedure_id = p.id::bigint ORDER BY position, id LIMIT $2) AS o";

/// The rival's pool.
#[derive(Clone)]
pub struct SeaOrm(pub DatabaseConnection);

impl SeaOrm {
    /// Reads the first outcomes of each procedure as models.
    pub async fn outcome_models(&self, procedures: &[i64], limit: i64) -> Result<Vec<treatment_outcome::Model>, RivalError> {
        let backend = self.0.get_database_backend();
        let sql = if backend == DbBackend::Postgres { OUTCOMES_POSTGRES } else { OUTCOMES_SQLITE };
        let values = [serde_json::to_string(procedures)?.into(), limit.into()];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        Ok(treatment_outcome::Entity::find().from_raw_sql(statement).all(&self.0).await?)
    }
}

impl Levels for SeaOrm {
    async fn procedures(&self, limit: i64) -> Result<Vec<ProcedureRow>, RivalError> {
        let query = procedure::Entity::find().order_by_asc(procedure::Column::Name).order_by_asc(procedure::Column::Id);
        let models = query.limit(limit.unsigned_abs()).all(&self.0).await?;
        Ok(models.into_iter().map(ProcedureRow::from).collect())
    }

    async fn procedure(&self, slug: &str) -> Result<Option<ProcedureRow>, RivalError> {
        let model = procedure::Entity::find().filter(procedure::Column::Slug.eq(slug)).one(&self.0).await?;
        Ok(model.map(ProcedureRow::from))
    }

    async fn outcomes(&self, procedures: &[i64], limit: i64) -> Result<Vec<OutcomeRow>, RivalError> {
        let models = self.outcome_models(procedures, limit).await?;
        Ok(models.into_iter().map(OutcomeRow::from).collect())
    }

    async fn conditions(&self, ids: &[i64]) -> Result<Vec<ConditionRow>, RivalError> {
        let query = condition::Entity::find().filter(condition::Column::Id.is_in(ids.iter().copied()));
        Ok(query.all(&self.0).await?.into_iter().map(ConditionRow::from).collect())
    }

    async fn sources(&self, ids: &[i64]) -> Result<Vec<SourceRow>, RivalError> {
        let query = source::Entity::find().filter(source::Column::Id.is_in(ids.iter().copied()));
        Ok(query.all(&self.0).await?.into_iter().map(SourceRow::from).collect())
    }
}
