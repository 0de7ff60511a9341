//! Dangling references: references to records that do not exist, or that an edit removes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::integrity::problem;
use crate::{
    engine::catalog::{ObjectIx, with_article},
    library::{
        document::{node::quote, read::Reference, suggest::did_you_mean},
        edits::former_slugs,
        files::{read_file::read_references, texts::DocumentFile},
        problem::{Path, Problem, ProblemCode, ProblemDetails, ProblemLocation},
        records::{
            documents::{Document, LoadedLibrary, each_reference},
            record_map::RecordKey,
        },
    },
};

/// Maximum number of slugs that are compared for suggestions. It is enough for a few dangling references; further messages
/// have no suggestion.
const MAX_COMPARED_SLUGS: usize = 1_000_000;

/// Maximum number of records that a message names.
const MAX_NAMED: usize = 5;

/// An error of a change of a stored record.
pub(in crate::library) enum ChangeError {
    Problem(Problem),
    /// The record does not exist. The location is that of its slug. The sentence is created later, because it suggests
    /// slugs that are not loaded yet.
    Absent(RecordKey, ProblemLocation),
}

/// A dangling reference in a record of the database.
struct DanglingReference<'l> {
    content: (ObjectIx, &'l str),
    document: &'l Document,
    path: String,
    target: ObjectIx,
    to: Arc<str>,
}

/// Returns the files with dangling references, and the dangling references in records of the database.
fn broken<'l>(
    library: &LoadedLibrary<'_>,
    documents: &[(ObjectIx, &'l Arc<str>, &'l Document)],
) -> (BTreeSet<&'l str>, Vec<DanglingReference<'l>>) {
    let (mut files, mut stored) = (BTreeSet::new(), Vec::new());
    for (ix, slug, document) in documents {
        each_reference(&library.references, *ix, &document.fields, false, &Path::Root, &mut |target, to, path| {
            match &document.location {
                _ if library.exists(target, to) => {}
                Some(location) => _ = files.insert(&*location.file),
                None => {
                    let (content, path, to) = ((*ix, &***slug), path.to_string(), Arc::clone(to));
                    stored.push(DanglingReference { content, document, path, target, to });
                }
            }
        });
    }
    (files, stored)
}

/// Adds the problems of dangling references. If a document of a file or an argument has the
/// reference, the problem is reported at the reference. If the edit removes a record to which
/// stored records still refer, the problem is reported where the edit names the removed record.
pub(in crate::library) fn references(library: &LoadedLibrary<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    /// Number of documents that one task checks.
    const CHUNK: usize = 1_000;
    let mut messages = DanglingMessages { library, comparisons_left: MAX_COMPARED_SLUGS };
    let mut wrong: BTreeSet<&str> = BTreeSet::new();
    let mut referrers: BTreeMap<RecordKey, Vec<(ObjectIx, &str)>> = BTreeMap::new();
    let documents: Vec<_> = library.documents.iter().collect();
    let found: Vec<_> = documents.par_chunks(CHUNK).map(|chunk| broken(library, chunk)).collect();
    for (files, stored) in found {
        wrong.extend(files);
        for DanglingReference { content, document, path, target, to } in stored {
            let key = (target, to);
            if library.removed.contains_key(&key) {
                referrers.entry(key).or_default().push(content);
                continue;
            }
            let sentence = messages.sentence(target, &key.1);
            let code = ProblemCode::StillReferenced;
            problems.push(Problem { code, ..problem(library, content, document, None, &path, sentence) });
        }
    }
    for (key, mut by) in referrers {
        // A record may refer to another one several times.
        by.dedup();
        let Some(location) = library.removed.get(&key) else { continue };
        let referrer = |(ix, slug): &(ObjectIx, &str)| (library.catalog.object(*ix).name, Arc::from(*slug));
        let details = Some(Box::new(ProblemDetails::Referrers(by.iter().map(referrer).collect())));
        let sentence = still_referenced(library, &key, &by);
        problems.push(Problem { details, ..location.problem(ProblemCode::StillReferenced, sentence) });
    }
    let mut add = |file: &Arc<str>, references: &[Reference]| {
        for Reference { target, slug, at, path } in references {
            if !library.exists(*target, slug) {
                let (sentence, code) = (messages.sentence(*target, slug), ProblemCode::NotFound);
                let (file, path) = (Some(Arc::clone(file)), path.clone());
                problems.push(Problem { file, position: Some(*at), path, sentence, code, details: None });
            }
        }
    };
    // The positions of references are not stored, because there are many. A file with a dangling
    // reference is read again to find the positions.
    for file in files.iter().filter(|file| wrong.contains(file.name.as_str())) {
        for draft in read_references(library.catalog, file) {
            add(&draft.file, &draft.references);
        }
    }
    let located = documents.iter().filter_map(|(.., document)| document.location.as_ref());
    for location in located {
        add(&location.file, &location.references);
    }
}

