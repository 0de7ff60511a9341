//! Generates a library of any size as content documents, for load tests and for trying the service with a large library.
//!
//! [`LibrarySize`] has the numbers of procedures, outcomes, conditions and sources. [`documents`] returns one file
//! after the other, so that even a million outcomes need little memory. Each content document uses a random number
//! stream of its own, so the same size and the same seed always result in the same bytes.
//!
//! The generated library resembles the starter library in the length of texts, the number of sources per outcome, and how
//! often optional fields are present. Its content has no meaning: texts are filler, names contain numbers, and each content
//! document has [`NOTICE`].

mod condition;
mod outcome;
mod procedure;
mod random;
mod size;
mod source;
mod text;
mod vocabulary;

pub use size::{LibrarySize, MAX_OUTCOMES, RequestedSize, SizeError};

use crate::library::DocumentFile;

/// The notice of every generated content document.
pub const NOTICE: &str = "Generated filler for load tests. Nothing in it is a statement about a real treatment.";

/// Conditions or sources per file: files of about 1 MB, so that an import can read them in parallel.
const ENTRIES_PER_FILE: u32 = 2_000;

/// Returns the files of a library of this size, one after the other.
pub fn documents(size: &LibrarySize) -> impl Iterator<Item = DocumentFile> {
    let vocabulary = std::iter::once_with(|| file("vocabulary", &vocabulary::collections(size)));
    let sources = collections("sources", size.sources, |number| source::entry(size, number));
    let conditions = collections("conditions", size.conditions, |number| condition::entry(size, number));
    let procedures = (1..=size.procedures).map(|number| {
        let slug = procedure::slug(number);
        file(&format!("procedures/{slug}"), &procedure::document(size, number))
    });
    vocabulary.chain(sources).chain(conditions).chain(procedures)
}

/// Returns the files of a collection: the entries that `entry` returns for the numbers from 1 to `count`.
fn collections(plural: &str, count: u32, entry: impl Fn(u32) -> String) -> impl Iterator<Item = DocumentFile> {
    (1..=count).step_by(ENTRIES_PER_FILE as usize).zip(1..).map(move |(first, number)| {
        let last = count.min(first + (ENTRIES_PER_FILE - 1));
        let entries: String = (first..=last).map(&entry).collect();
        file(&format!("{plural}/{number:04}"), &format!("{plural}:\n{entries}"))
    })
}

fn file(name: &str, text: &str) -> DocumentFile {
    DocumentFile { name: format!("{name}.yaml"), text: format!("notice: {NOTICE}\n{text}") }
}
