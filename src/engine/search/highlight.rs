//! The spans of the words of a text that a search matched.

use std::{collections::BTreeSet, ops::Range};

use super::{MAX_JOINED, analyser};

/// Returns the ranges of bytes of the matching words of a text, in their order and without overlaps. `terms` has what
/// matched in the index: words, and adjacent words as the text has them. A word with the stem of a term matches.
///
/// `phrases` has the single words of the search, and its adjacent words, each time written as one word. Adjacent words get
/// one common range if `terms` has them as one word and at least one of them does not match alone. If the first of them
/// matches alone, `phrases` must have them as one word too. For example, a search for `skin` also matches the term
/// `skinneedling`, which begins with `skin`. Without the condition on `phrases`, it would mark both words of `skin
/// needling`.
#[must_use]
pub fn marks(text: &str, terms: &BTreeSet<&str>, phrases: &BTreeSet<&str>) -> Vec<Range<usize>> {
    let stems: BTreeSet<String> = terms.iter().map(|term| analyser::joined(&analyser::words(term)).1).collect();
    let words = analyser::words(text);
    let matching: Vec<bool> = words.iter().map(|word| stems.contains(&word.stem)).collect();
    let mut marks: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        let match_as_one = |count: &usize| {
            let Some(adjacent) = words.get(at..at + count) else { return false };
            let (folded, stem) = analyser::joined(adjacent);
            let is_sought = || phrases.contains(folded.as_str()) || phrases.contains(stem.as_str());
            let each = matching[at..at + count].iter().all(|is_matching| *is_matching);
            !each && stems.contains(&stem) && (!matching[at] || is_sought())
        };
        let as_one = (2..=MAX_JOINED).find(match_as_one);
        let Some(count) = as_one.or(matching[at].then_some(1)) else { continue };
        let mark = words[at].span.start..words[at + count - 1].span.end;
        match marks.last_mut() {
            Some(last) if mark.start < last.end => last.end = last.end.max(mark.end),
            _ => marks.push(mark),
        }
    }
    marks
}

/// Returns a range of bytes of a text in UTF-16 code units: start, and length.
#[must_use]
pub fn in_code_units(text: &str, bytes: &Range<usize>) -> (usize, usize) {
    let units = |text: &str| text.encode_utf16().count();
    (units(&text[..bytes.start]), units(&text[bytes.clone()]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::{Strategy, proptest};

    use super::{analyser, in_code_units, marks};

    fn marked<'t>(text: &'t str, terms: &[&str]) -> Vec<&'t str> {
        let phrases = BTreeSet::from(["l71", "l719"]);
        marks(text, &terms.iter().copied().collect(), &phrases).into_iter().map(|mark| &text[mark]).collect()
    }

    #[test]
    fn all_forms_of_a_word_are_marked() {
        assert_eq!(marked("Fractional CO₂ laser, a co2-laser", &["co2"]), ["CO₂", "co2"]);
        assert_eq!(marked("Scars and scarring: acne scar", &["scar"]), ["Scars", "scarring", "scar"]);
        assert_eq!(marked("Cafe\u{301}-au-lait", &["cafe"]), ["Cafe\u{301}"]);
        assert_eq!(marked("A haemangioma", &["hemangioma"]), ["haemangioma"]);
        assert_eq!(marked("Micro-needling, microneedling", &["microneedling"]), ["Micro-needling", "microneedling"]);
        // Only the first word was matched, so the words written as one are not marked.
        assert_eq!(marked("Skin needling", &["skin", "skinneedling"]), ["Skin"]);
        assert_eq!(marked("Skin needling", &["skinneedling"]), ["Skin needling"]);
        assert_eq!(marked("L71.9 and L71.8", &["l71", "l719"]), ["L71.9", "L71"]);
        assert_eq!(marked("Laser", &[]), Vec::<&str>::new());
    }

    #[test]
    fn spans_count_code_units_of_utf_16() {
        let text = "🧴 and CO₂ é";
        let mark = &marks(text, &BTreeSet::from(["co2"]), &BTreeSet::new())[0];
        let (start, length) = in_code_units(text, mark);
        assert_eq!((start, length), (7, 3));
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(String::from_utf16_lossy(&units[start..start + length]), "CO₂");
    }

    proptest! {
        /// The marked text has a matching word, and no other word of the text matches.
        #[test]
        fn marks_are_the_words_that_match(
            parts in proptest::collection::vec("[a-zA-Zéæ₂2]{1,6}[ -]|naevi |Laser-|\u{fb01}llers |scars, |🧴|CO₂ ", 0..12),
            nth in proptest::collection::vec(0..12_usize, 1..4).prop_map(BTreeSet::<usize>::from_iter),
        ) {
            let text = parts.concat();
            let words = analyser::words(&text);
            let terms: BTreeSet<&str> =
                words.iter().enumerate().filter(|(at, _)| nth.contains(at)).map(|(_, word)| word.folded.as_str()).collect();
            let stems: BTreeSet<String> = terms.iter().map(|term| analyser::stem(term)).collect();
            let marks = marks(&text, &terms, &BTreeSet::new());
            for mark in &marks {
                let inside = analyser::words(&text[mark.clone()]);
                let (_, joined) = analyser::joined(&inside);
                assert!(inside.iter().all(|word| stems.contains(&word.stem)) || stems.contains(&joined), "{text:?} {mark:?}");
            }
            for word in words.iter().filter(|word| stems.contains(&word.stem)) {
                assert!(marks.iter().any(|mark| mark.start <= word.span.start && word.span.end <= mark.end), "{text:?} {word:?}");
            }
            assert!(marks.is_sorted_by(|one, other| one.end <= other.start));
        }
    }
}
