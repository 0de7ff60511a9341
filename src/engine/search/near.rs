//! Terms by which a misspelt word finds the words of names.
//!
//! Two words are similar if they differ by one letter that is missing, added or replaced, or by two exchanged adjacent
//! letters. The index has each word, and the word without each of its letters, with the index of that letter. So equal
//! terms mean a real difference of one letter, and not of two
//! (<https://github.com/wolfgarbe/SymSpell> compares without the index, and computes the distance afterwards).
//!
//! Short words have many neighbours that mean something else, and the first letter is rarely wrong. So words of four
//! letters are similar only to those with two letters exchanged or one doubled, and the first letter can only be exchanged.
//! Words with digits have no such terms, because similar codes have different meanings.

/// Prefix of the terms of similar words. No word contains it.
const NEAR: char = '~';

/// Character for the index 0 of a letter. Folded words contain no uppercase letters.
const FIRST_INDEX: u8 = b'A';

/// Minimum length of a word or a stem that is compared with similar ones, in letters.
const MIN_NEAR: usize = 4;

/// Minimum length of both words if a letter is missing, added or replaced, in letters.
const MIN_CHANGED: usize = 5;

/// Maximum length of a word or a stem that is compared with similar ones, in letters.
const MAX_NEAR: usize = 24;

/// Returns the terms of a word in the index: of the folded word and of its stem. A misspelt ending is not cut, so the stem
/// of `pigmentaton` is the whole word, and the words are compared as well as the stems.
#[must_use]
pub fn near(folded: &str, stem: &str) -> Vec<String> {
    terms([folded, stem], |letters, terms| {
        terms.push(whole(letters));
        if letters.len() >= MIN_CHANGED {
            terms.extend((1..letters.len()).map(|at| marked(at, &without(letters, at))));
        }
    })
}

/// Returns the terms that the index has for the words that are similar to a word of a search, or to its stem.
#[must_use]
pub fn similar(folded: &str, stem: &str) -> Vec<String> {
    terms([folded, stem], |letters, terms| {
        let length = letters.len();
        for at in 1..length {
            let mut exchanged = letters.to_vec();
            exchanged.swap(at - 1, at);
            terms.extend((exchanged != letters).then(|| whole(&exchanged)));
        }
        let is_doubled = |at: usize| letters[at] == letters[at - 1];
        let is_added = |at: &usize| length > MIN_CHANGED || (length == MIN_CHANGED && is_doubled(*at));
        terms.extend((1..length).filter(is_added).map(|at| whole(&without(letters, at))));
        if length >= MIN_CHANGED {
            terms.extend((1..length).map(|at| marked(at, &without(letters, at))));
            terms.extend((1..=length).map(|at| marked(at, letters)));
        }
    })
}

/// Returns the terms that `add` adds for the letters of each word, in ascending order, each once.
fn terms(words: [&str; 2], add: impl Fn(&[char], &mut Vec<String>)) -> Vec<String> {
    let mut terms = Vec::new();
    for word in words {
        let letters: Vec<char> = word.chars().collect();
        if (MIN_NEAR..=MAX_NEAR).contains(&letters.len()) && !letters.iter().any(|letter| letter.is_numeric()) {
            add(&letters, &mut terms);
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn whole(letters: &[char]) -> String {
    std::iter::once(&NEAR).chain(letters).collect()
}

/// Returns the term of a word without the letter at an index.
fn marked(at: usize, without: &[char]) -> String {
    let index = char::from(FIRST_INDEX.saturating_add(u8::try_from(at).unwrap_or(u8::MAX)));
    [NEAR, index].iter().chain(without).collect()
}

fn without(letters: &[char], left_out: usize) -> Vec<char> {
    letters.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, letter)| *letter).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use strsim::osa_distance;

    use super::{super::words, near, similar};

    fn meet(one: &str, other: &str) -> bool {
        let (one, other) = (&words(one)[0], &words(other)[0]);
        let terms = near(&other.folded, &other.stem);
        similar(&one.folded, &one.stem).iter().any(|term| terms.contains(term))
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
            let terms = near(&other, &other);
            let meet = similar(&one, &one).iter().any(|term| terms.contains(term));
            assert_eq!(meet, osa_distance(&one, &other) <= 1, "{one} {other}");
        }
    }
}
