//! The terms and positions of many records, each stored once and used by its number.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use indexmap::IndexSet;

use crate::engine::search::{KnownWords, Word, term_position::TermPosition};

/// A term of a record, and where the record has it, by their numbers in [`NumberedTerms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NumberedTerm {
    pub text: u32,
    pub position: u32,
}

/// What the terms of a word depend on, apart from the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WordContext {
    /// The number of the field.
    pub field: u16,
    /// The number of the role of the text.
    pub role: u8,
    /// Number of further words of the name, each of which reduces the points.
    pub further_words: u8,
    /// True if the text is a name, whose words are also found by similar words.
    pub is_name: bool,
}

/// The texts of terms by their numbers.
pub(super) type NumberedTexts = IndexSet<String, RandomState>;

/// Positions by their numbers.
pub(super) type NumberedPositions = IndexSet<TermPosition, RandomState>;

/// Terms and positions by their numbers. Equal ones have the same number.
#[derive(Default)]
pub(super) struct NumberedTerms {
    known: KnownWords,
    texts: NumberedTexts,
    positions: NumberedPositions,
    /// The terms of a word, by its number in [`Self::known`].
    of_words: HashMap<(usize, WordContext), Box<[NumberedTerm]>, RandomState>,
}

impl NumberedTerms {
    /// Maximum number of words whose terms are stored, each counted once for each context.
    const MAX_STORED: usize = 200_000;

    /// Returns the words of a text, and their numbers, as [`KnownWords::words`] does.
    pub fn words(&mut self, text: &str) -> (Vec<Word>, Vec<Option<usize>>) {
        self.known.words(text)
    }

    /// Returns the number of the text of a term.
    pub fn text(&mut self, text: String) -> u32 {
        number(self.texts.insert_full(text).0)
    }

    /// Returns the number of a position.
    pub fn position(&mut self, position: TermPosition) -> u32 {
        number(self.positions.insert_full(position).0)
    }

    /// Returns a term and its position.
    pub fn term(&self, term: NumberedTerm) -> (&str, &TermPosition) {
        (&self.texts[term.text as usize], &self.positions[term.position as usize])
    }

    /// Returns the number of different texts.
    pub fn text_count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the texts and the positions, and drops everything else.
    pub fn into_texts_and_positions(self) -> (NumberedTexts, NumberedPositions) {
        (self.texts, self.positions)
    }

    /// Returns the terms that a word has in a context, if they are known.
    pub fn terms_of_word(&self, word: usize, context: WordContext) -> Option<&[NumberedTerm]> {
        self.of_words.get(&(word, context)).map(AsRef::as_ref)
    }

    /// Stores the terms that a word has in a context.
    pub fn set_terms_of_word(&mut self, word: usize, context: WordContext, terms: &[NumberedTerm]) {
        if self.of_words.len() < Self::MAX_STORED {
            self.of_words.insert((word, context), terms.into());
        }
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
