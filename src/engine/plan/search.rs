//! Reads the argument `search`, and writes it as SQL over the table of terms.
//!
//! The text is never syntax: it is split into words like the texts of the index. A word matches a term that is equal or
//! has the same stem. Adjacent words also match a term that is written as one word. The last word also matches the
//! terms that begin with it. A word that matches no term of the type matches similar words in names and synonyms. If the
//! whole text is a slug, a former slug or a DOI, each of its words matches the record.
//!
//! A record is found if it matches all words. If no record of the type matches all words, the records that match the most
//! words are found. Records that match fewer words are also found if their score is at least that of the best of these.
//! Words that many records have count less, and a record whose whole name is in the text has extra points.
//!
//! A score is a sum of integers, so it is the same on both databases.

mod sql;

use std::ops::Range;

use strsim::osa_distance;

use super::arguments::input;
use crate::{
    engine::{
        catalog::{Catalog, Searched},
        problem::Problem,
        search::{self, MAX_JOINED, Word},
    },
    graphql::value::Value,
    store::reading::statement::Rows,
};

/// Maximum length of a text that is searched for, in characters: more than a person types.
pub const MAX_TEXT: usize = 200;

/// Maximum number of words that are searched for, without stop words: each is a part of the statement.
pub const MAX_WORDS: usize = 12;

/// Percentage of the points of a term that count for a similar word.
const NEAR_PERCENT: u8 = 30;

/// Maximum number of words of a name that is looked for within the text.
const MAX_NAME: usize = 4;

/// Minimum length of a last word that also matches the terms that begin with it: too many terms begin with one letter.
const MIN_PREFIX: usize = 2;

/// Values of the enumeration `SearchMatchKind` with their descriptions: the roles of texts, then [`FUZZY`].
pub const MATCH_KINDS: &[(&str, &str)] = &[
    Searched::VALUES[0],
    Searched::VALUES[1],
    Searched::VALUES[2],
    Searched::VALUES[3],
    Searched::VALUES[4],
    Searched::VALUES[5],
    Searched::VALUES[6],
    Searched::VALUES[7],
    Searched::VALUES[8],
    Searched::VALUES[9],
    ("FUZZY", "A name has a similar word, and no text of the type has the word itself."),
];

/// Index among [`MATCH_KINDS`] of matches of similar words.
const FUZZY: usize = Searched::VALUES.len();

/// A text that is searched for in records of some types.
#[derive(Clone, Debug)]
pub struct Search {
    types: Vec<&'static str>,
    /// Names of the fields that are searched; empty for all.
    fields: Vec<String>,
    /// The matches of its words and of the whole text. If there are none, nothing is found.
    matches: Vec<Match>,
    /// The types whose records are synonyms.
    synonyms: Vec<&'static str>,
    /// The phrases that may have synonyms: each word, and adjacent words.
    phrases: Vec<Phrase>,
    /// The text.
    text: String,
    /// Its words.
    words: Vec<Word>,
    /// True if similar words count only if no type has the word itself.
    in_any_type: bool,
}

/// Adjacent words that may have a synonym.
#[derive(Clone, Debug)]
struct Phrase {
    /// Indexes of the words.
    words: Range<usize>,
    /// The words written as one, and their stem if it differs.
    terms: Vec<String>,
    /// Similar words, one of which may be a synonym.
    near: Option<Near>,
}

/// The terms of similar words ([`search::similar`]). They match only if the word itself matches nothing.
#[derive(Clone, Debug)]
struct Near {
    terms: Vec<String>,
    /// The forms of the word and of the phrases with it: no term may be equal to one of them.
    unless: Vec<String>,
    /// The word, if it is the last one: no term may begin with it either.
    prefix: Option<String>,
}

/// The terms that match a word, or the whole text.
#[derive(Clone, Debug)]
struct Match {
    /// Index of the word; `None` for the whole text.
    word: Option<usize>,
    /// The terms.
    terms: Terms,
    /// Percentage of the points of the term that count.
    percent: u8,
}

/// Terms of the index.
#[derive(Clone, Debug)]
enum Terms {
    /// Exactly this term.
    Is(String),
    /// One of these terms.
    Among(Vec<String>),
    /// All that begin with this text.
    Begin(String),
    /// The terms of similar words in names, if the word matches no other term.
    Near(Near),
}

