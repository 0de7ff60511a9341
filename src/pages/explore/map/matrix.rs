//! Outcomes in rows of conditions and columns of procedures. An outcome is in the row of each condition that it is listed
//! under, with the evidence level for that condition. Rows and columns without an outcome exist only if the response has
//! them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::pages::{
    components::{Count, Named, Nodes, Page},
    explore::list::{CATEGORIES, KINDS},
    levels::Levels,
};

#[derive(Debug, Deserialize)]
struct Data {
    list: Nodes<Outcome>,
    /// The conditions that match the filters of conditions; `None` if the request does not have them.
    rows: Option<Page<Condition>>,
    /// The procedures that match the filters of procedures; `None` if the request does not have them.
    columns: Option<Page<Procedure>>,
}

/// An outcome, as the response has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    slug: String,
    procedure: Procedure,
    /// Its conditions that match the filters of conditions.
    conditions: Page<Condition>,
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

/// The table.
#[derive(Debug)]
pub struct Matrix {
    /// The procedures, by category and name.
    pub columns: Vec<Column>,
    /// The conditions, by kind and name.
    pub rows: Vec<Row>,
    /// Sentences about rows and cells that the table does not show, because the response has only the first ones.
    pub omissions: Vec<String>,
}

/// A procedure.
#[derive(Debug)]
pub struct Column {
    pub named: Named,
    /// Whether it is the first of its category.
    pub is_first: bool,
}

/// A condition.
#[derive(Debug)]
pub struct Row {
    pub named: Named,
    pub kind: String,
    /// The outcomes in each column; most cells have none.
    pub cells: Vec<Vec<Cell>>,
}

/// An outcome in a cell.
#[derive(Debug)]
pub struct Cell {
    pub slug: String,
    pub grade: String,
    /// Its evidence level for the condition of the row; `None` if it has none.
    pub level: Option<i64>,
    /// A remark if the claim is about another condition than the condition of the row.
    pub remark: Option<String>,
    /// Number of its sources.
    pub sources: i64,
}

impl Matrix {
    /// Reads the data of a response, and puts the outcomes into their cells. Each cell keeps the order of the list.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn read(data: Json) -> Result<Self, serde_json::Error> {
        serde_json::from_value(data).map(Self::new)
    }

    fn new(Data { list, rows: all_rows, columns: all_columns }: Data) -> Self {
        // The keys are in the order of the table: position of the category or kind, then name, then slug.
        let mut columns = BTreeSet::new();
        let mut rows = BTreeMap::new();
        let mut omissions: Vec<String> = Vec::new();
        let omission = |what: &str, shown: usize, total: usize| {
            let names = what.to_lowercase();
            let note = || format!("{what} without a statement: only the first {shown} of {total} {names} are checked.");
            (total > shown).then(note)
        };
        if let Some(Page { total_count, nodes }) = all_rows {
            omissions.extend(omission("Conditions", nodes.len(), total_count));
            for Condition { named, kind } in nodes {
                rows.insert(key(KINDS, &kind, named), (kind, BTreeMap::new()));
            }
        }
        if let Some(Page { total_count, nodes }) = all_columns {
            omissions.extend(omission("Procedures", nodes.len(), total_count));
            columns.extend(nodes.into_iter().map(|Procedure { named, category }| key(CATEGORIES, &category, named)));
        }
        for Outcome { slug, procedure, conditions, grade, evidence_levels, citations } in list.nodes {
            let (shown, total) = (conditions.nodes.len(), conditions.total_count);
            if total > shown {
                omissions.push(format!("Conditions of {slug}: the first {shown} of {total} are shown."));
            }
            let column = key(CATEGORIES, &procedure.category, procedure.named);
            columns.insert(column.clone());
            for Condition { named, kind } in conditions.nodes {
                let cell = Cell {
                    slug: slug.clone(),
                    grade: grade.clone(),
                    level: evidence_levels.of(&named.slug),
                    remark: evidence_levels.remark(&named.slug),
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
        Self { columns: columns.collect(), rows, omissions }
    }
}

/// Returns the sort key of a procedure or condition. A category or kind that is not in `order` is last.
fn key(order: &[&str], value: &str, named: Named) -> (usize, String, String) {
    let position = order.iter().position(|one| *one == value).unwrap_or(order.len());
    (position, named.name, named.slug)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(slug: &str) -> Json {
        json!({"slug": slug, "name": slug, "kind": "SCAR"})
    }

    fn procedure(slug: &str) -> Json {
        json!({"slug": slug, "name": slug, "category": "LASER"})
    }

    fn outcome(total: usize) -> Json {
        json!({
            "slug": "a--x", "procedure": procedure("a"), "grade": "HELPS", "evidenceLevels": [], "citations": {"totalCount": 1},
            "conditions": {"totalCount": total, "nodes": [condition("x"), condition("y")]},
        })
    }

    #[test]
    fn rows_and_columns_without_an_outcome_are_empty() {
        let data = json!({
            "list": {"nodes": [outcome(2)]},
            "rows": {"totalCount": 1, "nodes": [condition("w")]},
            "columns": {"totalCount": 2, "nodes": [procedure("a"), procedure("b")]},
        });
        let Matrix { columns, rows, omissions } = Matrix::read(data).unwrap();
        let columns: Vec<&str> = columns.iter().map(|one| one.named.slug.as_str()).collect();
        let rows: Vec<(&str, Vec<usize>)> =
            rows.iter().map(|row| (row.named.slug.as_str(), row.cells.iter().map(Vec::len).collect())).collect();
        assert_eq!((columns, omissions), (vec!["a", "b"], Vec::<String>::new()));
        assert_eq!(rows, [("w", vec![0, 0]), ("x", vec![1, 0]), ("y", vec![1, 0])]);
    }

    #[test]
    fn the_table_says_what_it_does_not_show() {
        let data = json!({
            "list": {"nodes": [outcome(120)]},
            "rows": {"totalCount": 43, "nodes": [condition("w")]},
            "columns": {"totalCount": 1, "nodes": [procedure("a")]},
        });
        let omissions = Matrix::read(data).unwrap().omissions;
        assert_eq!(
            omissions,
            [
                "Conditions without a statement: only the first 1 of 43 conditions are checked.",
                "Conditions of a--x: the first 2 of 120 are shown."
            ]
        );
    }
}
