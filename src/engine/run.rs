//! Runs plans: level by level, one statement for all parents of a level.

use std::{collections::HashMap, future::Future, pin::Pin};

use serde_json::Value as Json;

use super::{
    plan::{By, Child, Fetch, KeySource},
    problem::EngineError,
    statement::{Entry, Keys},
};
use crate::store::{
    Snapshot,
    statement::{Dialect, Rows},
};

/// What was read for a [`Fetch`].
#[derive(Default)]
pub struct Level {
    /// The rows.
    pub rows: Rows,
    /// For each parent, the rows that are its.
    pub groups: Groups,
    /// For each parent, how many there are on all pages.
    pub counts: HashMap<i64, i64>,
    /// Parsed JSON by column, a value for each row.
    pub json: HashMap<usize, Vec<Json>>,
    /// The levels below.
    pub children: Vec<Below>,
}

/// A level below.
#[derive(Default)]
pub struct Below {
    /// The level.
    pub level: Level,
    /// For lists inside JSON: the number of the first list of each row.
    pub bases: Vec<i64>,
}

/// Reads a fetch and everything below it.
///
/// # Errors
/// When the database fails or holds what was never written to it.
pub fn run<'a>(
    snapshot: &'a mut Snapshot,
    dialect: Dialect,
    fetch: &'a Fetch,
    keys: Keys,
) -> Pin<Box<dyn Future<Output = Result<Level, EngineError>> + Send + 'a>> {
    Box::pin(async move {
        let mut level = Level::default();
        if keys.is_empty() {
            level.children.resize_with(fetch.children.len(), Below::default);
            return Ok(level);
        }
        if fetch.count {
            let counts = snapshot.rows(&fetch.count_statement(dialect, &keys)).await?;
            level.counts = (0..counts.len()).filter_map(|row| Some((counts.int(row, 0)?, counts.int(row, 1)?))).collect();
        }
        if fetch.rows {
            let keys = fetch.cut(keys);
            level.rows = snapshot.rows(&fetch.rows_statement(dialect, &keys)).await?;
            level.groups = Groups::of(&level.rows, fetch);
            for column in &fetch.json {
                level.json.insert(*column, parse(&level.rows, *column)?);
            }
        }
        for child in &fetch.children {
            let (keys, bases) = child_keys(&level, child);
            let below = run(snapshot, dialect, &child.fetch, keys).await?;
            level.children.push(Below { level: below, bases });
        }
        Ok(level)
    })
}

/// Which rows are whose. Rows of one parent stand together.
#[derive(Default)]
pub struct Groups(Vec<(i64, usize, usize)>);

impl Groups {
    fn of(rows: &Rows, fetch: &Fetch) -> Self {
        let parent = fetch.parent_at();
        let mut groups: Vec<(i64, usize, usize)> = Vec::new();
        for row in 0..rows.len() {
            let key = rows.int(row, parent).unwrap_or_default();
            match groups.last_mut() {
                Some((last, _, end)) if *last == key => *end = row + 1,
                _ => groups.push((key, row, row + 1)),
            }
        }
        // As they come on SQLite.
        if !groups.is_sorted() {
            groups.sort_unstable();
        }
        Self(groups)
    }

    /// The rows of a parent: from, up to; `None` when it has none.
    pub fn get(&self, parent: i64) -> Option<(usize, usize)> {
        let at = self.0.binary_search_by_key(&parent, |(key, ..)| *key).ok()?;
        Some((self.0[at].1, self.0[at].2))
    }
}

fn parse(rows: &Rows, column: usize) -> Result<Vec<Json>, EngineError> {
    (0..rows.len())
        .map(|row| match rows.text(row, column) {
            None => Ok(Json::Null),
            Some(text) => serde_json::from_str(text).map_err(|error| EngineError::Broken(error.to_string())),
        })
        .collect()
}

/// The keys of a level below, and for lists inside JSON the number of the first list of each row.
fn child_keys(level: &Level, child: &Child) -> (Keys, Vec<i64>) {
    match &child.source {
        KeySource::Column(column) => {
            let keys = (0..level.rows.len()).filter_map(|row| level.rows.int(row, *column)).collect();
            (Keys::Of(distinct(keys)), Vec::new())
        }
        KeySource::Json(column, members) => {
            let values = level.json.get(column).map(Vec::as_slice).unwrap_or_default();
            if let By::Lists = child.fetch.by {
                let (mut entries, mut bases, mut list) = (Vec::new(), Vec::new(), 0);
                for value in values {
                    bases.push(list);
                    walk(value, members, &mut |found| {
                        let ids = found.as_array().map(Vec::as_slice).unwrap_or_default();
                        let ids = (1..).zip(ids.iter().filter_map(Json::as_i64));
                        entries.extend(ids.map(|(position, id)| Entry { list, position, id }));
                        list += 1;
                    });
                }
                return (Keys::Lists(entries), bases);
            }
            let mut keys = Vec::new();
            for value in values {
                walk(value, members, &mut |found| keys.extend(found.as_i64()));
            }
            (Keys::Of(distinct(keys)), Vec::new())
        }
    }
}

/// Calls `found` for each value at the members, through every array on the way, in the order in which they are written.
fn walk(value: &Json, members: &[&'static str], found: &mut impl FnMut(&Json)) {
    match (members, value) {
        ([], value) => found(value),
        (members, Json::Array(items)) => items.iter().for_each(|item| walk(item, members, found)),
        ([member, rest @ ..], Json::Object(fields)) => walk(fields.get(*member).unwrap_or(&Json::Null), rest, found),
        _ => {}
    }
}

fn distinct(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
