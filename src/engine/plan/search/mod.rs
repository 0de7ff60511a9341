//! Reads the argument `search`: which terms of the index match, and with how many points.
//!
//! The text has no syntax. It is split into words as the texts of the index are. A word matches a term that is equal or
//! has the same stem. Adjacent words also match a term in which they are written as one word. The last word also
//! matches the terms that begin with it, in British and American spelling. A word that is neither a term of the type nor
//! a synonym matches similar words in names of the type. If no searched type has the word, it also matches similar
//! synonyms. If the words at the end of the text are neither a term nor a synonym, they also match the synonyms that begin
//! with them. If the whole text is the slug, a former slug or the DOI of a record, each of its words matches that record.
//!
//! In each type, the records that match the most words are found. A record that matches fewer words is also found if its
//! score is at least the highest score of the records that match the most words, or if its whole name is in the text. A
//! record whose whole name is in the text has extra points. If the text has more words than the name, the name is only
//! looked up if it has at most four words and neither begins nor ends with a stop word. Words that many records have
//! count less.
//!
//! A score is a sum of integers, so it is the same on both databases.

mod names;
mod phrases;
mod sql;

pub use names::terms as name_terms;
pub use phrases::{Phrase, SimilarWords};
pub use sql::{Ranges, SCORE_BITS};

use indexmap::IndexSet;

use super::arguments::input;
use crate::{
    engine::{
        catalog::{Catalog, ObjectType, Searched},
        problem::Problem,
        search::{self, MAX_JOINED, Word, WordForms, term_position::field_number},
    },
    graphql::value::Value,
};

/// Maximum length of a text that is searched for, in characters. The texts that people type are shorter.
pub const MAX_TEXT: usize = 200;

/// Maximum number of words that are searched for, without stop words. The statement reads the terms of each word.
pub const MAX_WORDS: usize = 12;

/// Minimum length at which the last word also matches the terms that begin with it. Too many terms begin with a single
/// letter.
const MIN_PREFIX: usize = 2;

/// Values of the enumeration `SearchMatchKind` with their descriptions: the roles of texts, then [`FUZZY`].
pub const MATCH_KINDS: &[(&str, &str)] = &KINDS;

const KINDS: [(&str, &str); FUZZY + 1] = {
    let about = "A name or an alias has a similar word, and neither a text of the type nor a synonym has the word itself.";
    let mut kinds = [("FUZZY", about); FUZZY + 1];
    let mut at = 0;
    while at < FUZZY {
        kinds[at] = Searched::VALUES[at];
        at += 1;
    }
    kinds
};

/// Index among [`MATCH_KINDS`] of the kind for similar words.
pub const FUZZY: usize = Searched::VALUES.len();

/// A text that is searched for in records of some types.
#[derive(Clone, Debug)]
pub struct Search {
    /// The types of the records.
    pub types: Vec<SearchedType>,
    /// Names of the fields that are searched; empty for all.
    fields: Vec<String>,
    /// The wanted terms: those of its words, and those of the whole text. If there are none, nothing is found.
    pub wanted: Vec<WantedTerms>,
    /// The types whose records are synonyms.
    pub synonyms: Vec<SearchedType>,
    /// The phrases that may have synonyms: each word, and adjacent words.
    pub phrases: Vec<Phrase>,
    /// How similar words are found, for each word that can have some.
    pub similar_words: Vec<SimilarWords>,
    /// The text.
    pub text: String,
    /// Its words.
    pub words: Vec<Word>,
    /// For each word, the number of its stem. Words with the same stem have the same number, and count as one word.
    pub stem_numbers: Vec<usize>,
}

/// A type whose records are searched.
#[derive(Clone, Debug)]
pub struct SearchedType {
    /// Its name.
    pub name: &'static str,
    /// The percentage by which the points of its matches are multiplied.
    pub percent: i32,
    /// True if it has searched fields that are not slugs. Only then are similar words searched for in the type.
    pub has_similar: bool,
    /// Its searched fields: the number in the index, and the name as a value of `SearchField`.
    pub fields: Vec<(u16, String)>,
}

/// The terms that are wanted for a word, or for the whole text.
#[derive(Clone, Debug)]
pub struct WantedTerms {
    /// Index of the word; `None` for the whole text.
    pub word: Option<usize>,
    /// The terms.
    pub terms: Terms,
    /// The percentage of the points of each term that is added to the score.
    pub percent: u8,
    /// For the terms of a name, its words as a set of bits: bit n is set if the name has a word whose stem has the
    /// number n ([`Search::stem_numbers`]). 0 for all other terms.
    pub name_words: u16,
}

/// Terms of the index.
#[derive(Clone, Debug)]
pub enum Terms {
    /// Exactly this term.
    Is(String),
    /// One of these terms.
    Among(Vec<String>),
    /// All that begin with this text.
    Begin(String),
}

