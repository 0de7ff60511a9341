//! What one document alone cannot show: references to nothing, circles, texts that must stand elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Display,
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    files::DocumentFile,
    layout::read_references,
    node::quote,
    problem::{Path, Position, Problem},
    read::Reference,
    set::{Document, Library, each_reference},
    shape,
    suggest::did_you_mean,
};
use crate::engine::{
    canonical::CanonicalValue,
    catalog::{Catalog, Field, Kind, ObjectIx, ObjectType},
};

/// Slugs that are looked at for suggestions: many for a few mistakes, and none any more for the ten thousandth.
const PATIENCE: usize = 1_000_000;

/// The problems of a library in which every document is right by itself. `files` are those that it was read from.
pub(super) fn check(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    references(library, files, problems);
    circles(library, files, problems);
    lookups(library, problems);
}

/// A reference of what the database holds to nothing.
struct Broken<'l> {
    content: (ObjectIx, &'l str),
    document: &'l Document,
    path: String,
    target: ObjectIx,
    to: Arc<str>,
}

/// The files that refer to nothing, and what the database holds that does, among these documents.
fn broken<'l>(
    library: &Library<'_>,
    documents: &[(ObjectIx, &'l Arc<str>, &'l Document)],
) -> (BTreeSet<&'l str>, Vec<Broken<'l>>) {
    let (mut files, mut stored) = (BTreeSet::new(), Vec::new());
    for (ix, slug, document) in documents {
        each_reference(&library.references, *ix, &document.fields, false, &Path::Root, &mut |target, to, path| {
            match &document.place {
                _ if library.get(target, to).is_some() => {}
                Some(place) => _ = files.insert(&*place.file),
                None => {
                    let (content, path, to) = ((*ix, &***slug), path.to_string(), Arc::clone(to));
                    stored.push(Broken { content, document, path, target, to });
                }
            }
        });
    }
    (files, stored)
}

fn references(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    /// Documents that a core looks at at a time.
    const AT_ONCE: usize = 1_000;
    let mut dangling = Dangling { library, patience: PATIENCE };
    let mut wrong: BTreeSet<&str> = BTreeSet::new();
    let documents: Vec<_> = library.documents.iter().collect();
    let found: Vec<_> = documents.par_chunks(AT_ONCE).map(|chunk| broken(library, chunk)).collect();
    for (files, stored) in found {
        wrong.extend(files);
        for Broken { content, document, path, target, to } in stored {
            let sentence = dangling.sentence(target, &to);
            problems.push(problem(library, content, document, None, &path, sentence));
        }
    }
    // Where it stands is not kept of everything, but looked for when something is wrong.
    for file in files.iter().filter(|file| wrong.contains(file.name.as_str())) {
        for draft in read_references(library.catalog, file) {
            for Reference { target, slug, at, path } in draft.references {
                if library.get(target, &slug).is_none() {
                    let sentence = dangling.sentence(target, &slug);
                    let file = Some(Arc::clone(&draft.file));
                    problems.push(Problem { file, position: Some(at), path, sentence });
                }
            }
        }
    }
}

/// Says what is wrong with references to nothing.
struct Dangling<'l> {
    library: &'l Library<'l>,
    /// Slugs that may still be looked at for a suggestion.
    patience: usize,
}

impl Dangling<'_> {
    fn sentence(&mut self, target: ObjectIx, slug: &str) -> String {
        let library = self.library;
        let name = library.catalog.object(target).name;
        let other = library.catalog.contents().find(|(object, _)| library.get(object.ix, slug).is_some());
        if let Some((object, _)) = other {
            return format!("{} is a {}, and this refers to a {name}.", quote(slug), object.name);
        }
        let slugs = library.documents.of(target);
        let left = self.patience.checked_sub(slugs.len());
        let suggestion = left.map(|_| did_you_mean(slug, slugs.map(|(slug, _)| &**slug)));
        self.patience = left.unwrap_or(self.patience);
        format!("There is no {name} {}.{}", quote(slug), suggestion.unwrap_or_default())
    }
}

/// A problem of a document, at its place when it has one, else with its name.
fn problem(
    library: &Library<'_>,
    (ix, slug): (ObjectIx, &str),
    document: &Document,
    at: Option<Position>,
    path: &dyn Display,
    sentence: String,
) -> Problem {
    if let Some(place) = &document.place {
        let file = Some(std::sync::Arc::clone(&place.file));
        return Problem { file, position: at.or(Some(place.at)), path: path.to_string(), sentence };
    }
    let name = library.catalog.object(ix).name;
    let path = format!("{name} {slug} in the database: {path}");
    Problem { file: None, position: None, path, sentence }
}

/// Content must not be above itself: follows every to-one field of a type to the type itself.
fn circles(library: &Library<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    for (object, _) in library.catalog.contents() {
        for (key, field) in shape::fields(object) {
            if matches!(field.kind, Kind::One(target) if target == object.ix) {
                circles_of(library, files, object, key, problems);
            }
        }
    }
}

fn circles_of(
    library: &Library<'_>,
    files: &[DocumentFile],
    object: &ObjectType,
    field: &'static str,
    problems: &mut Vec<Problem>,
) {
    let of_type = library.documents.of(object.ix);
    let above: BTreeMap<&str, &str> =
        of_type.filter_map(|(slug, document)| Some((&**slug, document.fields.get(field)?.as_str()?))).collect();
    let mut done: HashSet<&str> = HashSet::new();
    for start in above.keys() {
        let mut way: Vec<&str> = Vec::new();
        let mut next = Some(*start);
        while let Some(slug) = next.filter(|slug| !done.contains(slug)) {
            done.insert(slug);
            way.push(slug);
            next = above.get(slug).copied();
        }
        // A way that ends in what an earlier one has seen is no new circle.
        let Some(circle) = next.and_then(|slug| way.iter().position(|other| *other == slug)) else { continue };
        let mut circle = way[circle..].to_vec();
        circle.push(circle[0]);
        let Some(document) = library.get(object.ix, circle[0]) else { continue };
        let reference = document.place.as_ref().and_then(|place| {
            let file = files.iter().find(|file| *file.name == *place.file)?;
            let drafts = read_references(library.catalog, file).into_iter();
            let mut references = drafts.filter(|draft| draft.at == place.at).flat_map(|draft| draft.references);
            references.find(|r| r.target == object.ix && *r.slug == *circle[1] && r.path.ends_with(field))
        });
        let (path, at) = reference.map_or((field.to_owned(), None), |reference| (reference.path, Some(reference.at)));
        let sentence = format!("This goes in a circle: {}.", circle.join(" → "));
        problems.push(problem(library, (object.ix, circle[0]), document, at, &path, sentence));
    }
}

fn lookups(library: &Library<'_>, problems: &mut Vec<Problem>) {
    for (ix, slug, document) in library.documents.iter() {
        for lookup in document.place.iter().flat_map(|place| &place.lookups) {
            let object = library.catalog.object(ix);
            let mut texts = Vec::new();
            texts_at(library, object, &CanonicalValue::Object(document.fields.clone()), lookup.among, &mut texts);
            if !texts.contains(&lookup.text) {
                let sentence = format!("{} is none of {}.", quote(&lookup.text), lookup.among.join("."));
                let sentence = sentence + &did_you_mean(&lookup.text, texts.iter().map(|text| &**text));
                problems.push(problem(library, (ix, slug), document, Some(lookup.at), &lookup.path, sentence));
            }
        }
    }
}

/// The texts at a path of field names that starts at an object.
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