/// Adds the problems of changes of records that do not exist.
pub(in crate::library) fn absent(
    library: &LoadedLibrary<'_>,
    absent: &[(RecordKey, ProblemLocation)],
    problems: &mut Vec<Problem>,
) {
    let mut messages = DanglingMessages { library, comparisons_left: MAX_COMPARED_SLUGS };
    for ((ix, slug), location) in absent {
        problems.push(location.problem(ProblemCode::NotFound, messages.sentence(*ix, slug)));
    }
}

/// Returns a sentence about a removed record and the records that refer to it.
fn still_referenced(library: &LoadedLibrary<'_>, (ix, slug): &RecordKey, by: &[(ObjectIx, &str)]) -> String {
    let name = |ix: ObjectIx| library.catalog.object(ix).name;
    let mut shown: Vec<String> = by.iter().map(|(ix, slug)| format!("{} {}", name(*ix), quote(slug))).collect();
    let others = shown.split_off(shown.len().min(MAX_NAMED)).len();
    let more = if library.has_more_referrers { "at least " } else { "" };
    match others {
        0 => {}
        1 => shown.push(format!("{more}1 other record")),
        others => shown.push(format!("{more}{others} other records")),
    }
    let last = shown.pop().unwrap_or_default();
    let and = if shown.is_empty() { "" } else { " and " };
    format!("The {} {} is still referred to by {}{and}{last}.", name(*ix), quote(slug), shown.join(", "))
}

struct DanglingMessages<'l> {
    library: &'l LoadedLibrary<'l>,
    /// Number of slugs that may still be compared for suggestions.
    comparisons_left: usize,
}

impl DanglingMessages<'_> {
    /// Returns the sentence about a dangling reference. Also adds the reference to those that the library misses, so that
    /// the caller loads the slugs to suggest and checks again.
    fn sentence(&mut self, target: ObjectIx, slug: &str) -> String {
        let library = self.library;
        let name = library.catalog.object(target).name;
        library.missing().dangling.insert((target, slug.into()));
        let mut others = library.catalog.contents().filter(|(object, _)| object.ix != target);
        let other = others.find(|(object, _)| library.exists(object.ix, slug));
        if let Some((object, _)) = other {
            let (found, wanted) = (with_article(object.name), with_article(name));
            return format!("{} is {found}, but {wanted} is expected here.", quote(slug));
        }
        // Counting the slugs takes time too. After the first message without a suggestion, slugs are no longer counted.
        let count = || library.loaded_slugs(target).count();
        let left = if self.comparisons_left == 0 { None } else { self.comparisons_left.checked_sub(count()) };
        self.comparisons_left = left.unwrap_or_default();
        let renamed = left.and_then(|_| former_slugs::current_slug(library, target, slug));
        if let Some(current) = renamed {
            return format!("{} is a former slug. The {name} is now {}.", quote(slug), quote(current));
        }
        let suggestion = left.map(|_| {
            // The slug itself must not be suggested. It is among the loaded slugs if the edit saves a document with
            // this slug whose record does not exist, although its `expectedRevision` says that the record exists.
            let others = library.loaded_slugs(target).map(|known| &**known).filter(|known| *known != slug);
            did_you_mean(slug, others)
        });
        format!("There is no {name} {}.{}", quote(slug), suggestion.unwrap_or_default())
    }
}