impl SearchedType {
    fn of(catalog: &Catalog, object: &'static ObjectType) -> Self {
        let number = |name: String| (field_number(&name), name);
        let fields = object.searched_fields(catalog).map(|field| number(field.search_name())).collect();
        let percent = object.content().map_or(100, |role| role.search_percent);
        let has_similar = object.searched_fields(catalog).any(|field| !matches!(field.name, "slug" | "formerly"));
        Self { name: object.name, percent, has_similar, fields }
    }

    /// Returns the name of a field by its number in the index.
    #[must_use]
    pub fn field(&self, number: u16) -> Option<&str> {
        self.fields.iter().find(|(of_field, _)| *of_field == number).map(|(_, name)| name.as_str())
    }

    fn allocated_bytes(&self) -> usize {
        let fields = self.fields.iter().map(|field| size_of_val(field) + field.1.len());
        size_of::<Self>() + fields.sum::<usize>()
    }
}

fn allocated_bytes(texts: &[String]) -> usize {
    texts.iter().map(|text| size_of::<String>() + text.len()).sum()
}

impl Terms {
    fn allocated_bytes(&self) -> usize {
        match self {
            Self::Is(term) | Self::Begin(term) => term.len(),
            Self::Among(terms) => allocated_bytes(terms),
        }
    }
}

impl Search {
    /// Reads a `search` argument for records of these types.
    ///
    /// # Errors
    /// If the text is too long or has too many words.
    pub fn read(catalog: &'static Catalog, types: &[&'static ObjectType], value: &Value, at: &str) -> Result<Self, Problem> {
        let (mut text, mut fields) = ("", Vec::new());
        for (name, value) in input::given(value, at)? {
            match (name, value) {
                ("text", value) => text = input::text(value, &format!("{at}.text"))?,
                ("fields", Value::List(items)) if items.is_empty() => {
                    return Err(Problem::argument(&format!("{at}.fields"), "no field is given"));
                }
                ("fields", Value::List(items)) => {
                    let name = |item: &Value| if let Value::Enum(name) = item { Some((*name).to_owned()) } else { None };
                    fields = items.iter().filter_map(name).collect();
                    fields.sort_unstable();
                    fields.dedup();
                }
                _ => return Err(input::unknown(at)),
            }
        }
        let types = types.iter().map(|object| SearchedType::of(catalog, object)).collect();
        let synonyms = catalog.synonyms().map(|object| SearchedType::of(catalog, object)).collect();
        Ok(Self { types, fields, synonyms, ..Self::of(text, at)? })
    }

    /// Returns the search for a text, without types, fields and synonyms.
    ///
    /// # Errors
    /// If the text is too long or has too many words.
    pub fn of(text: &str, at: &str) -> Result<Self, Problem> {
        let refused = |sentence: String| Err(Problem::argument(&format!("{at}.text"), sentence));
        let length = text.chars().count();
        if length > MAX_TEXT {
            return refused(format!("the text has {length} characters; the maximum is {MAX_TEXT}"));
        }
        let all = search::words(text);
        let words = search::searched_words(text);
        if words.len() > MAX_WORDS {
            return refused(format!("the text has {} words; the maximum is {MAX_WORDS}", words.len()));
        }
        let (mut wanted, mut phrases) = (Vec::new(), Vec::new());
        for at in 0..words.len() {
            for count in 1..=MAX_JOINED.min(words.len() - at) {
                phrases.push(Phrase::of(&words, at..at + count));
                if count > 1 || !is_number_in_code(&words, at) {
                    add_word_terms(&mut wanted, at, &words[at..at + count], at + count == words.len());
                }
            }
        }
        let similar_words = phrases::similar_words(&phrases, &words);
        let stem_numbers = stem_numbers(&words);
        add_names(&mut wanted, &all, &words, &stem_numbers);
        if let Some(identifier) = search::identifier(text) {
            let of_word =
                |at| WantedTerms { word: Some(at), terms: Terms::Is(identifier.clone()), percent: 100, name_words: 0 };
            wanted.extend((0..words.len()).map(of_word));
        }
        if words.is_empty() {
            wanted.clear();
        }
        wanted.shrink_to_fit();
        let (types, fields, synonyms) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { types, fields, wanted, synonyms, phrases, similar_words, text: text.to_owned(), words, stem_numbers })
    }

    /// Returns the words of a phrase as bits, as in [`WantedTerms::name_words`].
    #[must_use]
    pub fn bits(&self, phrase: &Phrase) -> u16 {
        self.stem_numbers[phrase.words.clone()].iter().fold(0, |all, word| all | 1 << word)
    }

    /// Returns the number of different stems.
    #[must_use]
    pub fn stem_count(&self) -> usize {
        self.stem_numbers.iter().max().map_or(0, |last| last + 1)
    }

    /// Returns the number of words. The estimated cost of the search grows with it, because each word may match every
    /// record.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Reports whether a field is searched.
    #[must_use]
    pub fn includes_field(&self, field: &str) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|name| name == field)
    }

    /// Iterates over the terms of its phrases: single words, and adjacent words that are written as one word.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().flat_map(|phrase| &phrase.terms).map(String::as_str)
    }

    /// Returns the types, the fields and the text as one text, for the fingerprint of cursors.
    #[must_use]
    pub fn describe(&self) -> String {
        let types: Vec<&str> = self.types.iter().map(|one| one.name).collect();
        format!("{types:?} {:?} {}", self.fields, self.text)
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        let of_word = |word: &Word| {
            size_of::<Word>() + size_of::<WordForms>() + word.plain.len() + word.folded.len() + word.stem.len()
        };
        let words = self.words.iter().map(of_word).sum::<usize>() + size_of_val(self.stem_numbers.as_slice());
        let wanted: usize = self.wanted.iter().map(|one| size_of::<WantedTerms>() + one.terms.allocated_bytes()).sum();
        size_of::<Self>()
            + self.text.len()
            + words
            + wanted
            + self.phrases.iter().map(Phrase::allocated_bytes).sum::<usize>()
            + self.similar_words.iter().map(SimilarWords::allocated_bytes).sum::<usize>()
            + self.types.iter().chain(&self.synonyms).map(SearchedType::allocated_bytes).sum::<usize>()
            + allocated_bytes(&self.fields)
    }
}

