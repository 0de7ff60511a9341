//! The synonyms of a search: phrases of its text that mean other words.

use super::{Found, similar_percent};
use crate::engine::{
    plan::search::{Phrase, Ranges, Search, Terms, name_terms},
    search::{self, block::Damaged, sounds, term_position, term_position::Form},
};

/// Percentage of the points of a term that count if the search has a synonym for the term.
const SYNONYM_PERCENT: u8 = 60;
/// Percentage of the points of a term that count if the search ends with the beginning of a synonym for the term.
const BEGUN_PERCENT: u8 = 30;
/// Maximum number of synonyms that begin with a phrase. If there are more, the phrase is ambiguous, and none is used.
const MAX_BEGUN: usize = 4;

/// A phrase of a search that is a synonym, with the words that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meaning {
    /// Index of the phrase.
    pub phrase: usize,
    /// The words that are searched as well.
    words: String,
    /// The term of these words.
    pub term: String,
    /// The terms of a name with these words.
    pub names: Vec<String>,
    /// Percentage of the points of the term that count.
    pub percent: u8,
}

impl Meaning {
    /// Adds the terms of the words that are searched as well.
    pub fn add(&self, search: &Search, ranges: &mut Ranges) {
        for one in &search.types {
            ranges.add(one.name, &Terms::Is(self.term.clone()));
            ranges.add(one.name, &Terms::Among(self.names.clone()));
        }
    }

    /// Returns the words of the phrase as bits ([`Search::bits`]). If the phrase stands for the name of a record, they count
    /// as the words of that name. Returns 0 for a misspelt or incomplete phrase.
    pub fn name_words(&self, search: &Search) -> u16 {
        if self.percent == SYNONYM_PERCENT { search.bits(&search.phrases[self.phrase]) } else { 0 }
    }
}

impl Found {
    /// Returns the synonyms of the phrases of the search.
    pub(super) fn exact_meanings(&self) -> Result<Vec<Meaning>, Damaged> {
        let phrases = self.search.phrases.iter().enumerate();
        let typed: Vec<(String, usize)> =
            phrases.flat_map(|(at, phrase)| phrase.terms.iter().map(move |term| (search::synonym_term(term), at))).collect();
        self.meanings_of(|term, _, found| {
            typed.iter().filter(|(typed, _)| typed == term).for_each(|(_, phrase)| found(*phrase, SYNONYM_PERCENT));
        })
    }

    /// Reports whether the text ends in a phrase that has a synonym.
    pub(super) fn ends_in_synonym(&self) -> bool {
        let is_at_end = |phrase: &Phrase| phrase.words.end == self.search.words.len();
        self.meanings.iter().any(|one| one.percent == SYNONYM_PERCENT && is_at_end(&self.search.phrases[one.phrase]))
    }

    /// Returns the synonyms that begin with the words at the end of the text. They do not count if these words are a
    /// synonym themselves, if a searched type has the words, or if there are more than [`MAX_BEGUN`].
    pub(super) fn begun_meanings(&self) -> Result<Vec<Meaning>, Damaged> {
        let phrases = self.search.phrases.iter().enumerate();
        let starts: Vec<(String, usize)> = phrases
            .flat_map(|(at, phrase)| phrase.beginnings.iter().map(move |start| (search::synonym_term(start), at)))
            .collect();
        let mut meanings = self.meanings_of(|term, _, found| {
            starts.iter().filter(|(start, _)| term.starts_with(start)).for_each(|(_, phrase)| found(*phrase, BEGUN_PERCENT));
        })?;
        meanings.sort_unstable();
        meanings.dedup();
        for at in 0..self.search.phrases.len() {
            let begun = |meaning: &Meaning| meaning.phrase == at;
            let count = meanings.iter().filter(|meaning| begun(meaning)).count();
            if count > MAX_BEGUN || count > 0 && (self.meanings.iter().any(begun) || self.have_phrase(at)?) {
                meanings.retain(|meaning| !begun(meaning));
            }
        }
        Ok(meanings)
    }

    /// Reports whether a searched type has a phrase as one of its terms.
    fn have_phrase(&self, at: usize) -> Result<bool, Damaged> {
        let (mut has, terms) = (false, &self.search.phrases[at].terms);
        for one in &self.search.types {
            self.blocks.terms(one.name, |term, _| {
                has |= terms.iter().any(|one| one == term);
                Ok(())
            })?;
        }
        Ok(has)
    }

    /// Returns the phrases with a misspelt word, each with its index.
    pub(super) fn misspelt_phrases(&self) -> impl Iterator<Item = (usize, &Phrase)> {
        let has_misspelt =
            |phrase: &Phrase| self.misspelt.iter().any(|at| phrase.words.contains(&self.search.similar_words[*at].word));
        self.search.phrases.iter().enumerate().filter(move |(_, phrase)| has_misspelt(phrase))
    }

    /// Returns the synonyms in the index that are similar to a phrase of the search with a misspelt word.
    pub(super) fn similar_meanings(&self) -> Result<Vec<Meaning>, Damaged> {
        self.meanings_of(|term, form, found| {
            let key = sounds::of_key(term);
            let Some(phrase) = search::phrase_of(key.unwrap_or(term)).filter(|_| form == Form::Word) else { return };
            for (at, sought) in self.misspelt_phrases() {
                let likeness = sought.similar.as_ref().and_then(|similar| match key {
                    Some(_) => similar.likeness(&sounds::key(phrase, phrase)),
                    None => similar.likeness(phrase),
                });
                if let Some(likeness) = likeness {
                    let percent = u16::from(SYNONYM_PERCENT) * u16::from(similar_percent(likeness)) / 100;
                    found(at, u8::try_from(percent).unwrap_or_default());
                }
            }
        })
    }

    /// Returns the meanings of the synonyms that `of_term` finds. `of_term` receives each term of a synonym with its
    /// form. It reports the index of each phrase of the search that matches the term, with the percentage of the points
    /// that count. A phrase that is only another form of its meaning, such as the plural, is left out.
    fn meanings_of(&self, of_term: impl Fn(&str, Form, &mut dyn FnMut(usize, u8))) -> Result<Vec<Meaning>, Damaged> {
        let mut meanings = Vec::new();
        for one in &self.search.synonyms {
            self.blocks.terms(one.name, |term, block| {
                if search::phrase_of(sounds::of_key(term).unwrap_or(term)).is_none() {
                    return Ok(());
                }
                block.postings(|_, _, position| {
                    of_term(term, position.form, &mut |phrase, percent| {
                        let words = term_position::original_words(term, &position.difference);
                        let split = search::words(&words);
                        let names = name_terms(split.iter().map(|word| word.folded.as_str()));
                        let term = search::joined(&split).1;
                        // A phrase that is another form of its meaning adds nothing.
                        if !self.search.phrases[phrase].terms.contains(&term) {
                            meanings.push(Meaning { phrase, words, term, names, percent });
                        }
                    });
                })
            })?;
        }
        Ok(meanings)
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
