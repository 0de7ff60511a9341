//! The rows of the four levels, with the columns that the query selects.

use dermagraph_entity::{condition, procedure, source, treatment_outcome};

/// Columns of [`ProcedureRow`].
pub const PROCEDURE: &str = "id, slug, name, category, summary";

pub struct ProcedureRow {
    pub id: i64,
    pub slug: String,
    pub name: String,
    pub category: String,
    pub description: String,
}

pub struct OutcomeRow {
    pub id: i64,
    pub procedure_id: i64,
    pub position: i32,
    pub condition_id: i64,
    pub expected_effect: String,
    pub grade: String,
    pub certainty: String,
    pub evidence_level: Option<i32>,
    pub response_variability: String,
    /// Ids of its sources.
    pub sources: Vec<i64>,
}

pub struct ConditionRow {
    pub id: i64,
    pub name: String,
}

pub struct SourceRow {
    pub id: i64,
    pub title: String,
    pub year: Option<i32>,
}

impl From<procedure::Model> for ProcedureRow {
    fn from(model: procedure::Model) -> Self {
        let procedure::Model { id, slug, name, category, summary: description, .. } = model;
        Self { id, slug, name, category, description }
    }
}

impl From<treatment_outcome::Model> for OutcomeRow {
    fn from(model: treatment_outcome::Model) -> Self {
        let sources = model.sources.as_array().into_iter().flatten().filter_map(serde_json::Value::as_i64).collect();
        Self {
            id: model.id,
            procedure_id: model.procedure_id,
            position: model.position,
            condition_id: model.condition_id,
            expected_effect: model.expected_effect,
            grade: model.grade,
            certainty: model.certainty,
            evidence_level: model.evidence_level,
            response_variability: model.response_variability,
            sources,
        }
    }
}

impl From<condition::Model> for ConditionRow {
    fn from(condition::Model { id, name, .. }: condition::Model) -> Self {
        Self { id, name }
    }
}

impl From<source::Model> for SourceRow {
    fn from(source::Model { id, title, year, .. }: source::Model) -> Self {
        Self { id, title, year }
    }
}
