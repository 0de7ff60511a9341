//! Names of types in sentences.

/// Returns the name of a type with its indefinite article: `a Condition`, `an Adjunct`.
#[must_use]
pub fn with_article(name: &str) -> String {
    let article = if name.starts_with(|first| "AEIOUaeiou".contains(first)) { "an" } else { "a" };
    format!("{article} {name}")
}

/// Splits a name into lowercase words: `TreatmentOutcome` becomes "treatment outcome".
#[must_use]
pub fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(words("biologicalTargets"), "biological targets");
    }

    #[test]
    fn the_article_follows_the_first_letter() {
        let names = ["Adjunct", "BodyArea", "EvidenceItem", "OutcomeMeasure", "Source", "outcome measure"].map(with_article);
        let expected =
            ["an Adjunct", "a BodyArea", "an EvidenceItem", "an OutcomeMeasure", "a Source", "an outcome measure"];
        assert_eq!(names, expected);
    }
}
