//! Reads plans level by level. One statement reads the rows of a level for all of its parents.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use futures_util::future::{join, join_all};
use serde_json::Value as Json;

use super::{
    highlights::{Highlight, highlights},
    id_lists::{PageEntry, page_entries},
    search::{self, Found, WordMatch},
    shared_facets::split_facets,
};
use crate::{
    engine::{
        plan::{By, Child, Fetch, KeySource},
        problem::EngineError,
        sql::template::{ListEntry, Parents},
    },
    store::{
        Snapshot,
        reading::statement::{Rows, Statement},
    },
};

/// The rows that were read for a [`Fetch`].
#[derive(Default)]
pub struct Level {
    pub rows: Rows,
    /// For each parent, a range of indexes into [`Self::entries`], or into [`Self::rows`] if that is `None`.
    pub ranges: RowRanges,
    /// The entries of lists of ids that were cut to their pages before reading. Several entries may have the same row.
    /// `None` for other levels.
    pub entries: Option<Vec<PageEntry>>,
    /// For each parent, the number of rows on all pages.
    pub counts: HashMap<i64, i64>,
    /// The entries that [`Fetch::probe`] reads.
    pub probe: Option<Box<Level>>,
    /// For each record, its best match of each word of the search.
    pub matches: HashMap<i64, Vec<MatchDetails>>,
    /// For each record, its texts with marked words.
    pub highlights: HashMap<i64, Vec<Highlight>>,
    /// The phrases of the search that have synonyms, each with the words that are searched as well.
    pub expansions: Vec<(String, String)>,
    /// The text of the search with similar words instead of misspelt words; `None` if no word is replaced.
    pub suggestion: Option<String>,
    /// Parsed JSON by column, a value for each row.
    pub json: HashMap<usize, Vec<Json>>,
    /// The levels that were read for [`Fetch::groups`], in the same order.
    pub grouped: Vec<Level>,
    /// The levels below.
    pub children: Vec<ChildLevel>,
}

impl Level {
    /// Returns the length of the texts that were read for this level and the levels below, in bytes.
    pub fn text_length(&self) -> usize {
        self.rows.text_length() + self.children.iter().map(|below| below.level.text_length()).sum::<usize>()
    }

    /// Returns the row at an index of [`Self::ranges`].
    pub fn row(&self, index: usize) -> usize {
        self.entries.as_ref().map_or(index, |entries| entries[index].row)
    }
}

/// What matches a word of a search.
pub struct MatchDetails {
    /// Name of the field as a value of `SearchField`.
    pub field: String,
    /// The word of the record.
    pub term: String,
    /// Index among the values of `SearchMatchKind`.
    pub how: usize,
}

/// A level below.
#[derive(Default)]
pub struct ChildLevel {
    pub level: Level,
    /// For lists inside JSON, the number of the first list of each row.
    pub first_lists: Vec<i64>,
}

/// Reads a level and all levels below it.
///
/// # Errors
/// If the database fails or takes too long, or stored content does not have its declared shape.
pub fn read<'a>(
    snapshot: &'a mut Snapshot,
    fetch: &'a Fetch,
    parents: Parents,
) -> Pin<Box<dyn Future<Output = Result<Level, EngineError>> + Send + 'a>> {
    read_found(snapshot, fetch, parents, None)
}

