//! Where a record has a term: the field, the role of the text, and the words as the text has them.

use twox_hash::XxHash3_64;

use super::{bytes::Reader, without_prefix};
use crate::engine::catalog::Searched;

/// Points deducted from each word of a name for each further word of the name, so that short names precede long ones.
const LENGTH_PENALTY: i32 = 20;
/// Points deducted for a match of the stem instead of the word itself.
const STEM_PENALTY: i32 = 5;
/// Points added for a match of a whole name instead of one of its words.
const WHOLE_BONUS: i32 = 400;

/// The form of a term in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A word, or several words written as one.
    Word,
    /// The stem of such a word.
    Stem,
    /// A whole name.
    Whole,
}

/// Where a record has a term. Records share positions, so a block of the index has each of them once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermPosition {
    /// The field, as [`field_number`].
    pub field: u16,
    /// Index of the role of the text.
    pub role: u8,
    /// Number of further words of the name, each of which reduces the points.
    pub further_words: u8,
    /// The form of the term.
    pub form: Form,
    /// True if a misspelt word of a search may match this term.
    pub has_similar: bool,
    /// How the words of the text differ from the term ([`original_words`]).
    pub difference: Vec<u8>,
}

/// Returns the number of a field in the index. It depends only on the name of the field as a value of `SearchField`, so it
/// stays the same if fields are added. The fields of a type have different numbers.
#[must_use]
pub fn field_number(search_name: &str) -> u16 {
    let [one, other, ..] = XxHash3_64::oneshot(search_name.as_bytes()).to_le_bytes();
    u16::from_le_bytes([one, other])
}

impl TermPosition {
    /// Returns the points of a match; 0 for a role that this version does not have.
    #[must_use]
    pub fn points(&self) -> i32 {
        let penalty = if self.form == Form::Stem { STEM_PENALTY } else { 0 };
        self.points_of_similar() - penalty
    }

    /// Returns the points of a match by a similar word, before they are reduced for the similarity.
    #[must_use]
    pub fn points_of_similar(&self) -> i32 {
        let Some(role) = Searched::of(self.role) else { return 0 };
        match self.form {
            Form::Whole => role.weight() + WHOLE_BONUS,
            Form::Word | Form::Stem => role.weight() - LENGTH_PENALTY * i32::from(self.further_words),
        }
    }

    /// Appends the position to the bytes of a block.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let form = match self.form {
            Form::Word => 0,
            Form::Stem => 1,
            Form::Whole => 2,
        };
        bytes.extend(self.field.to_le_bytes());
        bytes.extend([self.role, self.further_words << 3 | u8::from(self.has_similar) << 2 | form]);
        super::bytes::write_number(bytes, self.difference.len() as u64);
        bytes.extend(&self.difference);
    }

    /// Reads a position from the bytes of a block; `None` if they are damaged.
    pub fn read(bytes: &mut Reader<'_>) -> Option<Self> {
        let [one, other, role, rest] = *bytes.take(4)?.first_chunk()?;
        let form = match rest & 3 {
            0 => Form::Word,
            1 => Form::Stem,
            2 => Form::Whole,
            _ => return None,
        };
        let length = bytes.length()?;
        Some(Self {
            field: u16::from_le_bytes([one, other]),
            role,
            further_words: rest >> 3,
            form,
            has_similar: rest & 4 != 0,
            difference: bytes.take(length)?.to_vec(),
        })
    }
}

/// The first byte of a difference that replaces the end of the term. After it are the number of bytes to cut, and the
/// bytes to append.
const ENDS: u8 = 0;
/// The first byte of a difference that inserts bytes into the term. After it are, for each insertion, the number of
/// unchanged bytes before it, its length, and its bytes.
const INSERTED: u8 = 1;

/// Returns how the words of a text differ from their term; empty if they do not.
#[must_use]
pub fn difference(term: &str, words: &str) -> Vec<u8> {
    let term = without_prefix(term);
    if term == words {
        return Vec::new();
    }
    let ends = replaced_end(term, words);
    match inserted(term.as_bytes(), words.as_bytes()) {
        Some(inserted) if inserted.len() < ends.len() => inserted,
        _ => ends,
    }
}

fn replaced_end(term: &str, words: &str) -> Vec<u8> {
    let common: usize =
        term.chars().zip(words.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
    let mut script = vec![ENDS];
    super::bytes::write_number(&mut script, (term.len() - common) as u64);
    script.extend(&words.as_bytes()[common..]);
    script
}

/// Returns the difference if the words are the term with insertions; otherwise `None`.
fn inserted(term: &[u8], words: &[u8]) -> Option<Vec<u8>> {
    let (mut script, mut rest, mut same) = (vec![INSERTED], words, 0_usize);
    let mut left = term;
    while !rest.is_empty() {
        if left.first() == rest.first() {
            (left, rest, same) = (&left[1..], &rest[1..], same + 1);
            continue;
        }
        let length = left.first().map_or(rest.len(), |next| rest.iter().position(|byte| byte == next).unwrap_or(rest.len()));
        super::bytes::write_number(&mut script, same as u64);
        super::bytes::write_number(&mut script, length as u64);
        script.extend(&rest[..length]);
        (rest, same) = (&rest[length..], 0);
    }
    left.is_empty().then_some(script)
}

/// Returns the words of a text from their term and their difference; the term if the difference is damaged.
#[must_use]
pub fn original_words(term: &str, difference: &[u8]) -> String {
    let term = without_prefix(term);
    let words = match difference.split_first() {
        Some((&ENDS, script)) => with_end(term.as_bytes(), Reader::new(script)),
        Some((&INSERTED, script)) => with_inserted(term.as_bytes(), Reader::new(script)),
        _ => None,
    };
    words.and_then(|words| String::from_utf8(words).ok()).unwrap_or_else(|| term.to_owned())
}

fn with_end(term: &[u8], mut script: Reader<'_>) -> Option<Vec<u8>> {
    let kept = term.len().checked_sub(script.length()?)?;
    Some([&term[..kept], script.rest()].concat())
}

fn with_inserted(mut term: &[u8], mut script: Reader<'_>) -> Option<Vec<u8>> {
    let mut words = Vec::with_capacity(term.len() + script.rest().len());
    while !script.rest().is_empty() {
        let (same, left) = term.split_at_checked(script.length()?)?;
        words.extend(same);
        term = left;
        let length = script.length()?;
        words.extend(script.take(length)?);
    }
    words.extend(term);
    Some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{difference, original_words};

    #[test]
    fn differences_are_short_and_have_the_words_of_the_text() {
        for (term, words, bytes) in [
            ("acne", "acne", 0),
            ("@acne-scars", "acne-scars", 0),
            ("scar", "scars", 3),
            ("plateletrich", "platelet-rich", 4),
            ("hemangioma", "haemangioma", 4),
            ("procedure000001condition", "procedure-000001--condition", 8),
            ("beautifi", "beautiful", 4),
            ("cafe", "café", 4),
        ] {
            let found = difference(term, words);
            assert_eq!((original_words(term, &found).as_str(), found.len()), (words, bytes), "{term}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_shown_as_they_are(term in "[a-cé]{0,8}", words in "[a-cé -]{0,10}") {
            assert_eq!(original_words(&term, &difference(&term, &words)), words);
        }

        #[test]
        fn damaged_differences_are_read_without_a_panic(term in "[a-cé]{0,8}", bytes in proptest::collection::vec(0..=255_u8, 0..8)) {
            let _ = original_words(&term, &bytes);
        }
    }
}
