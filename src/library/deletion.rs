//! Records that an edit deletes.

use std::sync::Arc;

use super::{
    documents::{Document, Library},
    problem::{Problem, ProblemCode},
    record_map::{RecordKey, RecordMap},
};
use crate::engine::catalog::Catalog;

/// A record that an edit deletes.
#[derive(Clone, Debug)]
pub(super) struct Deletion {
    pub type_name: String,
    pub slug: Arc<str>,
    /// The path of the argument with the slug; `None` if it was not an argument.
    pub path: Option<Arc<str>>,
}

impl Deletion {
    /// Returns the key of the record; `None` if there is no such type.
    pub fn key(&self, catalog: &Catalog) -> Option<RecordKey> {
        let object = catalog.object_named(&self.type_name).filter(|object| object.content().is_some());
        object.map(|object| (object.ix, Arc::clone(&self.slug)))
    }

    /// Returns the problem if the record cannot be deleted. `library` has the records as they are stored, `saved` those that
    /// the edit saves.
    pub fn check(&self, library: &Library<'_>, saved: &RecordMap<Document>) -> Option<Problem> {
        let Self { type_name, slug, .. } = self;
        let Some((ix, _)) = self.key(library.catalog) else {
            return Some(self.problem(ProblemCode::NotFound, format!("There is no content type {type_name}.")));
        };
        if saved.get(ix, slug).is_some() {
            let sentence = format!("The {type_name} \"{slug}\" is saved and deleted at the same time.");
            return Some(self.problem(ProblemCode::Invalid, sentence));
        }
        match library.documents.get(ix, slug).map(|document| &document.owner) {
            Some(None) => None,
            Some(Some((_, owner))) => {
                let sentence = format!("This is in the document of \"{owner}\"; save that document without it.");
                Some(self.problem(ProblemCode::Invalid, sentence))
            }
            None => Some(self.problem(ProblemCode::NotFound, format!("There is no {type_name} \"{slug}\"."))),
        }
    }

    fn problem(&self, code: ProblemCode, sentence: String) -> Problem {
        let Self { type_name, slug, path } = self;
        if let Some(argument) = path {
            return Problem::of_argument(Arc::clone(argument), code, sentence);
        }
        let path = format!("deletion of {type_name} {slug}");
        Problem { file: None, position: None, path, sentence, code }
    }
}
