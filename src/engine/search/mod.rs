//! Search: how texts become terms. Publications and search requests use the same [`analyser`], and the databases only
//! compare terms. So a search finds the same records on both databases.

pub mod analyser;
pub mod highlight;
mod spelling;
mod stop_words;

pub use analyser::{Word, joined, words};
pub use stop_words::is_stop_word;

/// The table of the index: a row for each term of a field of a record.
pub const TERMS: &str = "search_term";

/// Maximum number of adjacent words that are also indexed as one term: `platelet-rich` as `plateletrich`.
pub const MAX_JOINED: usize = 3;

/// Returns the words of a text that are searched for: all but stop words, or all if there are no others.
#[must_use]
pub fn sought(text: &str) -> Vec<Word> {
    let all = words(text);
    let sought: Vec<Word> = all.iter().filter(|word| !is_stop_word(&word.folded)).cloned().collect();
    if sought.is_empty() { all } else { sought }
}

/// Prefix of the term of a whole name, alias or code. No word contains it.
const WHOLE: char = '=';

/// Returns the term of a whole name, alias or code with these words.
#[must_use]
pub fn whole<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut term = String::from(WHOLE);
    for (at, word) in words.enumerate() {
        term.push_str(if at == 0 { "" } else { " " });
        term.push_str(word);
    }
    term
}

/// Prefix of the term of a slug or another identifier. No word contains it.
const IDENTIFIER: char = '@';

/// Prefixes of a DOI in URLs and citations, in lowercase.
const BEFORE_DOI: [&str; 4] = ["https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "doi:"];

/// Returns the term of a slug or another text that identifies a record; `None` if the text cannot be one. The case of slugs is
/// significant, and that of a DOI is not (<https://www.doi.org/doi-handbook/HTML/case-sensitivity.html>).
#[must_use]
pub fn identifier(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Some(format!("{IDENTIFIER}{text}"));
    }
    let lowercase = text.to_lowercase();
    let doi = BEFORE_DOI.iter().find_map(|before| lowercase.strip_prefix(before)).unwrap_or(&lowercase).trim_start();
    let is_doi = doi.starts_with("10.") && doi.contains('/') && doi.bytes().all(|byte| byte.is_ascii_graphic());
    is_doi.then(|| format!("{IDENTIFIER}{doi}"))
}

/// Prefix of the terms of similar words. No word contains it.
const NEAR: char = '~';

/// Minimum length of a word or a stem that is compared with similar ones, in letters: short words have too many neighbours.
const MIN_NEAR: usize = 4;

/// Maximum length of a word or a stem that is compared with similar ones, in letters.
const MAX_NEAR: usize = 24;

/// Returns the terms by which similar words find each other: the folded word and its stem, and both without each of their
/// letters. Two words have a common term if they or their stems differ by one missing, added or replaced letter, or by two
/// exchanged adjacent letters (<https://github.com/wolfgarbe/SymSpell>). The word is compared as well as the stem, because a
/// misspelt ending is not cut: the stem of `pigmentaton` is the whole word. Words with digits have no such terms, because
/// similar codes have different meanings.
#[must_use]
pub fn near(folded: &str, stem: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for word in [folded, stem] {
        let letters: Vec<char> = word.chars().collect();
        if !(MIN_NEAR..=MAX_NEAR).contains(&letters.len()) || letters.iter().any(|letter| letter.is_numeric()) {
            continue;
        }
        let without = |left_out: usize| {
            let kept = letters.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, letter)| *letter);
            std::iter::once(NEAR).chain(kept).collect::<String>()
        };
        terms.extend((0..=letters.len()).map(without));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

#[cfg(test)]
mod tests {
    use super::{identifier, near, words};

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

    #[test]
    fn words_with_one_mistake_have_a_common_term() {
        let near = |text: &str| near(&words(text)[0].folded, &words(text)[0].stem);
        let meet = |one: &str, other: &str| near(one).iter().any(|term| near(other).contains(term));
        assert!(meet("rosacea", "rosecea") && meet("keloid", "keliod") && meet("microneedling", "microneedeling"));
        // The mistake is in the ending.
        assert!(meet("hyperpigmentation", "hyperpigmentaton") && meet("rosacea", "rosacae"));
        assert!(meet("botulinum", "botulinm") && meet("eczema", "excema"));
        assert!(!meet("laser", "peel") && !meet("acn", "ac") && !meet("l719", "l718"));
    }
}
