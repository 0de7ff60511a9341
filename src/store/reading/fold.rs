//! Case folding: two texts that differ only in case fold to the same text.
//!
//! The databases fold different letters: SQLite folds only ASCII letters, and PostgreSQL folds the letters of its locale
//! provider, the C library or ICU. So the service has its own rules, with the same results on both. SQLite calls [`fold`].
//! PostgreSQL cannot call it, so a statement for PostgreSQL contains SQL that folds the column. That SQL folds only ASCII
//! letters and the letters of the [`FoldedText`], because no other letter can match.

use std::{collections::HashMap, sync::LazyLock};

/// The only letter that folds to two characters, and these characters.
pub const DOTTED_I: (char, [char; 2]) = ('İ', ['i', '\u{307}']);

/// The first code point after all letters that have case.
const END: u32 = 0x2_0000;

/// The variants of each letter: the letters outside ASCII that fold to it.
static VARIANTS: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut variants = HashMap::<char, Vec<char>>::new();
    for letter in (0x80..END).filter_map(char::from_u32) {
        let mut folded = fold_letter(letter);
        if let (Some(one), None) = (folded.next(), folded.next())
            && one != letter
        {
            variants.entry(one).or_default().push(letter);
        }
    }
    variants
});

/// Builds the table of variants, so that the first request does not wait for it.
pub fn prepare() {
    LazyLock::force(&VARIANTS);
}

/// Returns a text in lowercase, with each final sigma (ς) replaced by σ. This is needed because a search text can be the
/// beginning of a longer word of the column: the search text ends with ς, and the word has σ there.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(fold_letter).collect()
}

fn fold_letter(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().map(|lower| if lower == 'ς' { 'σ' } else { lower })
}

/// The text with which an operator such as `contains` compares columns, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedText {
    /// The text, folded.
    pub folded: String,
    /// The letters outside of ASCII that fold to a letter of the text.
    pub variants: String,
    /// For each of [`Self::variants`], the letter that it folds to.
    pub letters: String,
}

impl FoldedText {
    /// Folds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut folded = fold(text);
        let mut distinct: Vec<char> = folded.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let (mut variants, mut letters) = (String::new(), String::new());
        for letter in distinct {
            for variant in VARIANTS.get(&letter).into_iter().flatten() {
                variants.push(*variant);
                letters.push(letter);
            }
        }
        // Plans store these texts, so unused memory is released.
        for text in [&mut folded, &mut variants, &mut letters] {
            text.shrink_to_fit();
        }
        Self { folded, variants, letters }
    }

    /// Reports whether it has a character that [`DOTTED_I`] folds to.
    #[must_use]
    pub fn has_part_of_dotted_i(&self) -> bool {
        self.folded.contains(DOTTED_I.1)
    }

    /// Returns the size of its texts in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.folded.len() + self.variants.len() + self.letters.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_folds_to_two_characters_and_none_is_above_the_end() {
        let is_cased = |letter: &char| fold(&letter.to_string()) != letter.to_string();
        let letters: Vec<char> = (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(is_cased).collect();
        assert!(letters.len() > 1_400 && letters.iter().all(|letter| u32::from(*letter) < END));
        let long: Vec<char> = letters.into_iter().filter(|letter| fold_letter(*letter).count() != 1).collect();
        assert_eq!(long, [DOTTED_I.0]);
        assert_eq!(fold_letter(DOTTED_I.0).collect::<Vec<char>>(), DOTTED_I.1);
    }

    #[test]
    fn a_search_text_has_the_variants_of_its_letters_once() {
        let text = FoldedText::new("OK ΣΑΣ, Ɤ ok");
        assert_eq!(text.folded, "ok σασ, ɤ ok");
        assert_eq!(text.variants.chars().count(), text.letters.chars().count());
        let pairs: Vec<(char, char)> = text.variants.chars().zip(text.letters.chars()).collect();
        assert_eq!(pairs, [('\u{212a}', 'k'), ('\u{a7cb}', 'ɤ'), ('Α', 'α'), ('Σ', 'σ'), ('ς', 'σ')]);
        assert!(FoldedText::new("Ice").has_part_of_dotted_i() && !FoldedText::new("laser").has_part_of_dotted_i());
    }
}
