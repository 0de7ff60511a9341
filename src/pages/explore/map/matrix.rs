//! Outcomes in rows of conditions and columns of procedures. Only rows and columns with an outcome exist.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::pages::{
    components::Named,
    explore::list::{CATEGORIES, KINDS},
};

/// An outcome, as the response has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    slug: String,
    procedure: Procedure,
    condition: Condition,
    grade: String,
    evidence_level: Option<i64>,
    citations: Count,
}

#[derive(Debug, Deserialize)]
struct Procedure {
    #[serde(flatten)]
    named: Named,
    category: String,
}

#[derive(Debug, Deserialize)]
struct Condition {
    #[serde(flatten)]
    named: Named,
    kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    total_count: i64,
}

/// The table.
#[derive(Debug)]
pub struct Matrix {
    /// The procedures, by category and name.
    pub columns: Vec<Column>,
    /// The conditions, by kind and name.
    pub rows: Vec<Row>,
}

/// A procedure.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub named: Named,
    /// Whether it is the first of its category.
    pub is_first: bool,
}

/// A condition.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub named: Named,
    /// Its kind.
    pub kind: String,
    /// The outcomes in each column; most cells have none.
    pub cells: Vec<Vec<Cell>>,
}

/// An outcome in a cell.
#[derive(Debug)]
pub struct Cell {
    /// Slug of the outcome.
    pub slug: String,
    /// Its grade.
    pub grade: String,
    /// Its evidence level; `None` if it has none.
    pub level: Option<i64>,
    /// Number of its sources.
    pub sources: i64,
}

impl Matrix {
    /// Puts outcomes into their cells, each in the order of the list.
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        // The keys are in the order of the table: position of the category or kind, then name, then slug.
        let mut columns = BTreeSet::new();
        let mut rows = BTreeMap::new();
        for Outcome { slug, procedure, condition, grade, evidence_level, citations } in outcomes {
            let column = key(CATEGORIES, &procedure.category, procedure.named);
            columns.insert(column.clone());
            let row: &mut (String, BTreeMap<_, Vec<Cell>>) = rows
                .entry(key(KINDS, &condition.kind, condition.named))
                .or_insert_with(|| (condition.kind, BTreeMap::new()));
            let cell = Cell { slug, grade, level: evidence_level, sources: citations.total_count };
            row.1.entry(column).or_default().push(cell);
        }
        let rows = rows.into_iter().map(|((_, name, slug), (kind, mut found))| {
            let cells = columns.iter().map(|column| found.remove(column).unwrap_or_default()).collect();
            Row { named: Named { slug, name }, kind, cells }
        });
        let rows = rows.collect();
        let mut last = None;
        let columns = columns.into_iter().map(|(category, name, slug)| Column {
            named: Named { slug, name },
            is_first: last.replace(category) != Some(category),
        });
        Self { columns: columns.collect(), rows }
    }
}

/// Returns the sort key of a procedure or condition. A category or kind that is not in `order` is last.
fn key(order: &[&str], value: &str, named: Named) -> (usize, String, String) {
    let position = order.iter().position(|one| *one == value).unwrap_or(order.len());
    (position, named.name, named.slug)
}
