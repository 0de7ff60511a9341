//! Labels of values of enumerations for users.

/// The words in names that are abbreviations.
const ABBREVIATIONS: [&str; 3] = ["DOI", "PMCID", "PMID"];

/// Returns the label of a value: the one in `labels`, or its name as words. `BENIGN_GROWTH` is "Benign growth".
#[must_use]
pub fn label(value: &str, labels: &[(&str, &str)]) -> String {
    if let Some((_, label)) = labels.iter().find(|(name, _)| *name == value) {
        return (*label).to_owned();
    }
    let word = |(at, word): (usize, &str)| {
        let (first, rest) = word.split_at(word.len().min(1));
        match at {
            _ if ABBREVIATIONS.contains(&word) => word.to_owned(),
            0 => format!("{first}{}", rest.to_lowercase()),
            _ => word.to_lowercase(),
        }
    };
    value.split('_').enumerate().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_label_is_given_or_has_the_words_of_the_name() {
        assert_eq!(label("ICD10CM", &[("MESH", "MeSH"), ("ICD10CM", "ICD-10-CM")]), "ICD-10-CM");
        assert_eq!(label("BENIGN_GROWTH", &[]), "Benign growth");
        assert_eq!(label("PMID", &[]), "PMID");
    }
}
