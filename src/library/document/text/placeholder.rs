//! Texts that stand for a missing value.

/// Words that say that there is no value, in lower case and without punctuation.
const WORDS: [&str; 21] = [
    "fixme",
    "na",
    "n/a",
    "nil",
    "none",
    "none found",
    "not applicable",
    "not available",
    "not found",
    "not given",
    "not known",
    "not reported",
    "not specified",
    "not stated",
    "null",
    "tba",
    "tbc",
    "tbd",
    "to be determined",
    "todo",
    "unknown",
];

/// Reports whether a text stands for a missing value, such as `-`, `n/a` or `Not stated.`. An empty text does not.
pub(in crate::library::document) fn is_placeholder(text: &str) -> bool {
    let filler = |c: char| c.is_whitespace() || matches!(c, '.' | '…' | '-' | '–' | '—' | '_' | '?' | '!' | '*' | '(' | ')');
    let words = text.trim_matches(filler);
    !text.is_empty() && (words.is_empty() || WORDS.iter().any(|word| words.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_punctuation_or_of_words_for_nothing_is_a_placeholder() {
        for text in ["-", "—", "...", "?", "n/a", "N/A", "TBD", "tbd.", "Not stated.", "(none)", "Unknown", "- todo -"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "%", "None of the studies had a control.", "Unknown cause", "NaCl", "1", "μ"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
