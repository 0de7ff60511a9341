//! Edits: the changes of one publication, from any source.

use super::{check::ReadDocuments, check::read_documents, dates::today, files::DocumentFile};
use crate::engine::catalog::Catalog;

/// The documents to save and the records to delete in one publication.
///
/// A saved document replaces the document of the same type and slug, with the records embedded in it, or becomes a new
/// record. Records that an edit does not name stay, except for those that were embedded in a replaced document.
pub struct Edit<'f> {
    /// The documents to save, and the problems within each.
    pub(super) saves: ReadDocuments<'static, 'f>,
    /// The records to delete, by the name of their type and their slug.
    pub(super) deletes: Vec<(String, String)>,
}

impl<'f> Edit<'f> {
    /// Creates an edit that saves the documents of files. Their problems are reported when the edit is published.
    #[must_use]
    pub fn of_files(catalog: &'static Catalog, files: &'f [DocumentFile]) -> Self {
        Self { saves: read_documents(catalog, files, today()), deletes: Vec::new() }
    }

    /// Deletes a record as well, with the records embedded in its document. A record that the edit also saves stays.
    ///
    /// It is a problem if there is no such record, if it is embedded in the document of another record, or if another record
    /// still refers to it.
    #[must_use]
    pub fn delete(mut self, type_name: &str, slug: &str) -> Self {
        self.deletes.push((type_name.to_owned(), slug.to_owned()));
        self
    }
}
