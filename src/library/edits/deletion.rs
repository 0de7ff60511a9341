//! Records that an edit deletes.

use std::sync::Arc;

use super::amend::Amendment;
use crate::{
    engine::catalog::{Catalog, ObjectIx},
    library::{
        checks::dangling::ChangeError,
        problem::{ProblemCode, ProblemLocation},
        records::{
            documents::{Document, LoadedLibrary},
            record_map::{RecordKey, RecordMap},
        },
    },
};

#[derive(Clone, Debug)]
pub(in crate::library) struct Deletion {
    pub type_name: String,
    pub slug: Arc<str>,
    /// The path of the argument with the slug; `None` if it was not an argument.
    pub path: Option<Arc<str>>,
}

impl Deletion {
    /// Returns the key of the record; `None` if there is no such type.
    pub fn key(&self, catalog: &Catalog) -> Option<RecordKey> {
        self.ix(catalog).map(|ix| (ix, Arc::clone(&self.slug)))
    }

    /// Returns the type of the record; `None` if there is no such type.
    pub fn ix(&self, catalog: &Catalog) -> Option<ObjectIx> {
        let object = catalog.object_named(&self.type_name).filter(|object| object.content().is_some());
        object.map(|object| object.ix)
    }

    /// Returns the error if the record cannot be deleted. `library` has the stored records, `saved` has the documents
    /// that the edit saves, `amendments` are its changes of stored documents, and `earlier` are the deletions before this
    /// one.
    pub fn error(
        &self,
        library: &LoadedLibrary<'_>,
        saved: &RecordMap<Document>,
        amendments: &[Amendment],
        earlier: &[Self],
    ) -> Option<ChangeError> {
        let Self { type_name, slug, .. } = self;
        let error = |code, sentence| Some(ChangeError::Problem(self.location().problem(code, sentence)));
        let Some(key) = self.key(library.catalog) else {
            return error(ProblemCode::NotFound, format!("There is no content type {type_name}."));
        };
        let ix = key.0;
        // A renamed record is saved under another slug.
        if saved.contains(ix, slug) || amendments.iter().any(|amendment| amendment.key() == key) {
            let sentence = format!("The {type_name} \"{slug}\" is saved and deleted at the same time.");
            return error(ProblemCode::Invalid, sentence);
        }
        if earlier.iter().any(|other| other.type_name == *type_name && other.slug == *slug) {
            return error(ProblemCode::Invalid, format!("The {type_name} \"{slug}\" is deleted twice."));
        }
        match library.documents.get(ix, slug).map(|document| &document.owner) {
            Some(None) => None,
            Some(Some((_, owner))) => {
                let sentence =
                    format!("This record is embedded in the document of \"{owner}\"; save that document without it.");
                error(ProblemCode::Invalid, sentence)
            }
            None => Some(ChangeError::Absent(key, self.location())),
        }
    }

    /// Returns where the problems of the deletion are reported.
    pub fn location(&self) -> ProblemLocation {
        let Self { type_name, slug, path } = self;
        match path {
            Some(argument) => ProblemLocation::of_argument(Arc::clone(argument)),
            None => ProblemLocation { path: format!("deletion of {type_name} {slug}"), ..ProblemLocation::default() },
        }
    }
}