/// Reads a level and all levels below it. `found` has the records of its search, if they have been found already.
fn read_found<'a>(
    snapshot: &'a mut Snapshot,
    fetch: &'a Fetch,
    parents: Parents,
    found: Option<Arc<Found>>,
) -> Pin<Box<dyn Future<Output = Result<Level, EngineError>> + Send + 'a>> {
    Box::pin(async move {
        let mut level = Level::default();
        if parents.is_empty() {
            level.children.resize_with(fetch.children.len(), ChildLevel::default);
            return Ok(level);
        }
        let found = match (&fetch.search, found) {
            (Some(search), None) => Some(Arc::new(search::find(snapshot, search).await?)),
            (_, found) => found,
        };
        let records = found.as_ref().map(|found| Arc::clone(found.records())).unwrap_or_default();
        if let Some(count) = &fetch.statements.count {
            let count = Statement { reads_whole_list: true, ..count.bind(&parents, &records) };
            let counts = snapshot.rows(&count).await?;
            level.counts = (0..counts.len()).filter_map(|row| Some((counts.int(row, 0)?, counts.int(row, 1)?))).collect();
        }
        if fetch.count && fetch.is_whole_search_result() {
            // The root has the key 0.
            level.counts.insert(0, i64::try_from(records.len()).unwrap_or(i64::MAX));
        }
        if let Some(found) = &found {
            level.suggestion = if fetch.suggests { found.suggestion()? } else { None };
            level.expansions = if fetch.expands { found.expansions() } else { Vec::new() };
        }
        if let Some(probe) = &fetch.probe {
            level.probe = Some(Box::new(read_found(snapshot, probe, parents.clone(), found.clone()).await?));
        }
        read_groups(snapshot, fetch, &parents, found.as_ref(), &mut level).await?;
        if let Some(rows) = &fetch.statements.rows {
            let (parents, pages) = match parents {
                Parents::Lists(entries) if fetch.has_cut_lists() => {
                    let pages = fetch.cut_lists(&entries);
                    (Parents::Keys(distinct(pages.iter().map(|entry| entry.id).collect())), Some(pages))
                }
                parents => (parents, None),
            };
            let records = match (fetch.first_by_score(), &found) {
                (Some(count), Some(found)) => found.first(count),
                _ => records,
            };
            let (long, reads_whole_list) = (fetch.is_long(&parents), fetch.grouping.is_some());
            let rows = Statement { long, reads_whole_list, ..rows.bind(&parents, &records) };
            level.rows = snapshot.rows(&rows).await?;
            level.ranges = RowRanges::of(&level.rows, fetch);
            if let Some(pages) = pages {
                let (entries, ranges) = page_entries(&pages, &level.ranges);
                (level.entries, level.ranges) = (Some(entries), ranges);
            }
            if let Some(found) = found.filter(|_| fetch.matches || !fetch.texts.is_empty()) {
                let id = fetch.id_column()?;
                let ids = distinct((0..level.rows.len()).filter_map(|row| level.rows.int(row, id)).collect());
                let matches = found.matches(&ids)?;
                level.highlights = highlights(snapshot, fetch, &matches).await?;
                level.matches = best_matches(matches);
            }
            for column in &fetch.json {
                level.json.insert(*column, parse(&level.rows, *column)?);
            }
        }
        // Sibling levels are read concurrently, as far as idle database connections allow.
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
                levels.push(below(snapshot, &level, child).await?);
            }
            Ok::<_, EngineError>(levels)
        };
        let on_forks = others.iter().zip(&mut forks).map(|(child, fork)| below(fork, &level, child));
        let (on_own, on_forks) = join(on_own, join_all(on_forks)).await;
        for fork in &forks {
            snapshot.join(fork);
        }
        let mut levels = on_own?;
        for below in on_forks {
            levels.push(below?);
        }
        level.children = levels;
        Ok(level)
    })
}

/// Reads the groups of the lists of a level: those that share their rows with one statement, the others with one each.
async fn read_groups(
    snapshot: &mut Snapshot,
    fetch: &Fetch,
    parents: &Parents,
    found: Option<&Arc<Found>>,
    level: &mut Level,
) -> Result<(), EngineError> {
    let records = found.map(|found| Arc::clone(found.records())).unwrap_or_default();
    let mut shared = Vec::new();
    if let Some(template) = &fetch.statements.shared_facets {
        let sharing: Vec<&Fetch> = fetch.groups.iter().filter(|groups| groups.ignores_if_shared.is_some()).collect();
        let long = sharing.iter().any(|groups| groups.is_long(parents));
        let facets = Statement { long, reads_whole_list: true, ..template.bind(parents, &records) };
        let rows = snapshot.rows(&facets).await?;
        let (split, counts) = split_facets(&rows, &sharing);
        level.counts.extend(counts);
        shared = split;
    }
    let mut shared = shared.into_iter();
    for groups in &fetch.groups {
        let of_shared = if groups.ignores_if_shared.is_some() { shared.next() } else { None };
        level.grouped.push(match of_shared {
            Some(rows) => Level { ranges: RowRanges::of(&rows, groups), rows, ..Level::default() },
            None => read_found(snapshot, groups, parents.clone(), found.cloned()).await?,
        });
    }
    Ok(())
}

