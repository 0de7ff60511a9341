//! Names of types in sentences.

/// Returns the name of a type with its indefinite article: `a Condition`, `an Adjunct`.
#[must_use]
pub fn with_article(name: &str) -> String {
    let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    format!("{article} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_follows_the_first_letter() {
        let names = ["Adjunct", "BodyArea", "Evidence", "OutcomeMeasure", "Source"].map(with_article);
        assert_eq!(names, ["an Adjunct", "a BodyArea", "an Evidence", "an OutcomeMeasure", "a Source"]);
    }
}
