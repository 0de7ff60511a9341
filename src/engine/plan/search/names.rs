//! The names that may be within the text of a search.

use crate::engine::search::{self, Word};

/// Maximum number of words of a name that is found within a longer text.
const MAX_NAME: usize = 4;
/// Minimum length of the last word of a name, in bytes, so that the name also matches in the singular or plural.
const MIN_INFLECTED: usize = 3;

/// A part of the text that may be the name, an alias or a code of a record.
pub struct Name {
    /// The terms of the name: as it is typed, and with its last word in the singular or plural.
    pub terms: Vec<String>,
    /// Its words as bits, as in [`WantedTerms::name_words`](super::WantedTerms::name_words).
    pub words: u16,
}

/// Returns the terms of a name with these words: as it is typed, and with its last word in the singular or plural.
#[must_use]
pub fn terms<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let typed = search::whole(words);
    let last = typed.rsplit([' ', '=']).next().unwrap_or_default();
    let is_word = last.len() >= MIN_INFLECTED && last.chars().all(char::is_alphabetic);
    let other = match typed.strip_suffix('s') {
        Some(singular) => singular.to_owned(),
        None => format!("{typed}s"),
    };
    if is_word { vec![typed, other] } else { vec![typed] }
}

/// Returns texts with which the term of a name may begin if the name begins with these words. The last word may be
/// incomplete.
pub fn beginnings(words: &[Word]) -> Vec<String> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let before: Vec<&str> = before.iter().map(|word| word.folded.as_str()).collect();
    let term = |last: &String| search::whole([before.as_slice(), &[last.as_str()]].concat().into_iter());
    search::beginnings(std::slice::from_ref(last)).iter().map(term).collect()
}

/// Returns the parts of a text that may be names, except the whole text. `bits` has the bit of each word; 0 for a stop
/// word.
#[must_use]
pub fn within(all: &[Word], bits: &[u16]) -> Vec<Name> {
    let mut names = Vec::new();
    for start in 0..all.len() {
        for end in start + 1..=all.len().min(start + MAX_NAME) {
            let is_stop_word = |word: &Word| search::is_stop_word(&word.folded);
            let words = &all[start..end];
            if words.len() < all.len() && !is_stop_word(&words[0]) && !is_stop_word(&words[words.len() - 1]) {
                names.push(of(words, &bits[start..end]));
            }
        }
    }
    names
}

/// Returns the name with these words.
#[must_use]
pub fn of(words: &[Word], bits: &[u16]) -> Name {
    let terms = terms(words.iter().map(|word| word.folded.as_str()));
    Name { terms, words: bits.iter().fold(0, |all, bit| all | bit) }
}

#[cfg(test)]
mod tests {
    use super::{beginnings, terms, within};
    use crate::engine::search::words;

    #[test]
    fn a_name_may_be_typed_in_the_singular_or_plural() {
        assert_eq!(terms(["skin", "tag"].into_iter()), ["=skin tag", "=skin tags"]);
        assert_eq!(terms(["keloids"].into_iter()), ["=keloids", "=keloid"]);
        assert_eq!(terms(["l719"].into_iter()), ["=l719"]);
    }

    #[test]
    fn the_last_word_of_a_name_may_be_incomplete() {
        assert_eq!(beginnings(&words("tumour discolou")), ["=tumor discolor", "=tumor discolou"]);
        assert_eq!(beginnings(&words("")), Vec::<String>::new());
    }

    #[test]
    fn names_begin_and_end_with_a_word_that_is_no_stop_word() {
        let all = words("naevus of Ota");
        let names: Vec<(String, u16)> =
            within(&all, &[1, 0, 2]).into_iter().map(|name| (name.terms[0].clone(), name.words)).collect();
        assert_eq!(names, [("=nevus".to_owned(), 1), ("=ota".to_owned(), 2)]);
    }
}