/// Adds the terms that are wanted for one word, or for adjacent words that are written as one. `last` is true if the
/// text ends with these words.
fn add_word_terms(wanted: &mut Vec<WantedTerms>, at: usize, words: &[Word], last: bool) {
    /// Percentage for each of several adjacent words that match one term.
    const JOINED: u8 = 60;
    let (folded, stem) = search::joined(words);
    let percent = if words.len() == 1 { 100 } else { JOINED };
    let is_prefix = last && folded.chars().count() >= MIN_PREFIX;
    let beginnings = match words {
        _ if !is_prefix => Vec::new(),
        [_] => search::beginnings(words),
        // The last word alone matches in both spellings, with more points.
        _ => vec![folded.clone()],
    };
    for word in (at..at + words.len()).map(Some) {
        if stem != folded {
            wanted.push(WantedTerms { word, terms: Terms::Is(stem.clone()), percent: percent - 3, name_words: 0 });
        }
        wanted.push(WantedTerms { word, terms: Terms::Is(folded.clone()), percent, name_words: 0 });
        let begin = |start| WantedTerms { word, terms: Terms::Begin(start), percent: percent / 2, name_words: 0 };
        wanted.extend(beginnings.iter().cloned().map(begin));
    }
}

/// Adds the terms of names: of the whole text, with and without stop words, and of its parts.
fn add_names(wanted: &mut Vec<WantedTerms>, all: &[Word], words: &[Word], stem_numbers: &[usize]) {
    let bit = |word: &Word| words.iter().position(|one| one.span == word.span).map_or(0, |at| 1 << stem_numbers[at]);
    let bits_of = |words: &[Word]| words.iter().map(bit).collect::<Vec<u16>>();
    let is_first = |at: &usize| !stem_numbers[..*at].contains(&stem_numbers[*at]);
    let once: Vec<Word> = (0..words.len()).filter(is_first).map(|at| words[at].clone()).collect();
    let mut wholes = vec![all];
    if once.len() < all.len() {
        wholes.push(&once);
    }
    for whole in wholes {
        add_name(wanted, names::of(whole, &bits_of(whole)), 100);
        // The first character of each term is the prefix of whole names, so it does not count.
        let starts = names::beginnings(whole).into_iter().filter(|start| start.chars().count() > MIN_PREFIX);
        wanted.extend(starts.map(|start| WantedTerms {
            word: None,
            terms: Terms::Begin(start),
            percent: 20,
            name_words: 0,
        }));
    }
    for name in names::within(all, &bits_of(all)) {
        add_name(wanted, name, 20);
    }
}

/// Adds the terms of a name. The singular or plural that was not typed has half of the points.
fn add_name(wanted: &mut Vec<WantedTerms>, name: names::Name, percent: u8) {
    for (term, percent) in name.terms.into_iter().zip([percent, percent / 2]) {
        wanted.push(WantedTerms { word: None, terms: Terms::Is(term), percent, name_words: name.words });
    }
}

/// Returns for each word the number of its stem among the different stems, from 0.
fn stem_numbers(words: &[Word]) -> Vec<usize> {
    let mut stems: IndexSet<&str> = IndexSet::new();
    words.iter().map(|word| stems.insert_full(&word.stem).0).collect()
}

/// Reports whether a word is a number that a sign joins to another word: the `9` of `L30.9`. It matches only together with
/// that word.
fn is_number_in_code(words: &[Word], at: usize) -> bool {
    search::is_part(words, at) && words[at].folded.bytes().all(|byte| byte.is_ascii_digit())
}
