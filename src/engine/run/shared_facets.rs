//! Splits the rows of a statement that reads several facets.

use std::collections::HashMap;

use crate::{
    engine::plan::Fetch,
    store::reading::statement::{Cell, Read, Rows},
};

/// Returns the rows of each facet, as if a statement of its own had read them. Also returns the number of rows of each
/// parent, if the statement counts the rows. The columns of the statement are the number of the facet, the key of the
/// parent, and the values, which may be texts. In a row with the number of rows of a parent, the
/// number of the facet is one more than that of the last facet, and the first value is the number of rows.
pub fn split_facets(rows: &Rows, lists: &[&Fetch]) -> (Vec<Rows>, HashMap<i64, i64>) {
    let mut split: Vec<Rows> = lists.iter().map(|list| Rows::new(list.columns.len() + 1)).collect();
    let mut counts = HashMap::new();
    for row in 0..rows.len() {
        let number = rows.int(row, 0).and_then(|number| usize::try_from(number).ok());
        if number == Some(lists.len()) {
            counts.extend(rows.int(row, 1).zip(integer(rows, rows.cell(row, 2))));
        }
        let Some((list, found)) = number.and_then(|number| Some((lists.get(number)?, split.get_mut(number)?))) else {
            continue;
        };
        for (at, (_, read)) in list.columns.iter().enumerate() {
            match (read, rows.cell(row, at + 2)) {
                (Read::Text, Cell::Text(start, end)) => found.push_text(rows.slice(start, end)),
                (Read::Boolean, Cell::Text(start, end)) => found.push(Cell::Boolean(rows.slice(start, end) == "true")),
                (Read::Boolean, Cell::Int(value)) => found.push(Cell::Boolean(value != 0)),
                (_, cell @ Cell::Text(..)) => found.push(integer(rows, cell).map_or(Cell::Null, Cell::Int)),
                (_, cell) => found.push(cell),
            }
        }
        found.push(rows.cell(row, 1));
    }
    (split, counts)
}

/// Returns the integer in a cell, which may be a text.
fn integer(rows: &Rows, cell: Cell) -> Option<i64> {
    match cell {
        Cell::Int(value) => Some(value),
        Cell::Text(start, end) => rows.slice(start, end).parse().ok(),
        _ => None,
    }
}
