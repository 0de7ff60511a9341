//! Checks a library whose documents were read: dangling references, cycles, texts that must occur elsewhere, the rules of
//! content types, and former slugs.

use std::{collections::HashSet, fmt::Display, sync::Arc};

use super::{dangling, violations};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, Field, Kind, ObjectIx, ObjectType},
    },
    library::{
        document::{node::quote, shape, suggest::did_you_mean},
        edits::former_slugs,
        files::{read_file::read_references, texts::DocumentFile},
        problem::{Position, Problem, ProblemCode},
        records::documents::{Document, LoadedLibrary},
    },
};

/// Adds the problems that reading single documents does not find. `files` are the files with the documents. If the checks
/// needed documents that are not loaded, the result is provisional: the caller must load these documents and check again.
pub(in crate::library) fn check(library: &LoadedLibrary<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    dangling::references(library, files, problems);
    cycles(library, files, problems);
    lookups(library, problems);
    violations::check(library, files, problems);
    former_slugs::check(library, problems);
}

/// Returns a problem at a position of a file, or with the name of the record if only the database has the record. `path` is
/// the path within the record.
pub(in crate::library) fn problem(
    library: &LoadedLibrary<'_>,
    (ix, slug): (ObjectIx, &str),
    document: &Document,
    at: Option<Position>,
    path: &dyn Display,
    sentence: String,
) -> Problem {
    let code = ProblemCode::Invalid;
    if let Some(location) = &document.location {
        let file = Some(Arc::clone(&location.file));
        let dot = if location.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{path}", location.path);
        return Problem { file, position: at.or(Some(location.at)), path, sentence, code, details: None };
    }
    let name = library.catalog.object(ix).name;
    let path = format!("{name} {slug} in the database: {path}");
    Problem { file: None, position: None, path, sentence, code, details: None }
}

/// Reports cycles of records, for each to-one field from a type to the same type.
fn cycles(library: &LoadedLibrary<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    for (object, _) in library.catalog.contents() {
        for (key, field) in shape::fields(object) {
            if matches!(field.kind, Kind::One(target) if target.ix == object.ix) {
                cycles_of(library, files, object, key, problems);
            }
        }
    }
}

fn cycles_of(
    library: &LoadedLibrary<'_>,
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
            let file = files.iter().find(|file| *file.name == *location.file);
            let drafts = file.map(|file| read_references(library.catalog, file)).into_iter().flatten();
            let read = drafts.filter(|draft| draft.at == location.at).flat_map(|draft| draft.references);
            let mut references = location.references.iter().cloned().chain(read);
            references.find(|r| r.target == object.ix && *r.slug == *cycle[1] && r.path.ends_with(field))
        });
        let (path, at) = reference.map_or((field.to_owned(), None), |reference| (reference.path, Some(reference.at)));
        let sentence = format!("This is a cycle: {}.", cycle.join(" → "));
        problems.push(problem(library, (object.ix, cycle[0]), document, at, &path, sentence));
    }
}

fn lookups(library: &LoadedLibrary<'_>, problems: &mut Vec<Problem>) {
    for (ix, slug, document) in library.documents.iter() {
        for lookup in document.location.iter().flat_map(|location| &location.lookups) {
            let object = library.catalog.object(ix);
            let mut texts = Vec::new();
            texts_at(library, object, &CanonicalValue::Object(document.fields.clone()), lookup.among, &mut texts);
            if !texts.contains(&lookup.text) {
                let sentence = format!("{} is not one of {}.", quote(&lookup.text), lookup.among.join("."));
                let sentence = sentence + &did_you_mean(&lookup.text, texts.iter().map(|text| &**text));
                let problem = problem(library, (ix, slug), document, Some(lookup.at), &lookup.path, sentence);
                problems.push(Problem { path: lookup.path.clone(), ..problem });
            }
        }
    }
}

/// Collects the texts at a path of field names that starts at an object.
fn texts_at(
    library: &LoadedLibrary<'_>,
    object: &ObjectType,
    value: &CanonicalValue,
    among: &[&str],
    texts: &mut Vec<Arc<str>>,
) {
    let Some((name, rest)) = among.split_first() else {
        texts.extend(value.as_text().cloned());
        return;
    };
    let Some((key, field)) = shape::fields(object).find(|(key, _)| key == name) else { return };
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
    library: &LoadedLibrary<'_>,
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
        let inside = field.nested().map_or(object, |nested| catalog.object(nested));
        texts_at(library, inside, value, rest, texts);
    }
}
