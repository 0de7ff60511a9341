//! How words sound. Words with equal sounds are often spelled differently: `fotodynamic`, `photodynamic`. A key term of the
//! index is the sound of a word without the first letter of the sound, followed by the word. So the words that sound like a
//! misspelt word, and those that differ from it only in the first letter, are found without reading other words.

/// Prefix of a key term. No word contains it.
const KEY: char = '~';

/// Minimum length of a word after the removal of the letters `s` at its end, in bytes.
const MIN_SINGULAR: usize = 4;

/// Letters at the start of a word, and the letter of their sound.
const STARTS: &[(&str, &str)] = &[("kn", "n"), ("ps", "s"), ("wr", "r")];

/// Letters within a word, and their sound. Other letters sound like themselves.
const SOUNDS: &[(&str, &str)] = &[
    ("ae", "e"),
    ("ce", "se"),
    ("ch", "k"),
    ("ci", "si"),
    ("ck", "k"),
    ("cy", "si"),
    ("c", "k"),
    ("oe", "e"),
    ("ph", "f"),
    ("q", "k"),
    ("rh", "r"),
    ("sh", "s"),
    ("x", "ks"),
    ("y", "i"),
    ("z", "s"),
];

/// Returns the sound of a folded word. Letters that are written twice sound like one.
#[must_use]
pub fn sound(word: &str) -> String {
    let start = STARTS.iter().find_map(|(letters, sound)| Some((*sound, word.strip_prefix(letters)?)));
    let (start, mut rest) = start.unwrap_or(("", word));
    let mut sound = start.to_owned();
    while let Some(first) = rest.chars().next() {
        let own = rest.split_at(first.len_utf8());
        let (of_letters, after) =
            SOUNDS.iter().find_map(|(letters, sound)| Some((*sound, rest.strip_prefix(letters)?))).unwrap_or(own);
        for letter in of_letters.chars() {
            if letter.is_numeric() || !sound.ends_with(letter) {
                sound.push(letter);
            }
        }
        rest = after;
    }
    sound
}

/// Returns the prefix of the key terms of all words whose sound is `tail` after any first letter.
#[must_use]
pub fn start_of_key(tail: &str) -> String {
    format!("{KEY}{tail} ")
}

/// Returns the key term of `term`: a word, or the phrase of a synonym. `spelling` is the text from which the sound is
/// computed.
#[must_use]
pub fn key(spelling: &str, term: &str) -> String {
    format!("{}{term}", start_of_key(without_first(&sound(without_final_s(spelling)))))
}

/// Returns the word or the phrase of a key term; `None` for another term.
#[must_use]
pub fn of_key(term: &str) -> Option<&str> {
    term.strip_prefix(KEY)?.split_once(' ').map(|(_, word)| word)
}

/// Returns a word without the letters `s` at its end: `abscess` becomes `absce`. A word that would become too short is
/// returned unchanged.
#[must_use]
pub fn without_final_s(word: &str) -> &str {
    let rest = word.trim_end_matches('s');
    if rest.len() >= MIN_SINGULAR { rest } else { word }
}

/// Returns a text without its first letter.
#[must_use]
pub fn without_first(text: &str) -> &str {
    let mut letters = text.chars();
    letters.next();
    letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::{key, of_key, sound};

    #[test]
    fn spellings_of_one_sound_are_equal() {
        for (typed, word) in [
            ("fotodynamic", "photodynamic"),
            ("kriotherapy", "cryotherapy"),
            ("botocks", "botox"),
            ("alopeshia", "alopecia"),
            ("skar", "scar"),
            ("akne", "acne"),
            ("kemical", "chemical"),
            ("rinkles", "wrinkles"),
            ("morfeus8", "morpheus8"),
            ("sudofoliculitis", "psudofolliculitis"),
        ] {
            assert_eq!(sound(typed), sound(word), "{typed}");
        }
        for (one, other) in [("cap", "cape"), ("morpheus8", "morpheus88"), ("peel", "pill"), ("acne", "ocne")] {
            assert_ne!(sound(one), sound(other), "{one}");
        }
    }

    #[test]
    fn a_key_has_the_sound_without_the_first_letter_and_the_word() {
        assert_eq!(key("photodynamic", "photodynamic"), "~otodinamik photodynamic");
        assert_eq!(of_key("~otodinamik photodynamic"), Some("photodynamic"));
        assert_eq!((of_key("=acne scars"), of_key("acne")), (None, None));
    }
}
