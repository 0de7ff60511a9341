//! Runs plans: level by level, one statement for all parents of a level.

use std::{collections::HashMap, future::Future, pin::Pin};

use futures_util::future::join_all;
use serde_json::Value as Json;

use super::{
    cut::{Place, places},
    plan::{By, Child, Fetch, KeySource},
    problem::EngineError,
    statement::{Entry, Keys},
};
use crate::store::{
    Snapshot,
    statement::{Dialect, Rows, Statement},
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
            let statement = Statement { room: fetch.room.get(), ..fetch.rows_statement(dialect, &keys) };
            level.rows = snapshot.rows(&statement).await?;
            fetch.room.set(level.rows.room());
            level.groups = Groups::of(&level.rows, fetch);
            if let Some(cut) = cut {
                let (places, groups) = places(&cut, &level.groups);
                (level.places, level.groups) = (Some(places), groups);
            }
            for column in &fetch.json {
                level.json.insert(*column, parse(&level.rows, *column)?);
            }
        }
        let mut wanted: Vec<_> = fetch.children.iter().map(|child| Some((child, child_keys(&level, child)))).collect();
        // Levels beside each other are read at the same time, as far as there are connections to spare.
        let mut forks = Vec::new();
        for (place, wanted) in wanted.iter_mut().enumerate().skip(1) {
            let Some(fork) = snapshot.fork() else { break };
            if let Some((child, (keys, bases))) = wanted.take() {
                forks.push(on_fork(fork, dialect, place, child, keys, bases));
            }
        }
        let own = async {
            let mut own = Vec::new();
            for (place, (child, (keys, bases))) in wanted.into_iter().enumerate().filter_map(|(at, one)| Some((at, one?))) {
                let level = run(snapshot, dialect, &child.fetch, keys).await?;
                own.push((place, Below { level, bases }));
            }
            Ok::<_, EngineError>(own)
        };
        let (own, forked) = futures_util::future::join(own, join_all(forks)).await;
        let mut below = own?;
        for forked in forked {
            let (fork, place, level) = forked?;
            snapshot.join(&fork);
            below.push((place, level));
        }
        below.sort_by_key(|(place, _)| *place);
        level.children = below.into_iter().map(|(_, below)| below).collect();
        Ok(level)
    })
}

async fn on_fork(
    mut fork: Snapshot,
    dialect: Dialect,
    place: usize,
    child: &Child,
    keys: Keys,
    bases: Vec<i64>,
) -> Result<(Snapshot, usize, Below), EngineError> {
    let level = run(&mut fork, dialect, &child.fetch, keys).await?;
    Ok((fork, place, Below { level, bases }))
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
