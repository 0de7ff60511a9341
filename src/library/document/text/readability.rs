//! How hard a text is to read.

/// Endings that are usually silent. A silent ending is not counted as a syllable.
const SILENT_ENDS: [&str; 3] = ["e", "es", "ed"];

/// Consonants after which the endings `es` and `ed` are spoken: `pulses`, `treated`.
const SPOKEN_ES: &[char] = &['s', 'z', 'x', 'c', 'g', 'h'];
const SPOKEN_ED: &[char] = &['t', 'd'];

/// Returns the error of a text whose grade is above `limit`; `None` if it is valid.
pub(super) fn flaw(text: &str, limit: u8) -> Option<String> {
    let found = grade(text);
    let sentence =
        || format!("The text has Flesch-Kincaid grade {found:.1}; the maximum is {limit}. Use shorter sentences and words.");
    (found > f64::from(limit)).then(sentence)
}

/// Returns the Flesch-Kincaid grade of an English text: the years of school in the US that it takes to read it. The grade of
/// a text without words is 0; that of an easy text can be negative.
///
/// The formula is `0.39 * words / sentences + 11.8 * syllables / words - 15.59` (Kincaid, Fishburne, Rogers, Chissom:
/// "Derivation of New Readability Formulas", Research Branch Report 8-75, Naval Technical Training Command, 1975). A
/// sentence ends in a period, question mark, exclamation point, colon or semicolon, as in Flesch, "The Art of Readable
/// Writing", 1949. Syllables are counted by spelling, so the grade can be off by a few tenths.
fn grade(text: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    if words.is_empty() {
        return 0.0;
    }
    let ends = words[..words.len() - 1].iter().filter(|word| ends_sentence(word)).count();
    let syllables = words.iter().map(|word| syllables_of_word(word)).sum();
    let (words, sentences, syllables) = (number(words.len()), number(ends + 1), number(syllables));
    0.39 * words / sentences + 11.8 * syllables / words - 15.59
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', ')', '”', '’']).ends_with(['.', '!', '?', ':', ';'])
}

/// Returns the number of syllables of a word, whose parts may be joined by hyphens or slashes.
fn syllables_of_word(word: &str) -> usize {
    let parts = word.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|part| !part.is_empty());
    parts.map(syllables).sum()
}

/// Returns the number of groups of vowels in a part of a word, without a silent ending; at least 1. A number counts as one
/// syllable, as in other programs. An abbreviation is spelled out, so each of its letters counts.
fn syllables(part: &str) -> usize {
    if is_abbreviation(part) {
        return part.chars().count();
    }
    let part = part.to_lowercase();
    let vowels = |text: &str| {
        let mut groups = 0;
        let mut inside = false;
        for letter in text.chars() {
            let vowel = is_vowel(letter);
            groups += usize::from(vowel && !inside);
            inside = vowel;
        }
        groups
    };
    let silent = SILENT_ENDS.iter().any(|end| part.strip_suffix(end).is_some_and(|stem| is_silent(stem, end)));
    vowels(&part).saturating_sub(usize::from(silent)).max(1)
}

/// Reports whether a part of a word is spelled out by readers: several capitals, or letters without a vowel.
fn is_abbreviation(part: &str) -> bool {
    let mut letters = part.chars();
    let several = part.chars().nth(1).is_some();
    several && (letters.all(char::is_uppercase) || part.chars().all(|letter| letter.is_alphabetic() && !is_vowel(letter)))
}

fn is_vowel(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Reports whether an ending after a stem is silent: `note`, `notes`, `noted`, but `able`, `pulses`, `treated`, `free`.
fn is_silent(stem: &str, end: &str) -> bool {
    let mut letters = stem.chars().rev();
    let (Some(last), before) = (letters.next(), letters.next()) else { return false };
    let consonant = |letter: char| !is_vowel(letter);
    let syllabic_l = last == 'l' && before.is_some_and(consonant);
    let spoken = match end {
        "es" => SPOKEN_ES.contains(&last),
        "ed" => SPOKEN_ED.contains(&last),
        _ => false,
    };
    consonant(last) && !spoken && !syllabic_l
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted_by_spelling() {
        for (word, count) in [
            ("skin", 1),
            ("needle", 2),
            ("note", 1),
            ("notes", 1),
            ("pulses", 2),
            ("treated", 2),
            ("healed", 1),
            ("redness", 2),
            ("swelling", 2),
            ("anaesthetic", 4),
            ("the", 1),
            ("30", 1),
            ("well-known", 2),
            ("FDA", 3),
            ("mm", 2),
            ("I", 1),
        ] {
            assert_eq!(syllables_of_word(word), count, "{word}");
        }
    }

    #[test]
    fn a_long_sentence_of_long_words_has_a_higher_grade() {
        let easy = "The skin is red for a few days. It may feel tight. Call the clinic if it hurts more.";
        let hard = "Post-inflammatory hyperpigmentation constitutes a recognised complication of ablative resurfacing \
            procedures, particularly in individuals with constitutively pigmented integument.";
        assert!(grade(easy) < 3.0, "{}", grade(easy));
        assert!(grade(hard) > 20.0, "{}", grade(hard));
        // 10 words, 2 sentences, 10 syllables.
        assert!((grade("The cat sat on the mat. The dog ran fast.") - (0.39 * 5.0 + 11.8 - 15.59)).abs() < 0.001);
        assert!(grade("") < 0.001);
    }
}
