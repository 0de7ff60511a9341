//! The phrases of a search that may have synonyms, and how the words similar to a misspelt word are found.

use std::ops::Range;

use super::{Terms, allocated_bytes};
use crate::engine::search::{self, Similar, Word};

/// Minimum length at which the end of the text also matches the beginning of a synonym.
const MIN_COMPLETED: usize = 3;

/// Adjacent words that may have a synonym.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Indexes of the words.
    pub words: Range<usize>,
    /// The forms in which the index may have the phrase: the words written as one word; the stem of that word; and the stems
    /// of the single words, written as one word. Some of them may be equal.
    pub terms: Vec<String>,
    /// The forms of the phrase that are compared with similar synonyms.
    pub similar: Option<Similar>,
    /// Beginnings of the synonyms that the phrase also matches; empty if it only matches whole ones.
    pub beginnings: Vec<String>,
}

/// How the words similar to a word of the search are found. They match only if the word itself matches nothing.
#[derive(Clone, Debug)]
pub struct SimilarWords {
    /// Index of the word.
    pub word: usize,
    /// The forms of the word that are compared.
    pub similar: Similar,
    /// The terms of the word and of the phrases with it. If the index has one of these, similar words do not match.
    exact_terms: Vec<String>,
    /// Beginnings of the terms that begin with the word, if it is the last word; otherwise empty. If the index has such a
    /// term, similar words do not match.
    beginnings: Vec<String>,
}

impl Phrase {
    pub(super) fn of(words: &[Word], range: Range<usize>) -> Self {
        let (folded, stem) = search::joined(&words[range.clone()]);
        let similar = if range.len() == 1 { Similar::of(&words[range.start], false) } else { Similar::of_joined(&folded) };
        let is_beginning = range.end == words.len() && folded.chars().count() >= MIN_COMPLETED;
        let beginnings = if is_beginning { search::beginnings(&words[range.clone()]) } else { Vec::new() };
        let mut terms = vec![folded, stem, search::joined_stems(&words[range.clone()])];
        terms.dedup();
        Self { words: range, terms, similar, beginnings }
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        let similar = self.similar.as_ref().map_or(0, Similar::allocated_bytes);
        size_of::<Self>() + allocated_bytes(&self.terms) + similar + allocated_bytes(&self.beginnings)
    }
}

impl SimilarWords {
    /// Reports whether a term matches the word itself. Then similar words do not match.
    #[must_use]
    pub fn is_exact_match(&self, term: &str) -> bool {
        self.exact_terms.iter().any(|word| word == term)
            || self.beginnings.iter().any(|beginning| term.starts_with(beginning))
    }

    /// Returns the terms that match the word itself ([`Self::is_exact_match`]).
    pub fn exact_matches(&self) -> impl Iterator<Item = Terms> {
        let begin = self.beginnings.iter().cloned().map(Terms::Begin);
        std::iter::once(Terms::Among(self.exact_terms.clone())).chain(begin)
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        size_of::<Self>()
            + self.similar.allocated_bytes()
            + allocated_bytes(&self.exact_terms)
            + allocated_bytes(&self.beginnings)
    }
}

/// Returns how similar words are found, for each word that can have some.
pub fn similar_words(phrases: &[Phrase], words: &[Word]) -> Vec<SimilarWords> {
    let of_word = |(at, word): (usize, &Word)| {
        let with_it = phrases.iter().filter(|phrase| phrase.words.contains(&at));
        let exact_terms = with_it.flat_map(|phrase| phrase.terms.iter().cloned()).collect();
        let is_last = at + 1 == words.len();
        let beginnings = if is_last { search::beginnings(&words[at..]) } else { Vec::new() };
        Some(SimilarWords { word: at, similar: Similar::of(word, is_last)?, exact_terms, beginnings })
    };
    words.iter().enumerate().filter_map(of_word).collect()
}