/// Returns the best match of each word of each record.
fn best_matches(matches: Vec<WordMatch>) -> HashMap<i64, Vec<MatchDetails>> {
    let (mut best, mut last): (HashMap<i64, Vec<MatchDetails>>, _) = (HashMap::new(), None);
    for WordMatch { record, word, details, .. } in matches {
        if last.replace((record, word)) != Some((record, word)) {
            best.entry(record).or_default().push(details);
        }
    }
    best
}

async fn below(snapshot: &mut Snapshot, level: &Level, child: &Child) -> Result<ChildLevel, EngineError> {
    let (parents, first_lists) = parents_of(level, child);
    Ok(ChildLevel { level: read(snapshot, &child.fetch, parents).await?, first_lists })
}

/// For each parent, the range of its rows: key, start, end. The rows of one parent are adjacent.
#[derive(Default)]
pub struct RowRanges(Vec<(i64, usize, usize)>);

impl RowRanges {
    fn of(rows: &Rows, fetch: &Fetch) -> Self {
        let parent = fetch.parent_at();
        let mut ranges = Self::default();
        for row in 0..rows.len() {
            ranges.add(rows.int(row, parent).unwrap_or_default(), row);
        }
        // SQLite returns the parents in ascending order, so its rows need no sort.
        if !ranges.0.is_sorted() {
            ranges.0.sort_unstable();
        }
        ranges
    }

    /// Adds a row of a parent. The rows of one parent must be added one after the other.
    pub fn add(&mut self, parent: i64, row: usize) {
        match self.0.last_mut() {
            Some((last, _, end)) if *last == parent => *end = row + 1,
            _ => self.0.push((parent, row, row + 1)),
        }
    }

    /// Returns the range of a parent: start, and end (exclusive); `None` if it has no rows.
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

/// Returns the parents that a level below is read for. For lists inside JSON, it also returns the number of the first list
/// of each row.
fn parents_of(level: &Level, child: &Child) -> (Parents, Vec<i64>) {
    match &child.source {
        KeySource::Column(column) => {
            let keys = (0..level.rows.len()).filter_map(|row| level.rows.int(row, *column)).collect();
            (Parents::Keys(distinct(keys)), Vec::new())
        }
        KeySource::Json(column, members) => {
            let values = level.json.get(column).map(Vec::as_slice).unwrap_or_default();
            if let By::Lists = child.fetch.by {
                let (mut entries, mut first_lists, mut list) = (Vec::new(), Vec::new(), 0);
                for value in values {
                    first_lists.push(list);
                    walk(value, members, &mut |found| {
                        let ids = found.as_array().map(Vec::as_slice).unwrap_or_default();
                        let ids = (1..).zip(ids.iter().filter_map(Json::as_i64));
                        entries.extend(ids.map(|(position, id)| ListEntry { list, position, id }));
                        list += 1;
                    });
                }
                return (Parents::Lists(entries), first_lists);
            }
            let mut keys = Vec::new();
            for value in values {
                walk(value, members, &mut |found| keys.extend(found.as_i64()));
            }
            (Parents::Keys(distinct(keys)), Vec::new())
        }
    }
}

/// Calls `found` for each value at a path of members, in the order of the document. An array on the path is searched entry
/// by entry.
fn walk(value: &Json, members: &[&'static str], found: &mut impl FnMut(&Json)) {
    match (members, value) {
        ([], value) => found(value),
        (members, Json::Array(items)) => items.iter().for_each(|item| walk(item, members, found)),
        ([member, rest @ ..], Json::Object(fields)) => walk(fields.get(*member).unwrap_or(&Json::Null), rest, found),
        _ => {}
    }
}

/// Returns the numbers in ascending order, each once.
pub(super) fn distinct(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
