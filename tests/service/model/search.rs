//! Searches: they are generated from texts of the library, and the service says what they find.
//!
//! The model takes as given which records of a type a search finds, and their scores. It reads them once, by a search
//! without other arguments. All lists with the same search, whatever their other arguments, must then have exactly these
//! records. Of the records themselves, the model checks two rules with the words of `engine::search`: a text without words
//! finds nothing, and a record whose names have all words of the text is found. Which further records are found, for
//! example by similar words, is tested in `tests/service/search`.

use std::collections::HashMap;

use dermagraph::engine::search::{self, Word};
use proptest::{
    prelude::*,
    sample::{Index, subsequence},
    test_runner::TestCaseError,
};

use super::{
    library::{Library, Row},
    runner::Generated,
    shape::Type,
    value::{Value, quoted},
};

/// The fields with names of records, each with its name in `SearchField`.
const NAMES: [(&str, &str); 3] = [("name", "NAME"), ("aliases", "ALIASES"), ("title", "TITLE")];

/// Further fields with texts that are searched for.
const TEXTS: [&str; 3] = ["slug", "variant", "doi"];

/// Fields that are searched. No type has all of them.
const FIELDS: &[&str] = &["NAME", "ALIASES", "TITLE", "SLUG", "DOI", "DESCRIPTION"];

/// A word that no text has.
const UNKNOWN: &str = "xylophone";

/// The scores of the records that a search finds, by their ids.
pub type Scores = HashMap<i64, i64>;

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    words: Vec<DrawnWord>,
    /// The searched fields; empty for all.
    fields: Vec<&'static str>,
}

/// A word of a text of the library.
#[derive(Clone, Debug)]
struct DrawnWord {
    text: Index,
    word: Index,
    typed: Typed,
}

/// How a word is typed.
#[derive(Clone, Debug)]
enum Typed {
    Correctly,
    /// With all other words of its text.
    WithItsText,
    /// Only its beginning.
    Beginning(Index),
    /// Two letters are exchanged.
    Exchanged(Index),
    /// A letter is missing.
    Missing(Index),
    /// As another word, which no text has.
    Unknown,
}

impl Search {
    /// Returns the argument `search` of a list of records of a type.
    pub fn argument(&self, library: &Library, of: Type) -> String {
        let fields = if self.fields.is_empty() { String::new() } else { format!(", fields: [{}]", self.fields.join(", ")) };
        format!("search: {{text: {}{fields}}}", quoted(&self.text(library, of)))
    }

    /// Returns the records of a type that the service finds, with their scores.
    pub async fn scores(&self, generated: &Generated<'_>, of: Type) -> Result<Scores, TestCaseError> {
        let library = generated.library;
        let argument = self.argument(library, of);
        let query =
            format!("{{ found: {}(first: 100, {argument}) {{ totalCount edges {{ score node {{ id }} }} }} }}", of.plural());
        let found = generated.data(&query).await?;
        let edges = found["found"]["edges"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found_records = edges.iter().filter_map(|edge| {
            let (_, id) = edge["node"]["id"].as_str()?.split_once(':')?;
            Some((id.parse::<i64>().ok()?, edge["score"].as_i64()?))
        });
        let scores: Scores = found_records.collect();
        if scores.len() != edges.len() || found["found"]["totalCount"] != scores.len() {
            return Err(generated.failure(&query, "each record once, with a score", &found.to_string()));
        }
        let sought = search::searched_words(&self.text(library, of));
        if sought.is_empty() && !scores.is_empty() {
            return Err(generated.failure(&query, "nothing, because the text has no words", &found.to_string()));
        }
        let missing = library.rows(of).iter().find(|row| self.have_all(row, &sought) && !scores.contains_key(&row.id));
        match missing {
            Some(row) => Err(generated.failure(&query, &format!("{} as well", row.id), &found.to_string())),
            None => Ok(scores),
        }
    }

    fn text(&self, library: &Library, of: Type) -> String {
        let fields = || NAMES.iter().map(|(field, _)| *field).chain(TEXTS);
        let texts: Vec<&str> =
            library.rows(of).iter().flat_map(|row| fields().flat_map(move |field| texts_of(row, field))).collect();
        self.words.iter().map(|word| word.write(&texts)).collect::<Vec<_>>().join(" ")
    }

    /// Reports whether the searched names of a row have all these words. Returns false if one of them is a number: after a
    /// hyphen, for example, it matches only together with the word before it.
    fn have_all(&self, row: &Row, sought: &[Word]) -> bool {
        let is_searched = |field: &str| self.fields.is_empty() || self.fields.contains(&field);
        let names = NAMES.iter().filter(|(_, field)| is_searched(field)).flat_map(|(name, _)| texts_of(row, name));
        let words: Vec<Word> = names.flat_map(search::words).collect();
        let is_number = |sought: &Word| sought.folded.bytes().all(|byte| byte.is_ascii_digit());
        let has = |sought: &Word| words.iter().any(|word| word.folded == sought.folded || word.stem == sought.stem);
        !sought.is_empty() && sought.iter().all(|sought| !is_number(sought) && has(sought))
    }
}

impl DrawnWord {
    fn write(&self, texts: &[&str]) -> String {
        let Some(text) = texts.get(self.text.index(texts.len().max(1))) else { return UNKNOWN.to_owned() };
        let words = search::words(text);
        // A text may have no words, but is never empty.
        let word = words.get(self.word.index(words.len().max(1))).map_or(*text, |word| &text[word.span.clone()]);
        let mut letters: Vec<char> = word.chars().collect();
        let count = letters.len();
        match &self.typed {
            Typed::Correctly => {}
            Typed::WithItsText => return (*text).to_owned(),
            Typed::Beginning(last) => letters.truncate(last.index(count) + 1),
            Typed::Exchanged(at) => letters.swap(at.index(count), (at.index(count) + 1).min(count - 1)),
            Typed::Missing(at) => {
                letters.remove(at.index(count));
            }
            Typed::Unknown => return UNKNOWN.to_owned(),
        }
        letters.into_iter().collect()
    }
}

/// Returns the texts of a field of a row; none if the row has no such field or no value.
fn texts_of<'l>(row: &'l Row, field: &str) -> Vec<&'l str> {
    let text = |value: &'l Value| if let Value::Text(text) = value { Some(text.as_str()) } else { None };
    match row.values.get(field) {
        Some(Value::List(entries)) => entries.iter().filter_map(text).collect(),
        value => value.and_then(text).into_iter().collect(),
    }
}

/// Returns the rows that a search finds; all rows without a search.
pub fn found_rows<'l>(rows: Vec<&'l Row>, scores: Option<&Scores>) -> Vec<&'l Row> {
    rows.into_iter().filter(|row| scores.is_none_or(|scores| scores.contains_key(&row.id))).collect()
}

/// Generates searches for one or two words.
pub fn searches() -> impl Strategy<Value = Search> {
    let typed = prop_oneof![
        4 => Just(Typed::Correctly),
        2 => Just(Typed::WithItsText),
        2 => any::<Index>().prop_map(Typed::Beginning),
        1 => any::<Index>().prop_map(Typed::Exchanged),
        1 => any::<Index>().prop_map(Typed::Missing),
        1 => Just(Typed::Unknown),
    ];
    let word = (any::<Index>(), any::<Index>(), typed).prop_map(|(text, word, typed)| DrawnWord { text, word, typed });
    let fields = prop_oneof![3 => Just(Vec::<&str>::new()), 1 => subsequence(FIELDS, 1..=3)];
    (prop::collection::vec(word, 1..=2), fields).prop_map(|(words, fields)| Search { words, fields })
}
