//! Words for the values of enumerations, and for numbers.

pub use crate::plural::count;
use crate::strict;

/// Returns a value as words: `VERY_RARE` is "very rare".
pub fn of(value: &str) -> String {
    value.to_lowercase().replace('_', " ")
}

/// Returns a value as words that begin with a capital letter.
pub fn capitalised(value: &str) -> String {
    uppercase_first(&of(value))
}

/// Returns the name of a type as words that begin with a capital letter: `BodyArea` is "Body area".
pub fn of_type(name: &str) -> String {
    let spaced = name.char_indices().fold(String::new(), |spaced, (at, letter)| match letter {
        letter if at > 0 && letter.is_uppercase() => spaced + " " + &letter.to_lowercase().to_string(),
        letter => spaced + letter.encode_utf8(&mut [0; 4]),
    });
    match name {
        "EvidenceItem" => "Finding".to_owned(),
        _ => spaced,
    }
}

pub fn uppercase_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns a name for use within a sentence: with a lowercase first letter, unless its first word is an abbreviation. Such a
/// word has another capital letter or a digit, or is a letter before a hyphen.
pub fn lowercase_first(name: &str) -> String {
    let mut letters = name.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    if word.starts_with('-') || word.contains(|letter: char| letter.is_uppercase() || letter.is_numeric()) {
        return name.to_owned();
    }
    first.to_lowercase().chain(rest.chars()).collect()
}

/// Returns a number with commas between groups of three digits: 1075 is "1,075".
pub fn number(number: i64) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let rest = digits.len() - at;
        if at > 0 && rest.is_multiple_of(3) && !written.ends_with('-') {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// Returns the heading for contraindications of a strength.
pub fn contraindication(strength: &str) -> String {
    match strength {
        "ABSOLUTE" => "Must not have it".to_owned(),
        "RELATIVE" => "Usually should not have it".to_owned(),
        "CAUTION" => "With caution".to_owned(),
        "NOT_GRADED" => "Named as a contraindication, without a degree".to_owned(),
        other => capitalised(other),
    }
}

/// Returns the words for how soon to get help.
pub fn urgency(value: &str) -> String {
    match value {
        "SAME_DAY" => "The same day".to_owned(),
        "CONTACT_CLINIC" => "Contact the clinic".to_owned(),
        other => capitalised(other),
    }
}

/// Returns the words for how often an effect occurs.
pub fn frequency(value: &str) -> String {
    match value {
        "UNKNOWN" => "how often is not known".to_owned(),
        "EXPECTED" => "a normal part of treatment and healing".to_owned(),
        "MOST" => "in most people".to_owned(),
        "SOME" => "in some people".to_owned(),
        other => of(other),
    }
}

/// Returns the words for how much of a source was read.
pub fn extent(value: &str) -> String {
    match value {
        "PART" => "Read in part".to_owned(),
        "ABSTRACT" => "Abstract read".to_owned(),
        "FULL" => "Read in full".to_owned(),
        other => capitalised(other),
    }
}

/// Returns the words for what a comparison found.
pub fn direction(value: &str) -> String {
    match value {
        "NOT_COMPARED" => "Without a comparison".to_owned(),
        "HARM" => "More damage than good".to_owned(),
        "WORSE" => "Less benefit than the other treatment".to_owned(),
        "NO_DIFFERENCE" => "No clear difference".to_owned(),
        "MIXED" => "Mixed results".to_owned(),
        "BENEFIT" => "Better than the comparison".to_owned(),
        other => capitalised(other),
    }
}

/// Returns the date of a time in RFC 3339 in words: `2026-11-28T00:06:56Z` is "28 November 2026". `None` if it is not a
/// date.
pub fn date(time: &str) -> Option<String> {
    let date = strict::date(time.get(..10)?)?;
    Some(format!("{} {} {}", date.day(), date.month(), date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_within_a_sentence_begins_with_a_lowercase_letter_unless_it_begins_with_an_abbreviation() {
        for (name, within) in [
            ("", ""),
            ("Fractional CO2 laser", "fractional CO2 laser"),
            ("Long-pulsed laser", "long-pulsed laser"),
            ("Érythème", "érythème"),
        ] {
            assert_eq!(lowercase_first(name), within);
        }
        for name in ["IPL", "PRP injection", "CO2 laser", "Q-switched laser", "Er:YAG laser", "Nd:YAG laser", "BTX-A"] {
            assert_eq!(lowercase_first(name), name);
        }
    }

    #[test]
    fn values_and_dates_are_written_as_words() {
        assert_eq!((of("VERY_RARE"), capitalised("MINIMALLY_INVASIVE")), ("very rare".into(), "Minimally invasive".into()));
        assert_eq!([-100, 0, 999, 1075, 1_234_567].map(number), ["-100", "0", "999", "1,075", "1,234,567"]);
        assert_eq!(date("2026-11-08T00:06:56Z").as_deref(), Some("8 November 2026"));
        for wrong in ["2026-13-08T", "2026-11-xxT", "2026-02-30T", "2026-1-2T0", "x", ""] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }
}
