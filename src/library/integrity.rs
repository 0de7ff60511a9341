//! Checks that need several documents of a library: dangling references, cycles, and texts that must occur elsewhere.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Display,
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    documents::{Document, Library, each_reference},
    files::DocumentFile,
    former_slugs,
    node::quote,
    problem::{Path, Position, Problem},
    read::Reference,
    read_file::read_references,
    shape,
    suggest::did_you_mean,
    violations,
};
use crate::engine::{
    canonical::CanonicalValue,
    catalog::{Catalog, Field, Kind, ObjectIx, ObjectType, with_article},
};

/// Maximum number of slugs that are compared for suggestions. It is enough for a few dangling references; further messages
/// have no suggestion.
const MAX_COMPARED_SLUGS: usize = 1_000_000;

/// Adds the problems that the documents of a library have together. They must have no problems by themselves. `files` are the
/// files with its documents. If documents are missing that the checks would read, the result is not final: load them, and
/// check again.
pub(super) fn check(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    references(library, files, problems);
    cycles(library, files, problems);
    lookups(library, problems);
    violations::check(library, files, problems);
    former_slugs::check(library, problems);
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
    library: &Library<'_>,
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

fn references(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    /// Number of documents that one task checks.
    const CHUNK: usize = 1_000;
    let mut messages = DanglingMessages { library, comparisons_left: MAX_COMPARED_SLUGS };
    let mut wrong: BTreeSet<&str> = BTreeSet::new();
    let documents: Vec<_> = library.documents.iter().collect();
    let found: Vec<_> = documents.par_chunks(CHUNK).map(|chunk| broken(library, chunk)).collect();
    for (files, stored) in found {
        wrong.extend(files);
        for DanglingReference { content, document, path, target, to } in stored {
            let sentence = messages.sentence(target, &to);
            problems.push(problem(library, content, document, None, &path, sentence));
        }
    }
    // The positions of references are not stored, because there are many. A file with a dangling reference is read again for
    // them.
    for file in files.iter().filter(|file| wrong.contains(file.name.as_str())) {
        for draft in read_references(library.catalog, file) {
            for Reference { target, slug, at, path } in draft.references {
                if !library.exists(target, &slug) {
                    let sentence = messages.sentence(target, &slug);
                    let file = Some(Arc::clone(&draft.file));
                    problems.push(Problem { file, position: Some(at), path, sentence });
                }
            }
        }
    }
}

/// Builds the messages for dangling references.
struct DanglingMessages<'l> {
    library: &'l Library<'l>,
    /// Number of slugs that may still be compared for suggestions.
    comparisons_left: usize,
}

impl DanglingMessages<'_> {
    fn sentence(&mut self, target: ObjectIx, slug: &str) -> String {
        let library = self.library;
        let name = library.catalog.object(target).name;
        library.missing().dangling.insert((target, slug.into()));
        let other = library.catalog.contents().find(|(object, _)| library.exists(object.ix, slug));
        if let Some((object, _)) = other {
            let (found, wanted) = (with_article(object.name), with_article(name));
            return format!("{} is {found}, and this refers to {wanted}.", quote(slug));
        }
        let left = self.comparisons_left.checked_sub(library.known(target).count());
        self.comparisons_left = left.unwrap_or(self.comparisons_left);
        let renamed = left.and_then(|_| former_slugs::renamed(library, target, slug));
        if let Some(current) = renamed {
            return format!("{} is a former slug. The {name} is now {}.", quote(slug), quote(current));
        }
        let suggestion = left.map(|_| did_you_mean(slug, library.known(target).map(|slug| &**slug)));
        format!("There is no {name} {}.{}", quote(slug), suggestion.unwrap_or_default())
    }
}

/// Returns a problem at a position of a file, or with the name of the record if only the database has the record.
pub(super) fn problem(
    library: &Library<'_>,
    (ix, slug): (ObjectIx, &str),
    document: &Document,
    at: Option<Position>,
    path: &dyn Display,
    sentence: String,
) -> Problem {
    if let Some(location) = &document.location {
        let file = Some(std::sync::Arc::clone(&location.file));
        return Problem { file, position: at.or(Some(location.at)), path: path.to_string(), sentence };
    }
    let name = library.catalog.object(ix).name;
    let path = format!("{name} {slug} in the database: {path}");
    Problem { file: None, position: None, path, sentence }
}

