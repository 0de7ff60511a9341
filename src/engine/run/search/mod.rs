//! Finding records by words: the blocks of the index are read, the postings in them are compared with the search, and the
//! records are scored. The database only returns blocks, so both databases find the same records with the same scores.
//!
//! One statement reads the blocks of all terms of the search. A second one follows if a word matches nothing and may have
//! similar words, if a phrase has a synonym, or if the text ends with the beginning of a synonym. A third one follows if a
//! misspelt phrase has a synonym.

mod blocks;
mod matching;
mod meanings;
mod scores;

use std::sync::Arc;

use strsim::osa_distance;

use super::level::MatchDetails;
use crate::{
    engine::{
        plan::search::{Ranges, Search, SearchedType, Terms},
        problem::EngineError,
        search::{self, Likeness, Similar, block::Damaged, term_position},
    },
    store::{ReadReservation, Snapshot},
};
use blocks::{Blocks, NeededTerms};
use matching::TermMatcher;
use meanings::Meaning;

/// Bytes of a found record in memory: its number, also in the list of the records with the best scores, and the value of 32
/// bytes that is bound to a statement on SQLite.
const RECORD_BYTES: usize = 2 * size_of::<i64>() + 32;

/// Returns the percentage of the points of a term that count for a similar word.
fn similar_percent(likeness: Likeness) -> u8 {
    match likeness {
        Likeness::OneError => 30,
        Likeness::MoreErrors => 20,
        Likeness::Beginning | Likeness::Sound => 15,
    }
}

/// What a search has found.
pub struct Found {
    search: Arc<Search>,
    blocks: Blocks,
    meanings: Vec<Meaning>,
    /// For each type of the search, the indexes in [`Search::similar_words`] of the words that neither the type nor a
    /// synonym has. Words similar to them count in the type.
    similar_words: Vec<Vec<usize>>,
    /// The indexes in [`Search::similar_words`] of the misspelt words: no searched type and no synonym has them. Words
    /// similar to them also count in synonyms, and are suggested.
    misspelt: Vec<usize>,
    /// The records, each as a number: the id, and the score in the lower bits. In the order of ids.
    records: Arc<[i64]>,
    /// For the records.
    memory: ReadReservation,
}

/// A match of a word of a search in a record.
pub struct WordMatch {
    pub record: i64,
    /// Number of the stem of the word.
    pub word: usize,
    points: i32,
    /// What matches.
    pub details: MatchDetails,
}

/// Finds the records of a search.
///
/// # Errors
/// If the database fails or takes too long, the index is damaged, or there is not enough memory.
pub async fn find(snapshot: &mut Snapshot, search: &Arc<Search>) -> Result<Found, EngineError> {
    let mut found = Found {
        search: Arc::clone(search),
        blocks: Blocks::new(snapshot.reservation()),
        meanings: Vec::new(),
        similar_words: vec![Vec::new(); search.types.len()],
        misspelt: Vec::new(),
        records: Arc::default(),
        memory: snapshot.reservation(),
    };
    if search.wanted.is_empty() {
        return Ok(found);
    }
    found.blocks.read(snapshot, &first_ranges(search), None).await?;
    found.find_misspelt()?;
    found.meanings = found.exact_meanings()?;
    found.meanings.extend(found.begun_meanings()?);
    let mut more = found.similar_ranges();
    for meaning in &found.meanings {
        meaning.add(search, &mut more);
    }
    let needed = NeededTerms { search, meanings: &found.meanings, similar_words: &found.similar_words };
    found.blocks.read(snapshot, &more, Some(&needed)).await?;
    let similar = found.similar_meanings()?;
    let mut more = Ranges::default();
    for meaning in &similar {
        meaning.add(search, &mut more);
    }
    found.blocks.read(snapshot, &more, None).await?;
    found.meanings.extend(similar);
    found.meanings.sort_unstable();
    found.meanings.dedup();
    found.records = found.scored()?.into();
    Ok(found)
}

/// Returns the terms that the first statement reads: those of the words, and those of the phrases that may have synonyms.
fn first_ranges(search: &Search) -> Ranges {
    let mut ranges = Ranges::default();
    for one in &search.types {
        search.wanted.iter().for_each(|sought| ranges.add(one.name, &sought.terms));
    }
    for one in &search.synonyms {
        for similar_words in &search.similar_words {
            similar_words.exact_matches().for_each(|terms| ranges.add(one.name, &terms));
        }
        let phrases = search.phrases.iter().flat_map(|phrase| &phrase.terms);
        phrases.for_each(|phrase| ranges.add(one.name, &Terms::Is(search::synonym_term(phrase))));
        let begun = search.phrases.iter().flat_map(|phrase| &phrase.beginnings);
        begun.for_each(|start| ranges.add(one.name, &Terms::Begin(search::synonym_term(start))));
    }
    ranges
}

/// Adds the ranges of terms of a type that may contain words similar to these forms. `sign` is the prefix of the terms of
/// synonyms; empty for words.
fn add_similar(ranges: &mut Ranges, one: &SearchedType, similar: &Similar, sign: &str) {
    let starts = similar.first_letters().into_iter().map(|letter| format!("{sign}{letter}"));
    let keys = similar.keys().into_iter().map(|key| format!("{key}{sign}"));
    starts.chain(keys).for_each(|start| ranges.add(one.name, &Terms::Begin(start)));
}

