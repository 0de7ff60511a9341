//! The results in a page of the documentation: all that stands below a mark is replaced.

use std::{fs, path::Path};

use crate::Failure;

/// What the results stand below.
const MARK: &str = "<!-- Below this line stands what `load report` wrote. -->\n";

/// Results under way.
#[derive(Default)]
pub struct Report(String);

impl Report {
    /// Adds a section.
    pub fn section(&mut self, title: &str, text: &str) {
        self.0.extend(["\n## ", title, "\n\n", text.trim_end(), "\n"]);
    }

    /// Puts the results into a page, in place of those before.
    ///
    /// # Errors
    /// When the page cannot be read or written, or has no mark.
    pub fn write(&self, page: &Path) -> Result<(), Failure> {
        let failed = |failure: std::io::Error| format!("{}: {failure}", page.display());
        let text = fs::read_to_string(page).map_err(failed)?;
        let (above, _) = text.split_once(MARK).ok_or_else(|| format!("{} has no line {MARK}", page.display()))?;
        fs::write(page, format!("{above}{MARK}{}", self.0)).map_err(failed)
    }
}
