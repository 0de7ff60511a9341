//! Reads the argument `search`, and writes it as SQL over the table of terms.
//!
//! The text is never syntax: it is split into words like the texts of the index. A word matches a term that is equal or
//! has the same stem. Adjacent words also match a term that is written as one word. The last word also matches the
//! terms that begin with it. A word that matches no term of the type matches similar words in names. If the whole text
//! is a slug, a former slug or a DOI, each of its words matches the record. A record is found if it matches all words.
//! If no record of the type matches all words, the records that match the most words are found.
//!
//! A score is a sum of integers, so it is the same on both databases.

use strsim::osa_distance;

use super::input;
use crate::{
    engine::{
        catalog::Searched,
        problem::Problem,
        search::{self, MAX_JOINED, TERMS, Word},
        sql::{template::Template, writer::Sql},
    },
    graphql::value::Value,
    store::statement::{Dialect, Param, Read, Rows},
};

/// Maximum length of a text that is searched for, in characters: more than a person types.
pub const MAX_TEXT: usize = 200;

/// Maximum number of words that are searched for, without stop words: each is a part of the statement.
pub const MAX_WORDS: usize = 12;

/// Minimum length of a last word that also matches the terms that begin with it: too many terms begin with one letter.
const MIN_PREFIX: usize = 2;

/// Maximum number of similar words that are read for all words of a text together. The most similar one of each word is
/// selected.
const MAX_SIMILAR: usize = 200;

/// Values of the enumeration `SearchMatchKind` with their descriptions: the roles of texts, then [`FUZZY`].
pub const MATCH_KINDS: &[(&str, &str)] = &[
    Searched::VALUES[0],
    Searched::VALUES[1],
    Searched::VALUES[2],
    Searched::VALUES[3],
    Searched::VALUES[4],
    Searched::VALUES[5],
    Searched::VALUES[6],
    ("FUZZY", "A name has a similar word, and no text of the type has the word itself."),
];

/// Index among [`MATCH_KINDS`] of matches of similar words.
const FUZZY: usize = Searched::VALUES.len();

/// Alias of the found records in statements.
const FOUND: &str = "s";

/// A text that is searched for in records of some types.
#[derive(Clone, Debug)]
pub struct Search {
    types: Vec<&'static str>,
    /// Names of the fields that are searched; empty for all.
    fields: Vec<String>,
    /// The matches of its words and of the whole text. If there are none, nothing is found.
    matches: Vec<Match>,
    /// The text.
    text: String,
    /// Its words.
    words: Vec<Word>,
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
    /// This one.
    Is(String),
    /// All that begin with this text.
    Begin(String),
    /// The terms of similar words in names, if no term begins with the word or its stem.
    Near {
        /// The terms ([`search::near`]).
        terms: Vec<String>,
        /// The word and its stem.
        unless: [String; 2],
    },
}

impl Terms {
    fn weight(&self) -> usize {
        match self {
            Self::Is(term) | Self::Begin(term) => term.len(),
            Self::Near { terms, unless } => terms.iter().chain(unless).map(|term| size_of::<String>() + term.len()).sum(),
        }
    }
}

impl Search {
    /// Reads a `search` argument for records of these types.
    ///
    /// # Errors
    /// If the text is too long or has too many words.
    pub fn read(types: Vec<&'static str>, value: &Value, at: &str) -> Result<Self, Problem> {
        let (mut text, mut fields) = ("", Vec::new());
        for (name, value) in input::given(value, at)? {
            match (name, value) {
                ("text", value) => text = input::text(value, &format!("{at}.text"))?,
                ("fields", Value::List(items)) => {
                    let name = |item: &Value| if let Value::Enum(name) = item { Some((*name).to_owned()) } else { None };
                    fields = items.iter().filter_map(name).collect();
                    fields.sort_unstable();
                    fields.dedup();
                }
                _ => return Err(input::unknown(at)),
            }
        }
        Self::of(types, fields, text, at)
    }

