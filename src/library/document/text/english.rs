//! Checks that a text is short and in English. The formula of the reading grade is only for English texts.

use crate::plural;

/// Maximum length of a text for patients, in bytes. It is more than twice the length of five short sentences.
const MAX_LENGTH: usize = 1_000;

/// The last letter of the Latin alphabets of European languages (Unicode 16.0, Latin Extended-B).
const LAST_LATIN: char = '\u{24f}';

/// A text of at least this many words must contain frequent English words.
const MIN_WORDS: usize = 8;

/// Maximum number of words of a text for each frequent word in it. In English, about every third word is frequent.
const WORDS_PER_FREQUENT: usize = 12;

/// Frequent English words that are rare in other European languages.
const FREQUENT: [&str; 33] = [
    "about", "after", "and", "are", "be", "because", "before", "but", "can", "each", "from", "has", "it", "its", "less",
    "may", "more", "most", "not", "often", "should", "skin", "some", "than", "that", "the", "these", "this", "to", "were",
    "when", "with", "you",
];

/// Returns the error of a text that is too long or not English; `None` if it is valid.
pub(super) fn flaw(text: &str) -> Option<String> {
    if text.len() > MAX_LENGTH {
        return Some(format!("The text has {} bytes; the maximum is {MAX_LENGTH}.", text.len()));
    }
    if let Some(letter) = text.chars().find(|c| c.is_alphabetic() && *c > LAST_LATIN) {
        return Some(format!("The text is not English: it has the letter {letter}."));
    }
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let is_frequent = |word: &&&str| FREQUENT.iter().any(|frequent| word.eq_ignore_ascii_case(frequent));
    let frequent = words.iter().filter(is_frequent).count();
    let english = words.len() < MIN_WORDS || frequent * WORDS_PER_FREQUENT >= words.len();
    let found = || plural::count(frequent, "frequent English word");
    (!english).then(|| format!("The text is not English: it has {} among {}.", found(), words.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_another_language_is_refused() {
        for text in [
            "Die Haut ist einige Tage lang rot und geschwollen. In der Klinik sollte man fragen, was dann zu tun ist.",
            "La peau est rouge pendant quelques jours. On peut demander au médecin ce qu'il faut faire ensuite.",
            "La piel está roja durante unos días. No se debe tomar el sol, y hay que llamar a la clínica si duele.",
            "De huid is een paar dagen rood. Bel de kliniek als er blaren of wonden komen, of als de pijn erger wordt.",
            "Кожа красная несколько дней.",
            "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
        ] {
            assert!(flaw(text).is_some(), "{text}");
        }
    }

    #[test]
    fn an_english_text_is_accepted_also_if_it_is_short() {
        for text in [
            "The skin is red for a few days. Call the clinic if it hurts more.",
            "Naevus of Ota fades.",
            "A doctor should look at the spots first, because skin cancer can look the same.",
        ] {
            assert_eq!(flaw(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_for_patients_has_a_maximum_length() {
        assert_eq!(flaw(&"The skin is red. ".repeat(58)), None);
        assert!(flaw(&"The skin is red. ".repeat(59)).is_some());
    }
}
