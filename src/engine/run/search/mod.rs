//! Finding records by words: the blocks of the index are read, the postings in them are compared with the search, and the
//! records are scored. The database only returns blocks, so both databases find the same records with the same scores.
//!
//! One statement reads the blocks of all terms of the search. Another one follows if a word matches nothing and may have
//! similar words, or if a phrase has a synonym, and a third one if a misspelt phrase has a synonym.

mod matching;
mod scores;

use std::{collections::BTreeMap, sync::Arc};

use strsim::osa_distance;

use super::level::MatchDetails;
use crate::{
    engine::{
        plan::search::{Ranges, Search, SearchedType, SimilarWords, Terms},
        problem::EngineError,
        search::{self, block::BlockReader, block::Damaged, term_position},
    },
    store::Snapshot,
};
use matching::Matching;

/// Percentage of the points of a term that count for a similar word.
const SIMILAR_PERCENT: u8 = 30;
/// Percentage of the points of a term that count for a synonym of it.
const SYNONYM_PERCENT: u8 = 60;

/// The blocks of the index that a search has read, by type, and by their first term and record.
#[derive(Default)]
struct Blocks(BTreeMap<String, BTreeMap<(String, i64), Vec<u8>>>);

impl Blocks {
    async fn read(&mut self, snapshot: &mut Snapshot, ranges: &Ranges) -> Result<(), EngineError> {
        let Some(statement) = ranges.statement(snapshot.dialect()) else { return Ok(()) };
        let rows = snapshot.rows(&statement).await?;
        for row in 0..rows.len() {
            let (Some(of_type), Some(term), Some(record)) = (rows.text(row, 0), rows.text(row, 1), rows.int(row, 2)) else {
                continue;
            };
            let blocks = self.0.entry(of_type.to_owned()).or_default();
            blocks.entry((term.to_owned(), record)).or_insert_with(|| rows.bytes(row, 3).to_vec());
        }
        Ok(())
    }

    /// Calls `found` with each term of a type, and the block to read its postings.
    fn terms(
        &self,
        type_name: &str,
        mut found: impl FnMut(&str, &mut BlockReader<'_>) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let mut term = String::new();
        for postings in self.0.get(type_name).iter().flat_map(|blocks| blocks.values()) {
            let mut block = BlockReader::new(postings)?;
            while let Some(next) = block.next_term()? {
                term.clear();
                term.push_str(next);
                found(&term, &mut block)?;
            }
        }
        Ok(())
    }

    /// Reports whether a type has a word itself, or a phrase with the word.
    fn have_word(&self, type_name: &str, similar_words: &SimilarWords) -> Result<bool, Damaged> {
        let mut has = false;
        self.terms(type_name, |term, _| {
            has |= similar_words.is_word(term);
            Ok(())
        })?;
        Ok(has)
    }
}

/// A phrase of a search that has a synonym.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Meaning {
    /// Index of the phrase.
    phrase: usize,
    /// The words that are searched as well.
    words: String,
    /// The term of these words.
    term: String,
    /// Percentage of the points of the term that count.
    percent: u8,
}

/// What a search has found.
pub struct Found {
    search: Arc<Search>,
    blocks: Blocks,
    meanings: Vec<Meaning>,
    /// For each type of the search, the indexes of the similar words that count in it.
    similar_words: Vec<Vec<usize>>,
    /// The indexes of the similar words of words that neither a searched type nor a synonym has. These similar words also
    /// count in synonyms, and are suggested.
    misspelt: Vec<usize>,
    /// The records, each as a number: the id, and the score in the lower bits. In the order of ids.
    records: Arc<[i64]>,
}

/// A match of a word of a search in a record.
pub struct MatchedWord {
    pub record: i64,
    /// Index of the word.
    pub word: usize,
    points: i32,
    /// What matches.
    pub details: MatchDetails,
}