    /// Returns the search for a text.
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
        let mut words: Vec<Word> = all.iter().filter(|word| !search::is_stop_word(&word.folded)).cloned().collect();
        if words.is_empty() {
            words.clone_from(&all);
        }
        if words.len() > MAX_WORDS {
            return refused(format!("the text has {} words; the maximum is {MAX_WORDS}", words.len()));
        }
        let mut matches = Vec::new();
        for at in 0..words.len() {
            for count in 1..=MAX_JOINED.min(words.len() - at) {
                add_matches(&mut matches, at, &words[at..at + count], at + count == words.len());
            }
        }
        let mut wholes = [&all, &words].map(|words| search::whole(words.iter().map(|word| word.folded.as_str()))).to_vec();
        wholes.dedup();
        for whole in wholes {
            matches.push(Match { word: None, terms: Terms::Is(whole.clone()), percent: 100 });
            matches.push(Match { word: None, terms: Terms::Begin(whole), percent: 20 });
        }
        if let Some(identifier) = search::identifier(text) {
            let of_word = |at| Match { word: Some(at), terms: Terms::Is(identifier.clone()), percent: 100 };
            matches.extend((0..words.len()).map(of_word));
        }
        if words.is_empty() {
            matches.clear();
        }
        matches.shrink_to_fit();
        Ok(Self { types, fields, matches, text: text.to_owned(), words })
    }

    /// Returns the number of words; each may match every record.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words.len()
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
            + self.fields.iter().map(|name| size_of::<String>() + name.len()).sum::<usize>()
    }

    /// Writes the found records as a table `s(id, score)` that is computed once for the statement.
    ///
    /// Returns the name of the table.
    pub fn write_found(&self, sql: &mut Sql) -> String {
        let matched = sql.once(|sql| {
            sql.push("SELECT word, record_id, MAX(points) AS points FROM (");
            self.write_matches(sql, false, false);
            sql.push(") AS m GROUP BY word, record_id");
        });
        let counted = sql.once(|sql| {
            sql.push("SELECT record_id AS id, SUM(points) AS score, COUNT(CASE WHEN word >= 0 THEN 1 END) AS words FROM ");
            sql.name(&matched).push(" GROUP BY record_id");
        });
        let found = sql.once(|sql| {
            sql.push("SELECT id, score FROM ").name(&counted).push(" WHERE words = (SELECT MAX(words) FROM ");
            sql.name(&counted).push(")");
        });
        sql.table(&found, FOUND);
        found
    }

    /// Writes the score of a found record.
    pub fn write_score(sql: &mut Sql) {
        sql.column(FOUND, "score");
    }

    /// Writes the condition that joins the found records to rows with the alias `t`.
    pub fn write_join(sql: &mut Sql) {
        sql.push(" ON ").column("t", "id").push(" = ").column(FOUND, "id");
    }

    /// Returns the statement that reads the matches in records: record, index of the word, points, index of the kind of
    /// match, field, term.
    pub fn matches_template(&self, dialect: Dialect) -> Template {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT record_id, word, points, how, field, term FROM (");
        self.write_matches(&mut sql, true, true);
        sql.push(") AS m WHERE word >= 0 ORDER BY record_id, word, points DESC, field, how, term");
        sql.finish(vec![Read::Int, Read::Int, Read::Int, Read::Int, Read::Text, Read::Text])
    }

    /// Returns the statement for the similar words of words that match nothing else: the index of the word, the similar word.
    /// `None` if no word can have any.
    pub fn similar_template(&self, dialect: Dialect) -> Option<Template> {
        let is_near = |one: &&Match| matches!(one.terms, Terms::Near { .. });
        let matches: Vec<Match> = self.matches.iter().filter(is_near).cloned().collect();
        if matches.is_empty() {
            return None;
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT DISTINCT word, term FROM (");
        Self { matches, ..self.clone() }.write_matches(&mut sql, true, false);
        sql.push(") AS m ORDER BY word, term LIMIT ").push(&MAX_SIMILAR.to_string());
        Some(sql.finish(vec![Read::Int, Read::Text]))
    }

    /// Returns the text with the most similar word in place of each word that matches nothing else; `None` if there is none.
    #[must_use]
    pub fn suggestion(&self, similar: &Rows) -> Option<String> {
        let mut text = self.text.clone();
        // From the end, so the spans of earlier words stay as they are.
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

    /// Writes the matching rows of the index: the index of the word (-1 for the whole text), the points and the record;
    /// with `how` also the kind of match, the field and the term; with `of_keys` only in the records with the keys that are bound.
    fn write_matches(&self, sql: &mut Sql, how: bool, of_keys: bool) {
        if self.matches.is_empty() {
            sql.push("SELECT -1 AS word, 0 AS points, record_id, role AS how, field, term FROM ").name(TERMS);
            sql.push(" WHERE FALSE");
        }
        for (at, one) in self.matches.iter().enumerate() {
            sql.push(if at == 0 { "SELECT " } else { " UNION ALL SELECT " });
            let word = one.word.map_or_else(|| "-1".to_owned(), |word| word.to_string());
            sql.push(&word)
                .push(" AS word, i.weight * ")
                .push(&one.percent.to_string())
                .push(" / 100 AS points, i.record_id");
            if how {
                let fuzzy = matches!(one.terms, Terms::Near { .. }).then(|| FUZZY.to_string());
                sql.push(", ").push(fuzzy.as_deref().unwrap_or("i.role")).push(" AS how, i.field");
                sql.push(", COALESCE(i.word, i.term) AS term");
            }
            sql.push(" FROM ").table(TERMS, "i").push(" WHERE ");
            self.write_type(sql, "i");
            match &one.terms {
                Terms::Is(term) => _ = sql.push(" AND i.term = ").bind(Param::Text(term.clone())),
                Terms::Begin(start) => write_begin(sql, "i", start),
                Terms::Near { terms, unless } => {
                    sql.push(" AND i.term").in_texts(terms.clone());
                    for start in unless {
                        sql.push(" AND NOT EXISTS (SELECT 1 FROM ").table(TERMS, "e").push(" WHERE ");
                        self.write_type(sql, "e");
                        write_begin(sql, "e", start);
                        sql.push(")");
                    }
                }
            }
            if !self.fields.is_empty() {
                sql.push(" AND i.field").in_texts(self.fields.clone());
            }
            if of_keys {
                sql.push(" AND i.record_id").in_keys();
            }
        }
    }

    fn write_type(&self, sql: &mut Sql, alias: &str) {
        sql.column(alias, "type");
        match self.types.as_slice() {
            [one] => _ = sql.push(" = ").bind(Param::Text((*one).to_owned())),
            types => _ = sql.in_texts(types.iter().map(|name| (*name).to_owned()).collect()),
        }
    }
}

/// Writes the condition that a term begins with a text, preceded by ` AND `.
fn write_begin(sql: &mut Sql, alias: &str, start: &str) {
    sql.push(" AND ").column(alias, "term").push(" >= ").bind(Param::Text(start.to_owned()));
    // No term contains the last code point.
    sql.push(" AND ").column(alias, "term").push(" < ").bind(Param::Text(format!("{start}\u{10ffff}")));
}

/// Adds the matches of one word, or of adjacent words that are written as one. `last` is true if the text ends with
/// these words.
fn add_matches(matches: &mut Vec<Match>, at: usize, words: &[Word], last: bool) {
    /// Percentage for each of several words that the index has as one term.
    const JOINED: u8 = 60;
    /// Percentage for similar words.
    const NEAR: u8 = 30;
    let (folded, stem) = search::joined(words);
    let percent = if words.len() == 1 { 100 } else { JOINED };
    for word in (at..at + words.len()).map(Some) {
        if stem != folded {
            matches.push(Match { word, terms: Terms::Is(stem.clone()), percent: percent - 3 });
        }
        matches.push(Match { word, terms: Terms::Is(folded.clone()), percent });
        if last && folded.chars().count() >= MIN_PREFIX {
            matches.push(Match { word, terms: Terms::Begin(folded.clone()), percent: percent / 2 });
        }
    }
    let terms = if words.len() == 1 { search::near(&stem) } else { Vec::new() };
    if !terms.is_empty() {
        let terms = Terms::Near { terms, unless: [folded, stem] };
        matches.push(Match { word: Some(at), terms, percent: NEAR });
    }
}
