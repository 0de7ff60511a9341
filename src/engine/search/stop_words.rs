//! Stop words: words that a search leaves out, unless it has no others, because they do not distinguish records.

/// Function words of English, and words of requests: `how do I get rid of`, `the best treatment for`. In ascending order.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "after",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "best",
    "better",
    "by",
    "can",
    "cure",
    "did",
    "do",
    "does",
    "for",
    "from",
    "get",
    "getting",
    "good",
    "has",
    "have",
    "help",
    "helps",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "me",
    "my",
    "need",
    "of",
    "on",
    "or",
    "our",
    "rid",
    "s",
    "should",
    "so",
    "some",
    "that",
    "the",
    "their",
    "them",
    "there",
    "these",
    "they",
    "this",
    "to",
    "treat",
    "treated",
    "treatment",
    "treatments",
    "was",
    "we",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "you",
    "your",
];

/// Reports whether a folded word is a stop word.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn stop_words_are_in_order() {
        assert!(super::STOP_WORDS.is_sorted());
        assert!(super::is_stop_word("the") && super::is_stop_word("your") && !super::is_stop_word("laser"));
    }
}
