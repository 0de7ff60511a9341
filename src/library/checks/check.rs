//! Checking documents as a complete library, without a database.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use time::Date;

use super::integrity;
use crate::{
    engine::{canonical::CanonicalObject, catalog::Catalog},
    library::{
        document::dates::today,
        files::{
            id_list::IdList,
            read_file::{self, ReadFile},
            texts::DocumentFile,
        },
        problem::{Position, Problem},
        records::documents::LoadedLibrary,
    },
    store::Clock,
};

/// The result of a check.
#[derive(Debug)]
pub struct CheckReport {
    /// Problems in the order of files and lines; empty if there are none.
    pub problems: Vec<Problem>,
    /// Number of documents of each type, including embedded documents.
    pub documents: BTreeMap<&'static str, usize>,
}

/// Checks documents without a database. Every record to which they refer must be among them. The clock determines which
/// dates are in the future.
#[must_use]
pub fn check(catalog: &Catalog, clock: Clock, files: &[DocumentFile]) -> CheckReport {
    let ReadDocuments { library, mut problems, unreadable, .. } = read_documents(catalog, files, today(clock));
    if !unreadable {
        integrity::check(&library, files, &mut problems);
    }
    let counted = catalog.contents().map(|(object, _)| (object.name, library.documents.of(object.ix).len()));
    let documents = counted.filter(|(_, count)| *count > 0).collect();
    CheckReport { problems: sorted(problems), documents }
}

/// A document that was read from a file.
#[derive(Debug)]
pub struct DocumentInFile {
    /// Name of its content type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: Arc<str>,
    /// The canonical document.
    pub fields: CanonicalObject,
    /// The file.
    pub file: Arc<str>,
    /// Its position in the file.
    pub at: Position,
}

/// Returns the canonical documents of files, including embedded documents. Problems are ignored.
#[must_use]
pub fn documents(catalog: &Catalog, clock: Clock, files: &[DocumentFile]) -> Vec<DocumentInFile> {
    let library = read_documents(catalog, files, today(clock)).library;
    let in_files = library.documents.iter().filter_map(|(ix, slug, document)| {
        let location = document.location.as_ref()?;
        Some(DocumentInFile {
            type_name: catalog.object(ix).name,
            slug: Arc::clone(slug),
            fields: document.fields.clone(),
            file: Arc::clone(&location.file),
            at: location.at,
        })
    });
    in_files.collect()
}

/// Returns the problems within each document. References are not checked.
#[must_use]
pub fn check_each_document(catalog: &Catalog, clock: Clock, files: &[DocumentFile]) -> Vec<Problem> {
    sorted(read_documents(catalog, files, today(clock)).problems)
}

/// Documents that were read, and the problems within each.
pub(in crate::library) struct ReadDocuments<'c, 'f> {
    /// The files of the documents; empty if the documents are not from files.
    pub files: &'f [DocumentFile],
    pub library: LoadedLibrary<'c>,
    pub problems: Vec<Problem>,
    /// The ids in the lists of ids.
    pub ids: IdList,
    /// True if a file is empty or cannot be parsed. Its documents are then unknown. So references are not checked, because
    /// each reference to one of those documents would be reported.
    pub unreadable: bool,
}

/// Reads the documents of files, in parallel.
pub(in crate::library) fn read_documents<'c, 'f>(
    catalog: &'c Catalog,
    files: &'f [DocumentFile],
    today: Date,
) -> ReadDocuments<'c, 'f> {
    let all = files.par_iter().map(|file| read_file::read(catalog, file, today)).collect::<Vec<_>>();
    ReadDocuments { files, ..combined(catalog, all) }
}

/// Combines the documents of several files or arguments.
pub(in crate::library) fn combined<'f>(catalog: &Catalog, all: Vec<ReadFile>) -> ReadDocuments<'_, 'f> {
    let (mut library, mut problems, mut unreadable) = (LoadedLibrary::new(catalog), Vec::new(), false);
    let mut ids = IdList::default();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for draft in all.iter().flat_map(|read| &read.drafts) {
        *counts.entry(draft.ix).or_default() += 1;
    }
    for (ix, count) in counts {
        library.documents.reserve(ix, count);
    }
    for read in all {
        problems.extend(read.problems);
        unreadable |= read.unreadable;
        ids.append(read.ids);
        library.add(read.drafts, &mut problems);
    }
    ReadDocuments { files: &[], library, problems, ids, unreadable }
}

/// Returns problems in the order of files and lines, each once.
pub(in crate::library) fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_unstable();
    problems.dedup();
    problems
}
