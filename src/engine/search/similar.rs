//! Similar words: a misspelt word of a search matches the words of names that are similar to it.
//!
//! The spellings of both words are compared, not their stems, because stems of different words can differ by one letter:
//! those of `created` and `creases` do. The letters `s` at the end do not count. Words with digits are similar only if they
//! sound alike, because similar codes have different meanings.
//!
//! Words that differ in the first letter, and words that only sound alike, are found by the key terms of [`sounds`]. All
//! other similar words begin with one of the first two letters of the word, and a search compares only words that do.

use std::ops::RangeInclusive;

use strsim::osa_distance;

use super::{
    Word,
    sounds::{self, sound, without_final_s, without_first},
};

/// Minimum length of both words if a letter is missing, added or replaced, in letters. If the added letter repeats the
/// letter before it (`acnne`), the other word may have one letter less. Many shorter words with different meanings differ
/// by one letter.
const MIN_CHANGED: usize = 5;
/// Minimum length of both words if there are two such errors, in letters.
const MIN_TWICE_CHANGED: usize = 9;
/// Minimum length of both words if the first letter is missing or added, in letters: `trough` is not `rough`.
const MIN_FIRST_MISSING: usize = 6;
/// Minimum length of both words if the first letter is replaced, in letters: `dimple` is not `pimple`.
const MIN_FIRST_REPLACED: usize = 7;
/// Minimum length of a word that may have an error and be the beginning of another word, in letters: `policy` is not the
/// beginning of `polycystic`.
const MIN_BEGINNING: usize = 9;
/// Minimum number of letters of words that sound alike. Words with digits need one letter more, because codes have few
/// letters.
const MIN_SOUNDING: usize = 4;

/// Length of a word that is compared with similar ones, in letters.
const COMPARED: RangeInclusive<usize> = 4..=24;

/// How similar two words are, the most similar first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// One letter is missing, added or replaced, or two adjacent letters are exchanged.
    OneError,
    /// There are two such errors in a long word, or one in the first letter.
    MoreErrors,
    /// The word of the search is the last one, and is similar to the beginning of the other word.
    Beginning,
    /// They sound alike.
    Sound,
}

/// The forms of a word of a search that are compared with similar words.
#[derive(Clone, Debug)]
pub struct Similar {
    /// The word as it is typed, and in American spelling, each without the letters `s` at the end.
    forms: Vec<Form>,
    /// True if the word may be incomplete, because it is the last one.
    is_beginning: bool,
}

#[derive(Clone, Debug)]
struct Form {
    spelling: String,
    letters: Vec<char>,
    /// The sounds of the word: first without the letters `s` at the end, then with them.
    sounds: [String; 2],
}

impl Form {
    fn of(word: &str) -> Option<Self> {
        let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
        let all = word.chars().count();
        let is_word = COMPARED.contains(&all) && (letters == all || is_compared_by_sound(word, letters));
        let spelling = without_final_s(word);
        is_word.then(|| Self {
            spelling: spelling.to_owned(),
            letters: spelling.chars().collect(),
            sounds: [sound(spelling), sound(word)],
        })
    }
}

impl Similar {
    /// Returns the forms of a word; `None` if it has no similar words. The last word may be incomplete.
    #[must_use]
    pub fn of(word: &Word, is_last: bool) -> Option<Self> {
        Self::of_spellings(&[&word.plain, &word.folded], is_last)
    }

    /// Returns the forms of adjacent words, written as one.
    #[must_use]
    pub fn of_joined(joined: &str) -> Option<Self> {
        Self::of_spellings(&[joined], false)
    }

    fn of_spellings(spellings: &[&str], is_beginning: bool) -> Option<Self> {
        let mut forms: Vec<Form> = spellings.iter().filter_map(|word| Form::of(word)).collect();
        forms.dedup_by(|next, kept| next.spelling == kept.spelling);
        (!forms.is_empty()).then_some(Self { forms, is_beginning })
    }

    /// Returns the possible first letters of similar words, each once.
    #[must_use]
    pub fn first_letters(&self) -> Vec<char> {
        let mut letters: Vec<char> = self.forms.iter().flat_map(|form| form.letters.iter().take(2)).copied().collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    }

