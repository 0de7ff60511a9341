//! Runs plans: level by level, one statement for all parents of a level.

use std::{collections::HashMap, future::Future, pin::Pin};

use futures_util::future::{join, join_all};
use serde_json::Value as Json;

use super::{
    cut::{Place, places},
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
    /// For each parent, the rows that are its; or the places, where there are some.
    pub groups: Groups,
    /// Of lists that were cut: what stands where, as many lists may have the same rows.
    pub places: Option<Vec<Place>>,
    /// For each parent, how many there are on all pages.
    pub counts: HashMap<i64, i64>,
    /// Parsed JSON by column, a value for each row.
    pub json: HashMap<usize, Vec<Json>>,
    /// The levels below.
    pub children: Vec<Below>,
}

impl Level {
    /// The row that stands at one of the places of [`Self::groups`].
    pub fn row(&self, place: usize) -> usize {
        self.places.as_ref().map_or(place, |places| places[place].row)
    }
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
            let (keys, cut) = match keys {
                Keys::Lists(entries) if fetch.is_cut() => {
                    let cut = fetch.cut(&entries);
                    (Keys::Of(distinct(cut.iter().map(|entry| entry.id).collect())), Some(cut))
                }
                keys => (keys, None),
            };
            level.rows = snapshot.rows(&fetch.rows_statement(dialect, &keys)).await?;
            level.groups = Groups::of(&level.rows, fetch);
            if let Some(cut) = cut {
                let (places, groups) = places(&cut, &level.groups);
                (level.places, level.groups) = (Some(places), groups);
            }
            for column in &fetch.json {
                level.json.insert(*column, parse(&level.rows, *column)?);
            }
        }
        // Levels beside each other are read at the same time, as far as there are connections to spare.
        let mut forks = Vec::new();
        while forks.len() + 1 < fetch.children.len()
            && let Some(fork) = snapshot.fork()
        {
            forks.push(fork);
        }
        let (own, others) = fetch.children.split_at(fetch.children.len() - forks.len());
        let on_own = async {
            let mut levels = Vec::with_capacity(fetch.children.len());
            for child in own {
                levels.push(below(snapshot, dialect, &level, child).await?);
            }
            Ok::<_, EngineError>(levels)
        };
        let on_forks = others.iter().zip(&mut forks).map(|(child, fork)| below(fork, dialect, &level, child));
        let (on_own, on_forks) = join(on_own, join_all(on_forks)).await;
        let mut levels = on_own?;
        for below in on_forks {
            levels.push(below?);
        }
        level.children = levels;
        for fork in &forks {
            snapshot.join(fork);
        }
        Ok(level)
    })
}

/// Reads a level below one that was read.
async fn below(snapshot: &mut Snapshot, dialect: Dialect, level: &Level, child: &Child) -> Result<Below, EngineError> {
    let (keys, bases) = child_keys(level, child);
    Ok(Below { level: run(snapshot, dialect, &child.fetch, keys).await?, bases })
}

/// Which rows are whose. Rows of one parent stand together.
#[derive(Default)]
pub struct Groups(Vec<(i64, usize, usize)>);

impl Groups {
    fn of(rows: &Rows, fetch: &Fetch) -> Self {
        let parent = fetch.parent_at();
        let mut groups = Self::default();
        for row in 0..rows.len() {
            groups.add(rows.int(row, parent).unwrap_or_default(), row);
        }
        // On SQLite they are.
        if !groups.0.is_sorted() {
            groups.0.sort_unstable();
        }
        groups
    }

    /// Adds a row of a parent, whose rows come one after the other.
    pub fn add(&mut self, parent: i64, row: usize) {
        match self.0.last_mut() {
            Some((last, _, end)) if *last == parent => *end = row + 1,
            _ => self.0.push((parent, row, row + 1)),
        }
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
            Some(text) => serde_json::from_str(text).map_err(|error| EngineError::Corrupt(error.to_string())),
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
