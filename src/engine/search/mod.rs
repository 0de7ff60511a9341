//! Search: how texts become terms, and terms become the blocks of the index. Publications and search requests use the same
//! [`analyser`], and the databases only store blocks. So a search finds the same records on both databases.
//!
//! This module also decides which words are similar, and how many points a term has at its position in a record. The
//! other files of the engine about search: `declare/searched.rs` declares the roles of searched texts, and
//! `register/search.rs` the GraphQL types. `plan/search/` decides which terms match the text of a
//! search. `run/search/` reads the blocks, finds the records and computes their scores. `plan/planner/search.rs` plans
//! the root field `search`. `plan/planner/found.rs` plans the details of a search, such as `matchedOn` and `highlight`,
//! and `run/found.rs` writes them as JSON. `plan/searched_texts.rs` plans which texts `highlight` reads, and
//! `run/highlights.rs` marks the words in them.

pub mod analyser;
mod beginnings;
pub mod block;
mod bytes;
pub mod highlight;
mod latin;
mod similar;
pub mod sounds;
mod spelling;
pub mod statements;
mod stop_words;
pub mod term_position;
mod version;

pub use analyser::{KnownWords, Word, WordForms, is_part, joined, joined_stems, text_of, words};
pub use beginnings::beginnings;
pub use similar::{Likeness, Similar};
pub use stop_words::is_stop_word;
pub use version::{TERMS, index_version};

/// The table of the index, with the [`block`]s.
pub const BLOCKS: &str = "search_block";

/// Maximum number of adjacent words that are also indexed as one term: `platelet-rich` as `plateletrich`.
pub const MAX_JOINED: usize = 3;

/// Returns the words of a text that are searched for: all words except stop words, or all words if each is a stop word.
#[must_use]
pub fn searched_words(text: &str) -> Vec<Word> {
    let all = words(text);
    let sought: Vec<Word> = all.iter().filter(|word| !is_stop_word(&word.folded)).cloned().collect();
    if sought.is_empty() { all } else { sought }
}

/// Prefix of the term of a whole name, alias or code. No word contains it.
const WHOLE: char = '=';

/// Returns the term of a whole name, alias or code with these words.
#[must_use]
pub fn whole<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.collect();
    format!("{WHOLE}{}", words.join(" "))
}

/// Prefix of the term of a slug or another identifier. No word contains it.
const IDENTIFIER: char = '@';

/// Prefixes of a DOI in URLs and citations, in lowercase.
const DOI_PREFIXES: [&str; 4] = ["https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "doi:"];

/// Returns the term of a slug or another text that identifies a record; `None` if the text cannot be one. Slugs are
/// case-sensitive, DOIs are not (<https://www.doi.org/doi-handbook/HTML/case-sensitivity.html>).
#[must_use]
pub fn identifier(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Some(format!("{IDENTIFIER}{text}"));
    }
    let lowercase = text.to_lowercase();
    let doi = DOI_PREFIXES.iter().find_map(|prefix| lowercase.strip_prefix(prefix)).unwrap_or(&lowercase).trim_start();
    let is_doi = doi.starts_with("10.") && doi.contains('/') && doi.bytes().all(|byte| byte.is_ascii_graphic());
    is_doi.then(|| format!("{IDENTIFIER}{doi}"))
}

/// Prefix of the term of a phrase that is a synonym. No word contains it.
const SYNONYM: char = '>';

/// Returns the term by which the meaning of a phrase is found. `phrase` has its words written as one word.
#[must_use]
pub fn synonym_term(phrase: &str) -> String {
    format!("{SYNONYM}{phrase}")
}

/// Returns the phrase of which this is the [`synonym_term`]; `None` for any other term.
#[must_use]
pub fn phrase_of(term: &str) -> Option<&str> {
    term.strip_prefix(SYNONYM)
}

/// Returns a term without its prefix.
fn without_prefix(term: &str) -> &str {
    let term = sounds::of_key(term).unwrap_or(term);
    term.strip_prefix([WHOLE, IDENTIFIER, SYNONYM]).unwrap_or(term)
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn slugs_and_dois_are_identifiers() {
        assert_eq!(identifier(" acne-scars "), Some("@acne-scars".to_owned()));
        let doi = Some("@10.1111/iwj.13559".to_owned());
        for text in ["10.1111/IWJ.13559", "doi: 10.1111/iwj.13559", "https://doi.org/10.1111/iwj.13559"] {
            assert_eq!(identifier(text), doi, "{text}");
        }
        for text in ["", "Acne-scars", "acne scars", "10.1111", "https://example.org/10.1/a", "10.1111/a b"] {
            assert_eq!(identifier(text), None, "{text}");
        }
    }
}
