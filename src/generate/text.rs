//! Generated texts: filler that cannot be mistaken for a medical statement and needs no quotes in YAML.
//!
//! Words are as frequent as in a natural language: a word is about half as frequent as the word of half its rank
//! (<https://en.wikipedia.org/wiki/Zipf%27s_law>). So a search finds few records by rare words, and many by frequent ones.

use super::random::Random;

/// Binary logarithm of the number of different words. The texts of a large library have about as many words.
const OCTAVES: u32 = 15;

/// Syllables of the rarer words.
const SYLLABLES: &[&str] = &[
    "ba", "bel", "ca", "cor", "da", "den", "dis", "fa", "fel", "go", "ka", "la", "len", "lo", "ma", "men", "mi", "na",
    "ner", "pa", "per", "ra", "ren", "ro", "sa", "sul", "ta", "tor", "va", "ven", "vi", "zo",
];

/// The most frequent words.
const WORDS: &[&str] = &[
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "do",
    "eiusmod",
    "tempor",
    "incididunt",
    "ut",
    "labore",
    "et",
    "dolore",
    "magna",
    "aliqua",
    "enim",
    "ad",
    "minim",
    "veniam",
    "quis",
    "nostrud",
    "exercitation",
    "ullamco",
    "laboris",
    "nisi",
    "aliquip",
    "ex",
    "ea",
    "commodo",
    "consequat",
    "duis",
    "aute",
    "irure",
    "in",
    "reprehenderit",
    "voluptate",
    "velit",
    "esse",
    "cillum",
    "fugiat",
    "nulla",
    "pariatur",
    "excepteur",
    "sint",
    "occaecat",
    "cupidatat",
    "non",
    "proident",
    "sunt",
    "culpa",
    "qui",
    "officia",
    "deserunt",
    "mollit",
    "anim",
    "est",
];

/// Returns a few words of about `least` to `most` characters.
pub(super) fn phrase(random: &mut Random, least: u32, most: u32) -> String {
    let length = random.between(least, most) as usize;
    let mut text = word(random);
    while text.len() < length {
        text.push(' ');
        text.push_str(&word(random));
    }
    text
}

/// Returns a word.
fn word(random: &mut Random) -> String {
    // Each octave, the ranks from one power of two to the next, is equally likely.
    let octave = 1 << random.below(OCTAVES);
    let rank = (octave - 1 + random.below(octave)) as usize;
    if let Some(word) = WORDS.get(rank) {
        return (*word).to_owned();
    }
    let syllables = SYLLABLES.len();
    [rank / syllables / syllables, rank / syllables % syllables, rank % syllables].map(|at| SYLLABLES[at]).concat()
}

/// Returns a sentence of about `least` to `most` characters.
pub(super) fn sentence(random: &mut Random, least: u32, most: u32) -> String {
    let phrase = phrase(random, least, most);
    let (first, rest) = phrase.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Random, word};

    #[test]
    fn few_words_are_frequent_and_most_are_rare() {
        let mut random = Random::of(1, "words");
        let mut counts: HashMap<String, u32> = HashMap::new();
        (0..20_000).for_each(|_| *counts.entry(word(&mut random)).or_default() += 1);
        let most = counts.values().max().copied().unwrap_or_default();
        let once = counts.values().filter(|count| **count == 1).count();
        assert!(most > 1_000 && once > 1_000 && counts.len() > 4_000, "{most} {once} {}", counts.len());
    }
}
