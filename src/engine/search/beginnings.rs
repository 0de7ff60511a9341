//! The beginnings of words. The last word of a search may be incomplete, so it also matches the terms that begin with
//! it. But terms are folded, and the spelling of an incomplete word cannot be folded: `oedem` is not a beginning of
//! `edema`. So this module completes the texts that folding replaces.

use super::{Word, joined, latin, spelling};

/// Minimum length of a word that is completed, in characters. Too many words begin with two letters.
const MIN_COMPLETED: usize = 3;

/// Minimum length of a part ([`spelling::PARTS`]) that is completed within a word. It is compared with the number of
/// letters of the American spelling of the part. Shorter parts are completed only at the start of a word. For example,
/// the American spelling of `haem` is `hem`, which is too short. Otherwise the `ha` of `cha` would be completed to `hem`,
/// and `cha` would find `chemical`.
const MIN_WITHIN: usize = 4;

/// Texts in words, and the texts that replace them.
type Replacements = &'static [(&'static str, &'static str)];

/// Reports whether the beginning of a text is completed. The parameters are the letters before the text, and its
/// replacement.
type IsCompleted = fn(&str, &str) -> bool;

/// Everything that folding replaces.
const FOLDING: [(Replacements, IsCompleted); 5] = [
    (spelling::PARTS, |before, american| before.is_empty() || american.len() >= MIN_WITHIN),
    (spelling::ENDS, |_, _| true),
    (spelling::WHOLE_WORDS, |before, _| before.is_empty()),
    (latin::ENDS, |before, _| before.len() >= latin::MIN_BEFORE),
    (latin::WHOLE_WORDS, |before, _| before.is_empty()),
];

/// Returns texts with which the wanted term may begin. `words` are the words as they are typed. The last word may be
/// incomplete. The term of the completed words, written as one word, begins with one of the returned texts. Both
/// spellings of a word have one term, so `discolou` finds both. No returned text begins with another one.
#[must_use]
pub fn beginnings(words: &[Word]) -> Vec<String> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let before: String = before.iter().map(|word| word.folded.as_str()).collect();
    let mut beginnings: Vec<String> = of_word(&last.plain).iter().map(|last| format!("{before}{last}")).collect();
    beginnings.push(joined(words).0);
    beginnings.sort_unstable();
    beginnings.dedup_by(|next, kept| next.starts_with(kept.as_str()));
    beginnings
}

/// Returns texts with which the folded form of a word may begin if the word begins with these letters.
fn of_word(letters: &str) -> Vec<String> {
    // Only parts are replaced here, not the ends of words. The typed letters may be incomplete, so their end is not always
    // the end of the complete word. For example, `ise` in `dise` is not the end of `disease`.
    let typed = spelling::with_american_parts(letters.to_owned());
    let mut beginnings = vec![typed.clone()];
    if letters.chars().count() < MIN_COMPLETED {
        return beginnings;
    }
    for (replacements, is_completed) in FOLDING {
        for (replaced, replacement) in replacements {
            let before = (1..replaced.len()).filter_map(|length| typed.strip_suffix(&replaced[..length]));
            let completed = before.filter(|before| is_completed(before, replacement));
            beginnings.extend(completed.map(|before| format!("{before}{replacement}")));
        }
    }
    beginnings
}

#[cfg(test)]
mod tests {
    use super::{super::words, MIN_COMPLETED, beginnings};

    fn of(text: &str) -> Vec<String> {
        beginnings(&words(text))
    }

    #[test]
    fn each_incomplete_form_of_a_word_finds_its_folded_form() {
        for word in [
            "oedema",
            "lymphoedema",
            "haemangioma",
            "haemangiomata",
            "naevi",
            "naevus",
            "paediatric",
            "leukaemia",
            "anaesthetic",
            "paraesthesia",
            "seborrhoea",
            "oestrogen",
            "discolouration",
            "tumours",
            "fibres",
            "centimetres",
            "sulphur",
            "leucoderma",
            "moustache",
            "bruise",
            "bruises",
            "bruising",
            "raised",
            "localised",
            "localisation",
            "analysed",
            "labelling",
            "ageing",
            "greyish",
            "practised",
            "keratoses",
            "telangiectases",
            "lentigines",
            "cicatrices",
            "disease",
            "risen",
            "laser",
        ] {
            for (end, _) in word.char_indices().skip(MIN_COMPLETED) {
                let (typed, folded) = (&word[..end], &words(word)[0].folded);
                let found = of(typed);
                assert!(found.iter().any(|start| folded.starts_with(start)), "{typed}: {folded} is not in {found:?}");
            }
        }
    }

    #[test]
    fn other_words_have_no_further_beginnings() {
        for (typed, found) in [
            ("lase", vec!["lase"]),
            ("laser", vec!["laser"]),
            ("cha", vec!["cha", "chemia", "chesthe"]),
            ("oe", vec!["oe"]),
            ("oedem", vec!["edema", "oedem"]),
            ("oedema", vec!["edema", "edememia", "edemesthe"]),
            ("discolou", vec!["discolor", "discolou"]),
            ("localis", vec!["localis", "localization", "localize", "localizing"]),
            ("localised", vec!["localised", "localized"]),
            ("CO2", vec!["co2"]),
        ] {
            assert_eq!(of(typed), found, "{typed}");
        }
    }

    #[test]
    fn only_the_last_word_is_completed() {
        assert_eq!(of("tumour discolou"), ["tumordiscolor", "tumordiscolou"]);
        assert_eq!(of("skin discol"), ["skindiscol"]);
        assert_eq!(of(""), Vec::<String>::new());
    }
}