/// Finds the records of a search.
///
/// # Errors
/// If the database fails or takes too long, or the index is damaged.
pub async fn find(snapshot: &mut Snapshot, search: &Arc<Search>) -> Result<Found, EngineError> {
    let mut found = Found {
        search: Arc::clone(search),
        blocks: Blocks::default(),
        meanings: Vec::new(),
        similar_words: vec![Vec::new(); search.types.len()],
        misspelt: Vec::new(),
        records: Arc::default(),
    };
    if search.matches.is_empty() {
        return Ok(found);
    }
    found.blocks.read(snapshot, &words(search)).await?;
    found.find_misspelt()?;
    found.meanings = found.exact_meanings()?;
    let mut more = found.similar();
    for meaning in &found.meanings {
        meaning.add(search, &mut more);
    }
    found.blocks.read(snapshot, &more).await?;
    let similar = found.similar_meanings()?;
    let mut more = Ranges::default();
    for meaning in &similar {
        meaning.add(search, &mut more);
    }
    found.blocks.read(snapshot, &more).await?;
    found.meanings.extend(similar);
    found.meanings.sort_unstable();
    found.meanings.dedup();
    found.records = found.scored()?.into();
    Ok(found)
}

/// Returns the terms that the first statement reads: those of the words, and those of the phrases that may have synonyms.
fn words(search: &Search) -> Ranges {
    let mut ranges = Ranges::default();
    for one in &search.types {
        search.matches.iter().for_each(|matching| ranges.add(one.name, &matching.terms));
    }
    for one in &search.synonyms {
        for similar_words in &search.similar_words {
            similar_words.words().for_each(|terms| ranges.add(one.name, &terms));
        }
        let phrases = search.phrases.iter().flat_map(|phrase| &phrase.terms);
        phrases.for_each(|phrase| ranges.add(one.name, &Terms::Is(search::synonym_term(phrase))));
    }
    ranges
}

impl Meaning {
    fn add(&self, search: &Search, ranges: &mut Ranges) {
        search.types.iter().for_each(|one| ranges.add(one.name, &Terms::Is(self.term.clone())));
    }
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

    /// Finds the words that a type does not have: their similar words count in it.
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
    fn similar(&self) -> Ranges {
        let search = &self.search;
        let mut ranges = Ranges::default();
        let mut add = |one: &SearchedType, at: usize, before: &str| {
            for letter in search.similar_words[at].similar.first_letters() {
                ranges.add(one.name, &Terms::Begin(format!("{before}{letter}")));
            }
        };
        for (one, similar_words) in search.types.iter().zip(&self.similar_words) {
            similar_words.iter().filter(|_| one.has_similar).for_each(|at| add(one, *at, ""));
        }
        for one in &search.synonyms {
            for at in &self.misspelt {
                add(one, *at, "");
                add(one, *at, &search::synonym_term(""));
            }
        }
        ranges
    }

    /// Returns the synonyms of the phrases of the search.
    fn exact_meanings(&self) -> Result<Vec<Meaning>, Damaged> {
        let phrases = self.search.phrases.iter().enumerate();
        let typed: Vec<(String, usize)> =
            phrases.flat_map(|(at, phrase)| phrase.terms.iter().map(move |term| (search::synonym_term(term), at))).collect();
        self.meanings_of(|term, found| {
            typed.iter().filter(|(typed, _)| typed == term).for_each(|(_, phrase)| found(*phrase, SYNONYM_PERCENT));
        })
    }

    /// Returns the synonyms of phrases in the index that are similar to a misspelt word.
    fn similar_meanings(&self) -> Result<Vec<Meaning>, Damaged> {
        let percent = u16::from(SYNONYM_PERCENT) * u16::from(SIMILAR_PERCENT) / 100;
        let percent = u8::try_from(percent).unwrap_or_default();
        let sign = search::synonym_term("");
        self.meanings_of(|term, found| {
            let Some(phrase) = term.strip_prefix(&sign) else { return };
            let misspelt = self.misspelt.iter().map(|at| &self.search.similar_words[*at]);
            for SimilarWords { word, .. } in misspelt.filter(|words| words.similar.is_similar(phrase)) {
                if let Some(phrase) = self.search.phrases.iter().position(|phrase| phrase.words == (*word..*word + 1)) {
                    found(phrase, percent);
                }
            }
        })
    }

