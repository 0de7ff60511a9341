//! How content is credited.

/// The credit of the content of a catalog.
#[derive(Debug, Default)]
pub struct Credit {
    /// Name of the library.
    pub library: &'static str,
    /// A sentence that every credit must contain.
    pub notice: &'static str,
    /// Licence of the content, as an SPDX expression (<https://spdx.org/licenses>).
    pub licence: &'static str,
}

impl Credit {
    /// Returns the text that credits the library.
    #[must_use]
    pub fn of_library(&self) -> String {
        format!("{}. {}", self.library, self.notice)
    }

    /// Returns the text that credits a record, by its name or title, in the revision that changed it last.
    #[must_use]
    pub fn of_record(&self, label: &str, revision: i64) -> String {
        let label = label.trim_end_matches('.');
        let end = if label.ends_with(['?', '!']) { "" } else { "." };
        format!("{label}{end} {}, revision {revision}. {}", self.library, self.notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credit_is_a_few_sentences() {
        let credit = Credit { library: "Library", notice: "Not medical advice.", licence: "MIT" };
        assert_eq!(credit.of_library(), "Library. Not medical advice.");
        assert_eq!(credit.of_record("A title.", 7), "A title. Library, revision 7. Not medical advice.");
        assert_eq!(credit.of_record("A question?", 7), "A question? Library, revision 7. Not medical advice.");
    }
}