/// Reports cycles of records, for each to-one field from a type to the same type.
fn cycles(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    for (object, _) in library.catalog.contents() {
        for (key, field) in shape::fields(object) {
            if matches!(field.kind, Kind::One(target) if target.ix == object.ix) {
                cycles_of(library, files, object, key, problems);
            }
        }
    }
}

fn cycles_of(
    library: &Library<'_>,
    files: &[DocumentFile],
    object: &ObjectType,
    field: &'static str,
    problems: &mut Vec<Problem>,
) {
    let mut starts: Vec<&Arc<str>> = library.documents.of(object.ix).map(|(slug, _)| slug).collect();
    starts.sort_unstable();
    let mut done: HashSet<&str> = HashSet::new();
    for start in starts {
        let mut path_up: Vec<&str> = Vec::new();
        let mut next = Some(&**start);
        while let Some(slug) = next.filter(|slug| !done.contains(slug)) {
            done.insert(slug);
            path_up.push(slug);
            next = library.get(object.ix, slug).and_then(|document| document.fields.get(field)?.as_str());
        }
        // A path that ends in a record of an earlier path contains no new cycle.
        let Some(cycle) = next.and_then(|slug| path_up.iter().position(|other| *other == slug)) else { continue };
        let mut cycle = path_up[cycle..].to_vec();
        let located = |slug: &&str| library.get(object.ix, slug).is_some_and(|document| document.location.is_some());
        let first = cycle.iter().position(located).unwrap_or_default();
        cycle.rotate_left(first);
        cycle.push(cycle[0]);
        let Some(document) = library.get(object.ix, cycle[0]) else { continue };
        let reference = document.location.as_ref().and_then(|location| {
            let file = files.iter().find(|file| *file.name == *location.file)?;
            let drafts = read_references(library.catalog, file).into_iter();
            let mut references = drafts.filter(|draft| draft.at == location.at).flat_map(|draft| draft.references);
            references.find(|r| r.target == object.ix && *r.slug == *cycle[1] && r.path.ends_with(field))
        });
        let (path, at) = reference.map_or((field.to_owned(), None), |reference| (reference.path, Some(reference.at)));
        let sentence = format!("This is a cycle: {}.", cycle.join(" → "));
        problems.push(problem(library, (object.ix, cycle[0]), document, at, &path, sentence));
    }
}

fn lookups(library: &Library<'_>, problems: &mut Vec<Problem>) {
    for (ix, slug, document) in library.documents.iter() {
        for lookup in document.location.iter().flat_map(|location| &location.lookups) {
            let object = library.catalog.object(ix);
            let mut texts = Vec::new();
            texts_at(library, object, &CanonicalValue::Object(document.fields.clone()), lookup.among, &mut texts);
            if !texts.contains(&lookup.text) {
                let sentence = format!("{} is not one of {}.", quote(&lookup.text), lookup.among.join("."));
                let sentence = sentence + &did_you_mean(&lookup.text, texts.iter().map(|text| &**text));
                problems.push(problem(library, (ix, slug), document, Some(lookup.at), &lookup.path, sentence));
            }
        }
    }
}

/// Collects the texts at a path of field names that starts at an object.
fn texts_at(library: &Library<'_>, object: &ObjectType, value: &CanonicalValue, among: &[&str], texts: &mut Vec<Arc<str>>) {
    let Some((name, rest)) = among.split_first() else {
        texts.extend(value.as_text().cloned());
        return;
    };
    let Some((key, field)) = shape::fields(object).find(|(key, field)| key == name || field.name == *name) else { return };
    let values = match value.get(key) {
        Some(CanonicalValue::List(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    for value in values {
        follow(library, object, field, value, rest, texts);
    }
}

fn follow(
    library: &Library<'_>,
    object: &ObjectType,
    field: &Field,
    value: &CanonicalValue,
    rest: &[&str],
    texts: &mut Vec<Arc<str>>,
) {
    let catalog: &Catalog = library.catalog;
    if let Some(target) = shape::target(field).filter(|_| !rest.is_empty()) {
        if let Some(document) = value.as_str().and_then(|slug| library.get(target, slug)) {
            texts_at(library, catalog.object(target), &CanonicalValue::Object(document.fields.clone()), rest, texts);
        }
    } else {
        let inside = shape::nested(field).map_or(object, |nested| catalog.object(nested));
        texts_at(library, inside, value, rest, texts);
    }
}
