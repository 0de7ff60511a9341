//! One handwritten statement per level: procedures, their outcomes, and the conditions and sources of the outcomes.
//!
//! The trait [`Levels`] has the statements, which differ between drivers. The same code builds the response from their rows.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{
    RivalError, cursor,
    rows::{ConditionRow, OutcomeRow, ProcedureRow, SourceRow},
};
use crate::question::{Question, Root};

/// The statements of the levels, of which a query needs four.
pub trait Levels {
    /// Reads the first procedures by name.
    async fn procedures(&self, limit: i64) -> Result<Vec<ProcedureRow>, RivalError>;

    /// Reads one procedure by slug.
    async fn procedure(&self, slug: &str) -> Result<Option<ProcedureRow>, RivalError>;

    /// Reads the first outcomes of each procedure by position; the outcomes of one procedure are adjacent.
    async fn outcomes(&self, procedures: &[i64], limit: i64) -> Result<Vec<OutcomeRow>, RivalError>;

    /// Reads conditions by id.
    async fn conditions(&self, ids: &[i64]) -> Result<Vec<ConditionRow>, RivalError>;

    /// Reads sources by id.
    async fn sources(&self, ids: &[i64]) -> Result<Vec<SourceRow>, RivalError>;
}

/// Returns the response to a query as JSON.
pub async fn execute(levels: &impl Levels, question: &Question) -> Result<Vec<u8>, RivalError> {
    let (size, mut procedures) = match &question.root {
        Root::List { procedures } => {
            let size = *procedures as usize;
            (size, levels.procedures(i64::from(*procedures) + 1).await?)
        }
        Root::Page { slug } => (1, levels.procedure(slug).await?.into_iter().collect()),
    };
    let more = procedures.len() > size;
    procedures.truncate(size);
    let ids: Vec<i64> = procedures.iter().map(|procedure| procedure.id).collect();
    let outcomes = levels.outcomes(&ids, i64::from(question.outcomes) + 1).await?;
    let sources = question.sources as usize;
    let ids: BTreeSet<i64> = outcomes.iter().map(|outcome| outcome.condition_id).collect();
    let conditions = levels.conditions(&Vec::from_iter(ids)).await?;
    let ids: BTreeSet<i64> = outcomes.iter().flat_map(|outcome| outcome.sources.iter().take(sources)).copied().collect();
    let found = levels.sources(&Vec::from_iter(ids)).await?;
    let read = Read {
        outcomes: outcomes.chunk_by(|a, b| a.procedure_id == b.procedure_id).map(|of| (of[0].procedure_id, of)).collect(),
        conditions: conditions.iter().map(|row| (row.id, row)).collect(),
        sources: found.iter().map(|row| (row.id, row)).collect(),
        size: question.outcomes as usize,
        cited: sources,
    };
    let nodes: Vec<_> = procedures.iter().map(|procedure| read.procedure(procedure)).collect();
    let data = match question.root {
        Root::List { .. } => {
            let end_cursor = procedures.last().map(|last| cursor::of_procedure(&last.name, last.id));
            Data::Procedures(Connection { nodes, page_info: PageInfo { has_next_page: more, end_cursor } })
        }
        Root::Page { .. } => Data::Procedure(nodes.into_iter().next()),
    };
    serde_json::to_vec(&Response { data }).map_err(RivalError::from)
}

/// The rows of the levels below the procedures, by id.
struct Read<'r> {
    outcomes: HashMap<i64, &'r [OutcomeRow]>,
    conditions: HashMap<i64, &'r ConditionRow>,
    sources: HashMap<i64, &'r SourceRow>,
    /// Maximum outcomes of a procedure.
    size: usize,
    /// Maximum sources of an outcome.
    cited: usize,
}

impl<'r> Read<'r> {
    fn procedure(&self, row: &'r ProcedureRow) -> Procedure<'r> {
        let all = self.outcomes.get(&row.id).copied().unwrap_or_default();
        let page = &all[..all.len().min(self.size)];
        let end_cursor = page.last().map(|last| cursor::of_outcome(last.position.into(), last.id));
        Procedure {
            id: format!("Procedure:{}", row.id),
            slug: &row.slug,
            name: &row.name,
            category: &row.category,
            description: &row.description,
            outcomes: Connection {
                nodes: page.iter().map(|row| self.outcome(row)).collect(),
                page_info: PageInfo { has_next_page: all.len() > self.size, end_cursor },
            },
        }
    }

    fn outcome(&self, row: &'r OutcomeRow) -> Outcome<'r> {
        let condition = self.conditions.get(&row.condition_id);
        let sources = row.sources.iter().take(self.cited).filter_map(|id| self.sources.get(id));
        Outcome {
            id: format!("TreatmentOutcome:{}", row.id),
            expected_effect: &row.expected_effect,
            grade: &row.grade,
            certainty: &row.certainty,
            evidence_level: row.evidence_level,
            response_variability: &row.response_variability,
            condition: condition.map(|row| Condition { id: format!("Condition:{}", row.id), name: &row.name }),
            sources: Nodes { nodes: sources.map(|row| Source { title: &row.title, year: row.year }).collect() },
        }
    }
}

#[derive(Serialize)]
struct Response<'r> {
    data: Data<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Data<'r> {
    Procedures(Connection<Procedure<'r>>),
    Procedure(Option<Procedure<'r>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
struct Procedure<'r> {
    id: String,
    slug: &'r str,
    name: &'r str,
    category: &'r str,
    description: &'r str,
    outcomes: Connection<Outcome<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    id: String,
    expected_effect: &'r str,
    grade: &'r str,
    certainty: &'r str,
    evidence_level: Option<i32>,
    response_variability: &'r str,
    condition: Option<Condition<'r>>,
    sources: Nodes<Source<'r>>,
}

#[derive(Serialize)]
struct Condition<'r> {
    id: String,
    name: &'r str,
}

#[derive(Serialize)]
struct Source<'r> {
    title: &'r str,
    year: Option<i32>,
}
