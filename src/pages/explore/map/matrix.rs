//! Outcomes in rows of conditions and columns of procedures. An outcome is in the row of each condition that it is listed
//! under, with the evidence level for that condition. Only rows and columns with an outcome exist.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::pages::{
    components::{Named, Nodes},
    explore::list::{CATEGORIES, KINDS},
    levels::Levels,
};

/// An outcome, as the response has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    slug: String,
    procedure: Procedure,
    /// Those that match the filters of conditions.
    conditions: Nodes<Condition>,
    grade: String,
    evidence_levels: Levels,
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
    /// Its evidence level for the condition of the row; `None` if it has none.
    pub level: Option<i64>,
    /// What the claim is about, if it is about another condition than the one of the row.
    pub origin: Option<String>,
    /// Number of its sources.
    pub sources: i64,
}

impl Matrix {
    /// Puts outcomes into their cells, each in the order of the list.
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        // The keys are in the order of the table: position of the category or kind, then name, then slug.
        let mut columns = BTreeSet::new();
        let mut rows = BTreeMap::new();
        for Outcome { slug, procedure, conditions, grade, evidence_levels, citations } in outcomes {
            let column = key(CATEGORIES, &procedure.category, procedure.named);
            columns.insert(column.clone());
            for Condition { named, kind } in conditions.nodes {
                let cell = Cell {
                    slug: slug.clone(),
                    grade: grade.clone(),
                    level: evidence_levels.of(&named.slug),
                    origin: evidence_levels.origin(&named.slug),
                    sources: citations.total_count,
                };
                let row: &mut (String, BTreeMap<_, Vec<Cell>>) =
                    rows.entry(key(KINDS, &kind, named)).or_insert_with(|| (kind, BTreeMap::new()));
                row.1.entry(column.clone()).or_default().push(cell);
            }
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
