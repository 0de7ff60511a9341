//! Splits a text into words, and folds them.
//!
//! Folding: compatibility forms become plain ones (NFKD, so `CO₂` equals `CO2`), diacritics are removed, and letters
//! become lowercase (<https://www.unicode.org/reports/tr15/>). British spelling becomes American
//! ([`spelling`](super::spelling)), and Latin plurals become singular ([`latin`](super::latin)). A stem is the word
//! without its ending, by the Snowball rules for English (<https://snowballstem.org>).

use std::{
    ops::{Deref, Range},
    sync::{Arc, LazyLock},
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{latin::singular, spelling::american};

/// Maximum length of a word, in characters. Longer words are truncated: users do not search for them.
const MAX_WORD: usize = 40;

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    forms: Arc<WordForms>,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// True if only a hyphen or another sign within a word separates it from the next word: `platelet-rich`.
    pub joins_next: bool,
}

/// The forms of a word.
#[derive(Debug, PartialEq, Eq)]
pub struct WordForms {
    /// The word, folded, in the spelling of the text.
    pub plain: String,
    /// The word, folded, in American spelling and in the singular of Latin words.
    pub folded: String,
    /// Its stem; equal to the word if it has no ending, or contains a digit.
    pub stem: String,
}

impl Deref for Word {
    type Target = WordForms;

    fn deref(&self) -> &WordForms {
        &self.forms
    }
}

/// Returns the words of a text in their order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    split(text, |written| forms(written).map(Arc::new))
}

/// Words of texts with their forms, for texts that repeat their words.
#[derive(Default)]
pub struct KnownWords(IndexMap<String, Arc<WordForms>, RandomState>);

impl KnownWords {
    /// Maximum number of words.
    const MAX: usize = 50_000;
    /// Maximum length of a word in its text, in bytes. Longer words are rare, and are not stored.
    const MAX_BYTES: usize = 4 * MAX_WORD;

    /// Returns the words of a text in their order. Also returns the number of each word, which is the same for all words
    /// that are written alike; `None` for a word that is not stored.
    pub fn words(&mut self, text: &str) -> (Vec<Word>, Vec<Option<usize>>) {
        let mut numbers = Vec::new();
        let words = split(text, |written| {
            let (number, forms) = self.forms(written)?;
            numbers.push(number);
            Some(forms)
        });
        (words, numbers)
    }

    fn forms(&mut self, written: &str) -> Option<(Option<usize>, Arc<WordForms>)> {
        if let Some((number, _, forms)) = self.0.get_full(written) {
            return Some((Some(number), Arc::clone(forms)));
        }
        let forms = Arc::new(forms(written)?);
        let is_stored = self.0.len() < Self::MAX && written.len() <= Self::MAX_BYTES;
        let number = is_stored.then(|| self.0.insert_full(written.to_owned(), Arc::clone(&forms)).0);
        Some((number, forms))
    }
}

/// Splits a text. `forms` returns the forms of a word; `None` if it has no letters.
fn split(text: &str, mut forms: impl FnMut(&str) -> Option<Arc<WordForms>>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if !is_of_word(first) {
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some((at, letter)) = rest.next_if(|(_, letter)| is_of_word(*letter)) {
            end = at + letter.len_utf8();
        }
        let Some(forms) = forms(&text[start..end]) else { continue };
        if let Some(last) = words.last_mut() {
            let mut between = text[last.span.end..start].chars();
            last.joins_next = between.next().is_some_and(is_joiner) && between.next().is_none();
        }
        words.push(Word { forms, span: start..end, joins_next: false });
    }
    words
}

/// Reports whether only a sign separates a word from one of its neighbours. The word is then a part, such as the `5` of
/// `L90.5`, which has no meaning without the rest.
#[must_use]
pub fn is_part(words: &[Word], at: usize) -> bool {
    words[at].joins_next || at > 0 && words[at - 1].joins_next
}

/// Returns the text from the first to the last of adjacent words, in lowercase.
#[must_use]
pub fn text_of(text: &str, words: &[Word]) -> String {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return String::new() };
    text.get(first.span.start..last.span.end).unwrap_or_default().to_lowercase()
}

/// Returns words written as one: the folded word, and its stem.
#[must_use]
pub fn joined(words: &[Word]) -> (String, String) {
    let folded: String = words.iter().map(|word| word.folded.as_str()).collect();
    let folded = american(folded);
    let stem = stem(&folded);
    (folded, stem)
}