impl Phrase {
    fn weight(&self) -> usize {
        size_of::<Self>() + weight(&self.terms) + self.near.as_ref().map_or(0, Near::weight)
    }
}

impl Near {
    fn weight(&self) -> usize {
        weight(&self.terms) + weight(&self.unless) + self.prefix.as_ref().map_or(0, String::len)
    }
}

/// Returns the size of texts in memory, in bytes.
fn weight(texts: &[String]) -> usize {
    texts.iter().map(|text| size_of::<String>() + text.len()).sum()
}

impl Terms {
    fn weight(&self) -> usize {
        match self {
            Self::Is(term) | Self::Begin(term) => term.len(),
            Self::Among(terms) => weight(terms),
            Self::Near(near) => near.weight(),
        }
    }
}

impl Search {
    /// Reads a `search` argument for records of these types.
    ///
    /// # Errors
    /// If the text is too long or has too many words.
    pub fn read(catalog: &Catalog, types: Vec<&'static str>, value: &Value, at: &str) -> Result<Self, Problem> {
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
        let search = Self::of(types, fields, text, at)?;
        Ok(Self { synonyms: catalog.synonyms().map(|object| object.name).collect(), ..search })
    }

    /// Returns the search for a text, without synonyms.
    ///
    /// # Errors
    /// If the text is too long or has too many words.
    pub fn of(types: Vec<&'static str>, fields: Vec<String>, text: &str, at: &str) -> Result<Self, Problem> {
        let refused = |sentence: String| Err(Problem::argument(&format!("{at}.text"), sentence));
        let length = text.chars().count();
        if length > MAX_TEXT {
            return refused(format!("the text has {length} characters; the maximum is {MAX_TEXT}"));
        }
        let all = search::words(text);
        let words = search::sought(text);
        if words.len() > MAX_WORDS {
            return refused(format!("the text has {} words; the maximum is {MAX_WORDS}", words.len()));
        }
        let (mut matches, mut phrases) = (Vec::new(), Vec::new());
        for at in 0..words.len() {
            for count in 1..=MAX_JOINED.min(words.len() - at) {
                let (folded, stem) = search::joined(&words[at..at + count]);
                let mut terms = vec![folded, stem];
                terms.dedup();
                phrases.push(Phrase { words: at..at + count, terms, near: None });
                add_matches(&mut matches, at, &words[at..at + count], at + count == words.len());
            }
        }
        add_near(&mut matches, &mut phrases, &words);
        let mut wholes = [&all, &words].map(|words| search::whole(words.iter().map(|word| word.folded.as_str()))).to_vec();
        wholes.dedup();
        for whole in wholes {
            matches.push(Match { word: None, terms: Terms::Is(whole.clone()), percent: 100 });
            // The prefix of the term is one character.
            if whole.chars().count() > MIN_PREFIX {
                matches.push(Match { word: None, terms: Terms::Begin(whole), percent: 20 });
            }
        }
        let names = names_within(&all);
        if !names.is_empty() {
            matches.push(Match { word: None, terms: Terms::Among(names), percent: 20 });
        }
        if let Some(identifier) = search::identifier(text) {
            let of_word = |at| Match { word: Some(at), terms: Terms::Is(identifier.clone()), percent: 100 };
            matches.extend((0..words.len()).map(of_word));
        }
        if words.is_empty() {
            matches.clear();
        }
        matches.shrink_to_fit();
        let synonyms = Vec::new();
        Ok(Self { types, fields, matches, synonyms, phrases, text: text.to_owned(), words, in_any_type: false })
    }

    /// Returns the number of words; each may match every record.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// Returns the types whose records are synonyms.
    #[must_use]
    pub fn synonyms(&self) -> &[&'static str] {
        &self.synonyms
    }

