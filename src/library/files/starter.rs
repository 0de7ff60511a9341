//! The starter library, which is embedded in the program.

use rust_embed::RustEmbed;

use super::texts::DocumentFile;

#[derive(RustEmbed)]
#[folder = "content/"]
#[include = "*.yaml"]
struct Starter;

/// Returns the documents of the starter library.
#[must_use]
pub fn starter() -> Vec<DocumentFile> {
    let mut names: Vec<_> = Starter::iter().collect();
    names.sort_unstable();
    let file = |name: std::borrow::Cow<'_, str>| {
        let text = String::from_utf8_lossy(&Starter::get(&name)?.data).into_owned();
        Some(DocumentFile { name: format!("content/{name}"), text })
    };
    names.into_iter().filter_map(file).collect()
}