impl Found {
    /// Returns the records, each as a number: the id, and the score in the lower bits. In the order of ids.
    pub fn records(&self) -> &Arc<[i64]> {
        &self.records
    }

    /// Returns the records that are among the first `count` by their score.
    pub fn first(&self, count: usize) -> Arc<[i64]> {
        scores::first(&self.records, count)
    }

    /// Finds the words for which similar words count: for each type those that neither the type nor a synonym has, and
    /// those that no searched type and no synonym has.
    fn find_misspelt(&mut self) -> Result<(), Damaged> {
        let search = Arc::clone(&self.search);
        for (at, similar_words) in search.similar_words.iter().enumerate() {
            let mut has = false;
            for one in &search.synonyms {
                has = has || self.blocks.have_word(one.name, similar_words)?;
            }
            if has {
                continue;
            }
            for (one, of_type) in search.types.iter().zip(&mut self.similar_words) {
                if self.blocks.have_word(one.name, similar_words)? {
                    has = true;
                } else {
                    of_type.push(at);
                }
            }
            if !has {
                self.misspelt.push(at);
            }
        }
        Ok(())
    }

    /// Returns the ranges of terms that may contain similar words.
    fn similar_ranges(&self) -> Ranges {
        let search = &self.search;
        let mut ranges = Ranges::default();
        for (one, similar_words) in search.types.iter().zip(&self.similar_words).filter(|(one, _)| one.has_similar) {
            for at in similar_words {
                add_similar(&mut ranges, one, &search.similar_words[*at].similar, "");
            }
        }
        for one in &search.synonyms {
            self.misspelt.iter().for_each(|at| add_similar(&mut ranges, one, &search.similar_words[*at].similar, ""));
            for similar in self.misspelt_phrases().filter_map(|(_, phrase)| phrase.similar.as_ref()) {
                add_similar(&mut ranges, one, similar, &search::synonym_term(""));
            }
        }
        ranges
    }

    fn scored(&mut self) -> Result<Vec<i64>, EngineError> {
        let mut records = Vec::new();
        let words = self.search.stem_count();
        for at in 0..self.search.types.len() {
            let mut points = scores::Points::new(words, self.memory.another());
            TermMatcher::new(self, at).postings(&self.blocks, |posting| {
                points.add(posting.record, posting.word, posting.name_words, posting.points);
            })?;
            let mut of_type = points.scored(self.search.types.len() > 1)?;
            self.memory.grow(of_type.len() * RECORD_BYTES)?;
            records.append(&mut of_type);
        }
        records.sort_unstable();
        Ok(records)
    }

    /// Returns the matches of words in the records with these ids, which must be in ascending order. The best match of each
    /// word in a record precedes its other matches.
    ///
    /// # Errors
    /// If the index is damaged.
    pub fn matches(&self, ids: &[i64]) -> Result<Vec<WordMatch>, Damaged> {
        let mut matches = Vec::new();
        for (at, one) in self.search.types.iter().enumerate() {
            TermMatcher::new(self, at).postings(&self.blocks, |posting| {
                if let Some(word) = posting.word.filter(|_| ids.binary_search(&posting.record).is_ok()) {
                    matches.push(WordMatch {
                        record: posting.record,
                        word,
                        points: posting.points,
                        details: MatchDetails {
                            field: one.field(posting.position.field).unwrap_or_default().to_owned(),
                            term: term_position::original_words(posting.term, &posting.position.difference),
                            how: posting.kind,
                        },
                    });
                }
            })?;
        }
        let key = |one: &WordMatch| {
            (one.record, one.word, -one.points, one.details.field.clone(), one.details.how, one.details.term.clone())
        };
        matches.sort_by_cached_key(key);
        Ok(matches)
    }

    /// Returns the text of the search with the most similar word instead of each misspelt word; `None` if no word is
    /// replaced.
    ///
    /// # Errors
    /// If the index is damaged.
    pub fn suggestion(&self) -> Result<Option<String>, Damaged> {
        let search = &self.search;
        let mut text = search.text.clone();
        // Words are replaced from the end, so that the spans of earlier words stay valid.
        for similar_words in self.misspelt.iter().rev().map(|at| &search.similar_words[*at]) {
            let word = &search.words[similar_words.word];
            let mut best: Option<(Likeness, usize, String)> = None;
            for one in search.types.iter().chain(&search.synonyms) {
                self.blocks.terms(one.name, |term, block| {
                    let Some(likeness) = similar_words.similar.likeness(term) else { return Ok(()) };
                    block.postings(|_, _, position| {
                        let is_searched = one.field(position.field).is_some_and(|field| search.includes_field(field));
                        if position.has_similar && is_searched {
                            let shown = term_position::original_words(term, &position.difference);
                            let found = (likeness, osa_distance(&word.folded, &shown), shown);
                            if best.as_ref().is_none_or(|best| found < *best) {
                                best = Some(found);
                            }
                        }
                    })
                })?;
            }
            if let Some((_, _, term)) = best {
                text.replace_range(word.span.clone(), &term);
            }
        }
        Ok((text != search.text).then_some(text))
    }
}