    /// Iterates over its words and its adjacent words, written as one.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().flat_map(|phrase| &phrase.terms).map(String::as_str)
    }

    /// Reports whether records of several types are searched.
    fn is_of_several_types(&self) -> bool {
        self.types.len() > 1
    }

    /// Returns the types, the fields and the text as one text, for the fingerprint of cursors.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{:?} {:?} {}", self.types, self.fields, self.text)
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let words: usize = self.words.iter().map(|word| size_of::<Word>() + word.folded.len() + word.stem.len()).sum();
        let matches: usize = self.matches.iter().map(|one| size_of::<Match>() + one.terms.weight()).sum();
        size_of::<Self>()
            + self.text.len()
            + words
            + matches
            + self.phrases.iter().map(Phrase::weight).sum::<usize>()
            + self.fields.iter().map(|name| size_of::<String>() + name.len()).sum::<usize>()
    }

    /// Returns the phrases that have synonyms, as they were typed, each with the words that are searched as well.
    #[must_use]
    pub fn expansions(&self, synonyms: &Rows) -> Vec<(String, String)> {
        let of_row = |row| {
            let phrase = self.phrases.get(usize::try_from(synonyms.int(row, 0)?).ok()?)?;
            let span = self.words[phrase.words.start].span.start..self.words[phrase.words.end - 1].span.end;
            Some((self.text[span].to_owned(), synonyms.text(row, 1)?.to_owned()))
        };
        (0..synonyms.len()).filter_map(of_row).collect()
    }

    /// Returns the text with the most similar word in place of each word that matches nothing else; `None` if there is none.
    #[must_use]
    pub fn suggestion(&self, similar: &Rows) -> Option<String> {
        let mut text = self.text.clone();
        // Replaced from the end, so that the spans of earlier words stay valid.
        for (at, word) in self.words.iter().enumerate().rev() {
            let rows =
                (0..similar.len()).filter(|row| similar.int(*row, 0).is_some_and(|word| usize::try_from(word) == Ok(at)));
            let terms = rows.filter_map(|row| similar.text(row, 1));
            if let Some(term) = terms.min_by_key(|term| (osa_distance(&word.folded, term), *term)) {
                text.replace_range(word.span.clone(), term);
            }
        }
        (text != self.text).then_some(text)
    }
}

/// Adds the matches of one word, or of adjacent words that are written as one. `last` is true if the text ends with
/// these words.
fn add_matches(matches: &mut Vec<Match>, at: usize, words: &[Word], last: bool) {
    /// Percentage for each of several words that the index has as one term.
    const JOINED: u8 = 60;
    let (folded, stem) = search::joined(words);
    let percent = if words.len() == 1 { 100 } else { JOINED };
    let is_prefix = last && folded.chars().count() >= MIN_PREFIX;
    for word in (at..at + words.len()).map(Some) {
        if stem != folded {
            matches.push(Match { word, terms: Terms::Is(stem.clone()), percent: percent - 3 });
        }
        matches.push(Match { word, terms: Terms::Is(folded.clone()), percent });
        if is_prefix {
            matches.push(Match { word, terms: Terms::Begin(folded.clone()), percent: percent / 2 });
        }
    }
}

/// Adds the matches of words that are similar to one of these, in names and in synonyms.
fn add_near(matches: &mut Vec<Match>, phrases: &mut [Phrase], words: &[Word]) {
    for (at, word) in words.iter().enumerate() {
        let terms = search::similar(&word.folded, &word.stem);
        if terms.is_empty() {
            continue;
        }
        let with_it = phrases.iter().filter(|phrase| phrase.words.contains(&at));
        let unless = with_it.flat_map(|phrase| phrase.terms.iter().cloned()).collect();
        let prefix = (at + 1 == words.len()).then(|| word.folded.clone());
        let near = Near { terms, unless, prefix };
        if let Some(phrase) = phrases.iter_mut().find(|phrase| phrase.words == (at..at + 1)) {
            phrase.near = Some(near.clone());
        }
        matches.push(Match { word: Some(at), terms: Terms::Near(near), percent: NEAR_PERCENT });
    }
}

/// Returns the terms of the names that the words of a text may contain, except for the whole text.
fn names_within(all: &[Word]) -> Vec<String> {
    let mut names = Vec::new();
    for start in 0..all.len() {
        for end in start + 1..=all.len().min(start + MAX_NAME) {
            let is_stop_word = |word: &Word| search::is_stop_word(&word.folded);
            let words = &all[start..end];
            if words.len() < all.len() && !is_stop_word(&words[0]) && !is_stop_word(&words[words.len() - 1]) {
                names.push(search::whole(words.iter().map(|word| word.folded.as_str())));
            }
        }
    }
    names
}
