//! Generated texts: filler that cannot be mistaken for a medical statement and needs no quotes in YAML.

use super::random::Random;

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
    let mut text = random.pick(WORDS).to_owned();
    while text.len() < length {
        text.push(' ');
        text.push_str(random.pick(WORDS));
    }
    text
}

/// Returns a sentence of about `least` to `most` characters.
pub(super) fn sentence(random: &mut Random, least: u32, most: u32) -> String {
    let phrase = phrase(random, least, most);
    let (first, rest) = phrase.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}