    /// Returns the possible prefixes of the key terms of similar words ([`sounds::start_of_key`]), each once.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let of_form = |form: &Form| {
            let without_added = sound(without_first(&form.spelling));
            let of_sound = |sound: &String| [without_first(sound).to_owned(), sound.clone()];
            let tails = form.sounds.iter().flat_map(of_sound).chain([without_first(&without_added).to_owned()]);
            tails.map(|tail| sounds::start_of_key(&tail)).collect::<Vec<_>>()
        };
        let mut keys: Vec<String> = self.forms.iter().flat_map(of_form).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Returns how similar a word of the index is, or the word of a key term; `None` if it is not similar.
    #[must_use]
    pub fn likeness(&self, term: &str) -> Option<Likeness> {
        if let Some(word) = sounds::of_key(term) {
            return Form::of(word).and_then(|other| self.best(|form| by_key(form, &other)));
        }
        // A letter has at most four bytes.
        if term.len() < *COMPARED.start() || term.len() > 4 * COMPARED.end() || !term.chars().all(char::is_alphabetic) {
            return None;
        }
        let spelling = without_final_s(term);
        let letters: Vec<char> = spelling.chars().collect();
        COMPARED.contains(&letters.len()).then(|| self.best(|form| self.by_letters(form, spelling, &letters))).flatten()
    }

    /// Returns how similar two words are by their letters, if the first letter is not missing, added or replaced.
    fn by_letters(&self, form: &Form, other: &str, letters: &[char]) -> Option<Likeness> {
        let typed = &form.letters;
        if typed.iter().any(|letter| !letter.is_alphabetic()) {
            return None;
        }
        if has_one_error(typed, letters) {
            return Some(Likeness::OneError);
        }
        let are_long = typed.len().min(letters.len()) >= MIN_TWICE_CHANGED && typed.len().abs_diff(letters.len()) <= 2;
        if are_long && typed[0] == letters[0] && osa_distance(&form.spelling, other) <= 2 {
            return Some(Likeness::MoreErrors);
        }
        let is_beginning = |length| letters.get(..length).is_some_and(|start| has_one_error(typed, start));
        let may_be_beginning = self.is_beginning && typed.len() >= MIN_BEGINNING;
        (may_be_beginning && (typed.len() - 1..=typed.len() + 1).any(is_beginning)).then_some(Likeness::Beginning)
    }

    fn best(&self, likeness: impl Fn(&Form) -> Option<Likeness>) -> Option<Likeness> {
        self.forms.iter().filter_map(likeness).min()
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        let allocated_bytes = |form: &Form| {
            let texts = form.spelling.len() + form.sounds.iter().map(String::len).sum::<usize>();
            size_of::<Form>() + texts + size_of_val(form.letters.as_slice())
        };
        self.forms.iter().map(allocated_bytes).sum()
    }
}

/// Reports whether a word with digits is compared with similar words. Such words are compared only by their sounds.
/// `letters` is the number of its letters.
fn is_compared_by_sound(word: &str, letters: usize) -> bool {
    letters > MIN_SOUNDING && word.chars().all(char::is_alphanumeric)
}

/// Returns how similar the word of a key term is.
fn by_key(form: &Form, other: &Form) -> Option<Likeness> {
    let (typed, found) = (&form.letters, &other.letters);
    let is_at_least = |length| typed.len() >= length && found.len() >= length;
    let is_first = is_at_least(MIN_FIRST_REPLACED) && typed[1..] == found[1..]
        || is_at_least(MIN_FIRST_MISSING) && (typed[1..] == found[..] || typed[..] == found[1..]);
    let are_words = typed.iter().chain(found).all(|letter| letter.is_alphabetic());
    if is_first && are_words {
        return Some(Likeness::MoreErrors);
    }
    form.sounds.contains(&other.sounds[0]).then_some(Likeness::Sound)
}