    /// Calls `of_term` with each term of the synonyms and with a function. Returns the meanings of the terms for which
    /// `of_term` calls this function, with the phrase and the percentage that it passes.
    fn meanings_of(&self, of_term: impl Fn(&str, &mut dyn FnMut(usize, u8))) -> Result<Vec<Meaning>, Damaged> {
        let mut meanings = Vec::new();
        for one in &self.search.synonyms {
            self.blocks.terms(one.name, |term, block| {
                let mut phrases = Vec::new();
                of_term(term, &mut |phrase, percent| phrases.push((phrase, percent)));
                if phrases.is_empty() {
                    return Ok(());
                }
                block.postings(|_, _, position| {
                    let words = term_position::shown(term, &position.difference);
                    let term = search::joined(&search::words(&words)).1;
                    let meaning = |(phrase, percent)| Meaning { phrase, percent, words: words.clone(), term: term.clone() };
                    meanings.extend(phrases.iter().copied().map(meaning));
                })
            })?;
        }
        Ok(meanings)
    }

    fn scored(&self) -> Result<Vec<i64>, Damaged> {
        let mut records = Vec::new();
        let words = self.search.word_count();
        for at in 0..self.search.types.len() {
            let mut points = scores::Points::new(words);
            Matching::new(self, at)
                .postings(&self.blocks, |posting| points.add(posting.record, posting.word, posting.points))?;
            records.append(&mut points.scored(self.search.types.len() > 1));
        }
        records.sort_unstable();
        Ok(records)
    }

    /// Returns the matches of words in the records with these ids, which must be in ascending order. The best match of each
    /// word in a record precedes its other matches.
    ///
    /// # Errors
    /// If the index is damaged.
    pub fn matches(&self, ids: &[i64]) -> Result<Vec<MatchedWord>, Damaged> {
        let mut matches = Vec::new();
        for (at, one) in self.search.types.iter().enumerate() {
            Matching::new(self, at).postings(&self.blocks, |posting| {
                if let Some(word) = posting.word.filter(|_| ids.binary_search(&posting.record).is_ok()) {
                    matches.push(MatchedWord {
                        record: posting.record,
                        word,
                        points: posting.points,
                        details: MatchDetails {
                            field: one.field(posting.position.field).unwrap_or_default().to_owned(),
                            term: term_position::shown(posting.term, &posting.position.difference),
                            how: posting.how,
                        },
                    });
                }
            })?;
        }
        let key = |one: &MatchedWord| {
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
            let mut best: Option<(usize, String)> = None;
            for one in search.types.iter().chain(&search.synonyms) {
                self.blocks.terms(one.name, |term, block| {
                    if !similar_words.similar.is_similar(term) {
                        return Ok(());
                    }
                    block.postings(|_, _, position| {
                        let is_searched = one.field(position.field).is_some_and(|field| search.includes_field(field));
                        if position.has_similar && is_searched {
                            let shown = term_position::shown(term, &position.difference);
                            let found = (osa_distance(&word.folded, &shown), shown);
                            if best.as_ref().is_none_or(|best| found < *best) {
                                best = Some(found);
                            }
                        }
                    })
                })?;
            }
            if let Some((_, term)) = best {
                text.replace_range(word.span.clone(), &term);
            }
        }
        Ok((text != search.text).then_some(text))
    }

    /// Returns the phrases that have synonyms, as they were typed, each with the words that are searched as well.
    #[must_use]
    pub fn expansions(&self) -> Vec<(String, String)> {
        let mut expansions: Vec<(usize, &str)> =
            self.meanings.iter().map(|meaning| (meaning.phrase, meaning.words.as_str())).collect();
        expansions.dedup();
        let of_phrase = |(phrase, words): (usize, &str)| {
            let phrase = &self.search.phrases[phrase];
            let [first, last] = [phrase.words.start, phrase.words.end - 1].map(|at| &self.search.words[at].span);
            (self.search.text[first.start..last.end].to_owned(), words.to_owned())
        };
        expansions.into_iter().map(of_phrase).collect()
    }
}
