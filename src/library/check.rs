//! Checking documents as a library that is complete in itself.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{cross, files::DocumentFile, layout, problem::Problem, set::Library};
use crate::engine::catalog::Catalog;

/// What a check found.
#[derive(Debug)]
pub struct CheckReport {
    /// What is wrong, in the order of files and lines; empty when nothing is.
    pub problems: Vec<Problem>,
    /// How many documents there are of each type, embedded ones too.
    pub documents: BTreeMap<&'static str, usize>,
}

/// Checks documents without a database: everything they refer to must be among them.
#[must_use]
pub fn check(catalog: &Catalog, files: &[DocumentFile]) -> CheckReport {
    let Gathered { library, mut problems, broken, .. } = gather(catalog, files);
    if !broken {
        cross::check(&library, files, &mut problems);
    }
    let counted = catalog.contents().map(|(object, _)| (object.name, library.documents.of(object.ix).len()));
    let documents = counted.filter(|(_, count)| *count > 0).collect();
    CheckReport { problems: in_order(problems), documents }
}

/// The problems that documents have by themselves, whatever else there is: what they refer to is not looked for.
#[must_use]
pub fn check_alone(catalog: &Catalog, files: &[DocumentFile]) -> Vec<Problem> {
    in_order(gather(catalog, files).problems)
}

/// Documents that were read from files, each right or wrong by itself.
pub(super) struct Gathered<'c, 'f> {
    pub files: &'f [DocumentFile],
    pub library: Library<'c>,
    pub problems: Vec<Problem>,
    /// A file could not be read, so a reference may well lead to what it holds: references are then not checked, or one wrong
    /// character would be reported a hundred times.
    pub broken: bool,
}

/// Reads the documents of files, on all cores.
pub(super) fn gather<'c, 'f>(catalog: &'c Catalog, files: &'f [DocumentFile]) -> Gathered<'c, 'f> {
    let (mut library, mut problems, mut broken) = (Library::new(catalog), Vec::new(), false);
    let all = files.par_iter().map(|file| layout::read(catalog, file)).collect::<Vec<_>>();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for draft in all.iter().flat_map(|read| &read.drafts) {
        *counts.entry(draft.ix).or_default() += 1;
    }
    for (ix, count) in counts {
        library.documents.reserve(ix, count);
    }
    for read in all {
        problems.extend(read.problems);
        broken |= read.broken;
        library.add(read.drafts, &mut problems);
    }
    Gathered { files, library, problems, broken }
}

/// Problems in the order of files and lines, each once.
pub(super) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_unstable();
    problems.dedup();
    problems
}
