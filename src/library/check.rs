//! Checking documents as a library that is complete in itself.

use std::{
    collections::BTreeMap,
    num::NonZero,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use super::{
    cross,
    files::DocumentFile,
    layout::{self, ReadFile},
    problem::Problem,
    set::Library,
};
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
pub(super) struct Gathered<'c> {
    pub files: &'c [DocumentFile],
    pub library: Library<'c>,
    pub problems: Vec<Problem>,
    /// A file could not be read, so a reference may well lead to what it holds: references are then not checked, or one wrong
    /// character would be reported a hundred times.
    pub broken: bool,
}

/// Reads the documents of files, on all cores.
pub(super) fn gather<'c>(catalog: &'c Catalog, files: &'c [DocumentFile]) -> Gathered<'c> {
    let (mut library, mut problems, mut broken) = (Library::new(catalog), Vec::new(), false);
    for read in read_all(catalog, files) {
        problems.extend(read.problems);
        broken |= read.broken;
        library.add(read.drafts, &mut problems);
    }
    Gathered { files, library, problems, broken }
}

/// What reading each file gave, in the order of the files.
fn read_all(catalog: &Catalog, files: &[DocumentFile]) -> Vec<ReadFile> {
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            Some((index, layout::read(catalog, files.get(index)?)))
        };
        std::iter::from_fn(take).collect::<Vec<_>>()
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    let mut read: Vec<(usize, ReadFile)> = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
        let mut read = work();
        for other in others {
            read.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        read
    });
    read.sort_unstable_by_key(|(index, _)| *index);
    read.into_iter().map(|(_, read)| read).collect()
}

/// Problems in the order of files and lines, each once.
pub(super) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_unstable();
    problems.dedup();
    problems
}
