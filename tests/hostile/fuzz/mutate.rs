//! Random mutations of bytes and tokens, and of one document by parts of another.

use serde_json::{Map, Value as Json, json};

use crate::random::Random;

/// Tokens and values that a parser treats specially.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "@",
    "...",
    "|",
    "&",
    "=",
    "\"",
    "\"\"\"",
    "\\",
    "#",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "𝒳",
    "-",
    "0",
    "-1",
    "1e309",
    "2147483648",
    "null",
    "true",
    "on",
    "query",
    "fragment",
    "subscription",
    "__typename",
    "@skip(if: $a)",
    "$slug",
    "\\ud800",
];

/// A document, changed a few times.
pub fn document(text: &str, corpus: &[String], random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(4) {
        text = match random.below(6) {
            0 => of_bytes(&text, random),
            1 => spliced(&text, random.one::<String>(corpus), random),
            2 => repeated(&text, random),
            _ => of_tokens(&text, random),
        };
    }
    text
}

/// Variables of any name that documents use, with values of any kind.
pub fn variables(random: &mut Random) -> Map<String, Json> {
    let mut variables = Map::new();
    for name in ["a", "b", "slug", "first", "after", "where", "id"] {
        if random.once_in(4) {
            variables.insert(name.to_owned(), value(random, 4));
        }
    }
    variables
}

fn value(random: &mut Random, depth: usize) -> Json {
    match random.below(if depth == 0 { 8 } else { 10 }) {
        0 => Json::Null,
        1 => json!(random.once_in(2)),
        2 => json!(random.bits().cast_signed()),
        3 => json!(f64::from_bits(random.bits())),
        4 => json!(random.below(30)),
        5 => json!("melasma"),
        6 => json!(*random.one(&PIECES)),
        7 => json!(random.one(&PIECES).repeat(random.below(1000))),
        8 => (0..random.below(5)).map(|_| value(random, depth - 1)).collect(),
        _ => {
            let keys = ["and", "or", "not", "slug", "name", "eq", "in", "contains", "some", "x", ""];
            (0..random.below(4)).map(|_| ((*random.one(&keys)).to_owned(), value(random, depth - 1))).collect()
        }
    }
}

fn of_bytes(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(3) {
            0 if !bytes.is_empty() => _ = bytes.remove(at),
            1 if !bytes.is_empty() => bytes[at] = random.bits().to_le_bytes()[0],
            _ => bytes.insert(at, random.bits().to_le_bytes()[0]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Splits a text into names, numbers and single other characters.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let end = if is_word(first) { rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()) } else { first.len_utf8() };
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens
}

fn of_tokens(text: &str, random: &mut Random) -> String {
    let mut tokens = tokens(text);
    for _ in 0..=random.below(3) {
        let at = random.below(tokens.len());
        let other =
            if random.once_in(2) || tokens.is_empty() { *random.one(&PIECES) } else { tokens[random.below(tokens.len())] };
        match random.below(4) {
            0 if !tokens.is_empty() => _ = tokens.remove(at),
            1 if !tokens.is_empty() => tokens[at] = other,
            2 if !tokens.is_empty() => {
                let with = random.below(tokens.len());
                tokens.swap(at, with);
            }
            _ => tokens.insert(at, other),
        }
    }
    tokens.concat()
}

/// Returns the start of one document followed by the end of the other.
fn spliced(text: &str, other: &str, random: &mut Random) -> String {
    let (mut first, second) = (tokens(text), tokens(other));
    first.truncate(random.below(first.len() + 1));
    first.extend(&second[random.below(second.len() + 1)..]);
    first.concat()
}

/// Repeats a part of a document many times.
fn repeated(text: &str, random: &mut Random) -> String {
    let tokens = tokens(text);
    let start = random.below(tokens.len());
    let end = (start + random.below(12)).min(tokens.len());
    let piece = tokens[start..end].concat();
    [tokens[..start].concat(), piece.repeat(random.below(200)), tokens[end..].concat()].concat()
}