/// Returns the stems of words, written as one.
#[must_use]
pub fn joined_stems(words: &[Word]) -> String {
    words.iter().map(|word| word.stem.as_str()).collect()
}

fn forms(text: &str) -> Option<WordForms> {
    let plain = if text.is_ascii() { text.to_ascii_lowercase() } else { plain(text) };
    if plain.is_empty() {
        return None;
    }
    let folded = truncated(singular(american(plain.clone())));
    Some(WordForms { stem: stem(&folded), plain: truncated(plain), folded })
}

/// Returns a word without diacritics, in lowercase.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'ς' => plain.push('σ'),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ => {}
        }
    }
    plain
}

fn truncated(word: String) -> String {
    match word.char_indices().nth(MAX_WORD) {
        Some((end, _)) => word[..end].to_owned(),
        None => word,
    }
}

/// Returns the stem of a folded word: the word itself if it contains a digit.
#[must_use]
pub fn stem(folded: &str) -> String {
    if folded.bytes().any(|byte| byte.is_ascii_digit()) { folded.to_owned() } else { STEMMER.stem(folded).into_owned() }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter) || is_invisible(letter)
}

/// Reports whether a character is invisible, and may be within a word: a soft hyphen, a joiner, or a byte order mark.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Reports whether two words with only this sign between them may also be written as one word, or with a space:
/// `platelet-rich`, `L71.9`, `Crow's`.
fn is_joiner(sign: char) -> bool {
    matches!(sign, '-' | '\u{2010}'..='\u{2015}' | '.' | '/' | '\'' | '’' | '&' | '+' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded.clone()).collect()
    }

    #[test]
    fn forms_of_one_word_fold_to_one_text() {
        assert_eq!(folded("CO₂ LASER"), folded("co2 laser"));
        assert_eq!(folded("Haemangioma, café"), ["hemangioma", "cafe"]);
        assert_eq!(folded("cafe\u{301} ﬁllers"), ["cafe", "fillers"]);
        assert_eq!(folded("mel\u{ad}asma \u{feff}acne \u{ad}"), ["melasma", "acne"]);
        assert_eq!(folded(" …!? "), Vec::<String>::new());
        assert_eq!(words("scars")[0].stem, words("scar")[0].stem);
        assert_eq!(words("microneedling")[0].stem, words("microneedles")[0].stem);
        for (plural, singular) in [
            ("keratoses", "keratosis"),
            ("naevi", "nevus"),
            ("telangiectases", "telangiectasia"),
            ("cicatrices", "cicatrix"),
            ("lentigines", "lentigo"),
            ("haemangiomata", "hemangioma"),
        ] {
            assert_eq!(words(plural)[0].stem, words(singular)[0].stem, "{plural}");
        }
        assert_eq!(folded("roses purposes"), ["roses", "purposes"]);
    }

    #[test]
    fn only_short_words_are_stored_with_their_forms() {
        let (longest, too_long) = ("a".repeat(KnownWords::MAX_BYTES), "b".repeat(KnownWords::MAX_BYTES + 1));
        let (text, mut known) = (format!("{longest} {too_long}"), KnownWords::default());
        for _ in 0..2 {
            assert_eq!(known.words(&text), (words(&text), vec![Some(0), None]));
        }
        assert_eq!(known.0.keys().collect::<Vec<_>>(), [&longest]);
    }

    #[test]
    fn signs_within_a_word_separate_words_that_can_be_joined() {
        let words = words("platelet-rich plasma: L71.9");
        let joins: Vec<bool> = words.iter().map(|word| word.joins_next).collect();
        assert_eq!(joins, [true, false, false, true, false]);
        assert_eq!(joined(&words[..2]).0, "plateletrich");
        assert_eq!(joined(&words[3..]), ("l719".to_owned(), "l719".to_owned()));
    }

    #[test]
    fn any_text_has_words_with_spans_inside_it() {
        for text in ["", "\u{0}a", "İstanbul ẞ", "a\u{301}\u{301}b", "🧴 sun", "''--..//", "ﷺ", "½", "e\u{200d}f"] {
            for word in words(text) {
                assert!(text.get(word.span.clone()).is_some() && !word.folded.is_empty(), "{text:?} {word:?}");
            }
        }
    }
}