/// Reports whether a word of a search differs from a word of the index by one error at most. The first letter may only be
/// exchanged with the second one, and not be missing, added or replaced.
fn has_one_error(typed: &[char], other: &[char]) -> bool {
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

    use super::{
        super::{sounds, words},
        Likeness, Similar,
    };

    fn likeness(one: &str, other: &str) -> Option<Likeness> {
        let (one, other) = (&words(one)[0], &words(other)[0]);
        let similar = Similar::of(one, false)?;
        let key = sounds::key(&other.plain, &other.plain);
        let has_key = similar.keys().iter().any(|start| key.starts_with(start));
        let by_key = similar.likeness(&key);
        assert!(has_key || by_key.is_none(), "{one:?}: {key} is not read");
        [similar.likeness(&other.plain), similar.likeness(&other.folded), by_key].into_iter().flatten().min()
    }

    #[test]
    fn words_with_one_error_are_similar() {
        for (typed, name) in [
            ("rosecea", "rosacea"),
            ("keliod", "keloids"),
            ("keliods", "keloid"),
            ("microneedeling", "microneedling"),
            ("hyperpigmentaton", "hyperpigmentation"),
            ("rosacae", "rosacea"),
            ("botulinm", "botulinum"),
            ("lazer", "laser"),
            ("acnne", "acne"),
            ("ance", "acne"),
            ("lentigenes", "lentigines"),
            ("hemangeoma", "haemangioma"),
            ("wrinkels", "wrinkles"),
        ] {
            assert_eq!(likeness(typed, name), Some(Likeness::OneError), "{typed} {name}");
        }
    }

    #[test]
    fn long_words_may_have_two_errors_and_one_may_be_in_the_first_letter() {
        for (typed, name) in [
            ("restalyne", "restylane"),
            ("hyperpigmention", "hyperpigmentation"),
            ("cryolypolisis", "cryolipolysis"),
            ("eratosis", "keratosis"),
            ("elasma", "melasma"),
            ("nosacea", "rosacea"),
            ("xwrinkles", "wrinkles"),
        ] {
            assert_eq!(likeness(typed, name), Some(Likeness::MoreErrors), "{typed} {name}");
        }
    }

    #[test]
    fn the_last_word_may_be_an_incomplete_word_with_an_error() {
        let likeness = |typed: &str, is_last| Similar::of(&words(typed)[0], is_last).unwrap().likeness("microneedling");
        assert_eq!(likeness("micronedl", true), Some(Likeness::Beginning));
        assert_eq!((likeness("micronedl", false), likeness("micno", true)), (None, None));
    }

    #[test]
    fn words_that_sound_alike_are_similar() {
        for (typed, name) in [
            ("fotodynamic", "photodynamic"),
            ("botocks", "botox"),
            ("akne", "acne"),
            ("excema", "eczema"),
            ("skar", "scar"),
            ("alopeshia", "alopecia"),
            ("morfeus8", "morpheus8"),
        ] {
            assert_eq!(likeness(typed, name), Some(Likeness::Sound), "{typed} {name}");
        }
    }

    #[test]
    fn short_and_other_words_are_not_similar() {
        for (typed, name) in [
            ("laser", "peel"),
            ("acn", "ac"),
            ("l719", "l718"),
            ("k44", "c44"),
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
            ("dimples", "pimples"),
            ("trough", "rough"),
            ("created", "creases"),
            ("moxidil", "minoxidil"),
        ] {
            assert_eq!(likeness(typed, name), None, "{typed} {name}");
        }
    }

    proptest! {
        /// The first letters are equal, and no word ends with `s`.
        #[test]
        fn words_are_similar_if_and_only_if_their_distance_allows_it(one in "a[ab]{5,10}", other in "a[ab]{5,10}") {
            let distance = osa_distance(&one, &other);
            let are_long = one.len() >= 9 && other.len() >= 9;
            let expected = match distance {
                0 | 1 => Some(Likeness::OneError),
                2 if are_long => Some(Likeness::MoreErrors),
                _ => None,
            };
            let similar = Similar::of_joined(&one).unwrap();
            assert_eq!(similar.likeness(&other), expected, "{one} {other}");
            assert!(expected.is_none() || similar.first_letters().contains(&'a'));
        }
    }
}
