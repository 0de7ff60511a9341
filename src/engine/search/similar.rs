//! Similar words: a misspelt word of a search matches the words of names that are similar to it.
//!
//! Two words are similar if they differ by one letter that is missing, added or replaced, or by two exchanged adjacent
//! letters. Many short words with different meanings differ by one letter. So if one of the words has four letters, they
//! are similar only if two letters are exchanged, or if the misspelt word has a letter twice. The first letter is rarely
//! wrong, so it can only be exchanged with the second. All similar words therefore begin with one of two letters, and a
//! search compares only words that do. Words with digits have no similar words, because similar codes have different
//! meanings.

use std::ops::RangeInclusive;

/// Minimum length of both words if a letter is missing, added or replaced, in letters.
const MIN_CHANGED: usize = 5;

/// Length of a word or a stem that is compared with similar ones, in letters.
const COMPARED: RangeInclusive<usize> = 4..=24;

/// The forms of a word of a search that are compared with similar words.
#[derive(Clone, Debug)]
pub struct Similar {
    /// The letters of the folded word and of its stem, if they are compared.
    forms: Vec<Vec<char>>,
}

impl Similar {
    /// Returns the forms of a word: the folded word and its stem. The words are compared as well as the stems, because the
    /// stemmer does not remove a misspelt ending: the stem of `pigmentaton` is the whole word. `None` if neither has similar
    /// words.
    #[must_use]
    pub fn of(folded: &str, stem: &str) -> Option<Self> {
        let forms: Vec<Vec<char>> = [folded, stem].into_iter().filter_map(compared).collect();
        (!forms.is_empty()).then_some(Self { forms })
    }

    /// Returns the letters with which similar words begin, each once.
    #[must_use]
    pub fn first_letters(&self) -> Vec<char> {
        let mut letters: Vec<char> = self.forms.iter().flat_map(|form| [form[0], form[1]]).collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    }

    /// Reports whether a word of the index, or a stem, is similar.
    #[must_use]
    pub fn is_similar(&self, term: &str) -> bool {
        compared(term).is_some_and(|term| self.forms.iter().any(|form| are_similar(form, &term)))
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.forms.iter().map(|form| size_of::<Vec<char>>() + size_of_val(form.as_slice())).sum()
    }
}

/// Returns the letters of a word; `None` if it has no similar words.
fn compared(word: &str) -> Option<Vec<char>> {
    // A letter has at most four bytes.
    if word.len() < *COMPARED.start() || word.len() > 4 * COMPARED.end() {
        return None;
    }
    let letters: Vec<char> = word.chars().collect();
    (COMPARED.contains(&letters.len()) && !letters.iter().any(|letter| letter.is_numeric())).then_some(letters)
}

/// Reports whether a word of a search is similar to a word of the index.
fn are_similar(typed: &[char], other: &[char]) -> bool {
    let same = typed.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (typed_rest, other_rest) = (&typed[same..], &other[same..]);
    if let ([a, b, one @ ..], [c, d, rest @ ..]) = (typed_rest, other_rest)
        && (a, b) == (d, c)
        && one == rest
    {
        return true;
    }
    if same == 0 {
        return false;
    }
    let (length, is_long) = (typed.len(), typed.len() >= MIN_CHANGED);
    match (typed_rest, other_rest) {
        ([], []) => is_long,
        // A letter is replaced.
        ([_, one @ ..], [_, rest @ ..]) if one == rest => is_long,
        // A letter is added.
        ([added, one @ ..], rest) if one == rest => {
            length > MIN_CHANGED || (length == MIN_CHANGED && *added == typed[same - 1])
        }
        // A letter is missing.
        (rest, [_, one @ ..]) if one == rest => is_long,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use strsim::osa_distance;

    use super::{super::words, Similar};

    fn meet(one: &str, other: &str) -> bool {
        let (one, other) = (&words(one)[0], &words(other)[0]);
        let similar = Similar::of(&one.folded, &one.stem);
        similar.is_some_and(|similar| similar.is_similar(&other.folded) || similar.is_similar(&other.stem))
    }

    #[test]
    fn words_with_one_mistake_are_similar() {
        for (typed, name) in [
            ("rosecea", "rosacea"),
            ("keliod", "keloid"),
            ("microneedeling", "microneedling"),
            ("hyperpigmentaton", "hyperpigmentation"),
            ("rosacae", "rosacea"),
            ("botulinm", "botulinum"),
            ("lazer", "laser"),
            ("acnne", "acne"),
            ("ance", "acne"),
        ] {
            assert!(meet(typed, name), "{typed} {name}");
        }
    }

    #[test]
    fn words_with_two_mistakes_and_short_or_other_words_are_not() {
        for (typed, name) in [
            ("laser", "peel"),
            ("acn", "ac"),
            ("l719", "l718"),
            ("slim", "limb"),
            ("halo", "alone"),
            ("tear", "term"),
            ("naevi", "nerve"),
            ("lasre", "large"),
            ("mole", "male"),
            ("moles", "male"),
            ("bags", "tags"),
            ("lift", "life"),
            ("shot", "spots"),
            ("sores", "pores"),
            ("dimples", "simple"),
            ("trough", "rough"),
            ("excema", "eczema"),
        ] {
            assert!(!meet(typed, name), "{typed} {name}");
        }
    }

    proptest! {
        /// The first letters are equal.
        #[test]
        fn long_words_are_similar_if_and_only_if_their_distance_is_at_most_one(one in "a[ab]{5,8}", other in "a[ab]{5,8}") {
            let meet = Similar::of(&one, &one).unwrap().is_similar(&other);
            assert_eq!(meet, osa_distance(&one, &other) <= 1, "{one} {other}");
            assert_eq!(meet && Similar::of(&other, &other).unwrap().first_letters().contains(&'a'), meet);
        }
    }
}
