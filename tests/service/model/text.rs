//! Generated texts: short, so that there are ties and matches, and with every kind of letter that sorts or folds in an
//! unusual way.

use proptest::prelude::*;

/// Words; letters in both cases, with accents composed and combining; letters whose case maps to more than one letter or depends on
/// adjacent letters; letters of Unicode 16 in both cases; characters beyond the first plane and at its end, which UTF-16 would order differently;
/// and everything that is special in SQL, JSON or GraphQL.
const PIECES: &[&str] = &[
    "a",
    "A",
    "z",
    "Z",
    "acne",
    "Acne",
    "ACNE",
    "scars ",
    " rosacea",
    "Keloids",
    "microneedling",
    "e",
    "é",
    "É",
    "e\u{301}",
    "E\u{301}",
    "Ÿ",
    "ÿ",
    "Æ",
    "æ",
    "ß",
    "ẞ",
    "SS",
    "ﬀ",
    "Σ",
    "σ",
    "ς",
    "ΟΔΟΣ",
    "οδος",
    "ά",
    "Ά",
    "Ǆ",
    "ǅ",
    "\u{a7cb}",
    "\u{264}",
    "\u{1c89}",
    "\u{1c8a}",
    "\u{10d50}",
    "\u{10d70}",
    "ж",
    "Ж",
    "İ",
    "ı",
    "i",
    "I",
    "字",
    "\u{e000}",
    "\u{ffee}",
    "😀",
    "👩🏽\u{200d}⚕\u{fe0f}",
    "\u{10ffff}",
    "'",
    "''",
    "\"",
    "\\",
    "\\u0041",
    "%",
    "_",
    "$1",
    "?1",
    " ",
    "-",
    "[",
    "{",
    "null",
];

/// Generates a text with this number of pieces.
pub fn texts(pieces: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = String> + Clone {
    prop::collection::vec(prop::sample::select(PIECES), pieces).prop_map(|pieces| pieces.concat())
}

/// Returns the text as `contains`, `startsWith` and `endsWith` compare it: in lowercase, and with one form of the Greek
/// sigma, also at the end of a word.
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}
