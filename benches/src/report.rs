//! Writes the results into a page of the documentation, where they replace everything below a marker.

use std::{fs, path::Path};

use crate::Failure;

/// The line below which results are written.
const MARK: &str = "<!-- `load report` replaces everything below this line. -->\n";

/// The results so far.
#[derive(Default)]
pub struct Report(String);

impl Report {
    /// Adds a section.
    pub fn section(&mut self, title: &str, text: &str) {
        self.0.extend(["\n## ", title, "\n\n", text.trim_end(), "\n"]);
    }

    /// Replaces the results in a page.
    ///
    /// # Errors
    /// When the page cannot be read or written, or has no marker.
    pub fn write(&self, page: &Path) -> Result<(), Failure> {
        let failed = |failure: std::io::Error| format!("{}: {failure}", page.display());
        let text = fs::read_to_string(page).map_err(failed)?;
        let (above, _) = text.split_once(MARK).ok_or_else(|| format!("{} has no line {MARK}", page.display()))?;
        fs::write(page, format!("{above}{MARK}{}", self.0)).map_err(failed)
    }
}
